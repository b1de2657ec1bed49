//! The log lines of a command. What they must be follows from the reply.
//!
//! Only the drivers for Rust and C report log lines.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::backend::Backend;
use super::documentation;
use super::table::Scenario;
use crate::harness::driver::Reply;

const LEVELS: [&str; 4] = ["error", "warn", "info", "debug"];

/// Checks the lines of a command. Exactly one line is about each call, if its level is enabled.
pub fn check(scenario: &Scenario, verb: &str, reply: &Reply, backend: &Backend, ticket: &str) {
    let Some(log) = reply.find("log") else { return };
    let (name, log) = (&scenario.name, String::from_utf8_lossy(log));
    let is_ok = reply.text("status") == "OK";
    let max_level = max_level(&backend.settings(scenario));
    let expected = match verb {
        "client" if is_ok => Some((4, client_line(scenario, backend))),
        "client" => None,
        _ => Some((level(verb, reply), call_line(scenario, verb, reply, backend, max_level == 4))),
    };
    let expected = expected.filter(|(level, _)| *level <= max_level);
    let expected = expected.map(|(level, line)| format!("{level} {line}"));
    assert_eq!(log.lines().collect::<Vec<_>>(), Vec::from_iter(expected), "{name}: the log");
    let secrets = backend.secrets();
    for secret in [ticket, "CANARY"].iter().chain(&secrets).filter(|secret| !secret.is_empty()) {
        assert!(!log.contains(secret), "{name}: a secret in {log:?}");
    }
}

/// The number of the least severe level that is logged.
fn max_level(settings: &Map<String, Value>) -> usize {
    let name = settings.get("logLevel").and_then(Value::as_str).unwrap_or("warn");
    1 + LEVELS.iter().position(|level| *level == name).unwrap_or_default()
}

fn level(verb: &str, reply: &Reply) -> usize {
    let is_500 = reply.number("responseStatus") == 500;
    match (reply.text("status"), reply.text("outcome")) {
        ("INTERNAL", _) => 1,
        ("OK", "DELIVERED") => 3,
        ("OK", "OTHER_API") if !is_500 => 3,
        ("OK", _) if verb == "connect" => 3,
        _ => 2,
    }
}

fn client_line(scenario: &Scenario, backend: &Backend) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let (host, _) = backend.configured_host(scenario);
    format!("event=client_new host={host} version={version}")
}

fn call_line(
    scenario: &Scenario,
    verb: &str,
    reply: &Reply,
    backend: &Backend,
    is_detailed: bool,
) -> String {
    let diagnostics: Value = serde_json::from_str(reply.text("diagnostics")).expect("JSON");
    let path = Scenario::path_of(verb).unwrap_or_else(|| scenario.path());
    let endpoint = match verb {
        "connect" => "connect",
        _ if KNOWN_PATHS.contains(path) => path,
        _ => "other",
    };
    let action = reply.text("action");
    let is_known = KNOWN_ACTIONS.contains(&(endpoint.to_owned(), action.to_owned()));
    let http_status = reply.number("httpStatus");
    let mut fields = vec![
        ("endpoint", endpoint.to_owned()),
        ("host", backend.configured_host(scenario).0),
        ("status", reply.text("status").to_owned()),
    ];
    let mut add = |name, value: String| fields.push((name, value));
    if http_status != 0 {
        add("http", http_status.to_string());
    }
    let code = reply.text("resultCode");
    if super::check::quotable(code) == code && !code.is_empty() {
        add("code", code.to_owned());
    }
    if is_known {
        add("action", action.to_owned());
    }
    for (name, record) in [
        ("outcome", "outcome"),
        ("ticket", "ticketState"),
        ("attempts", "attempts"),
        ("duration_us", "durationUs"),
    ] {
        add(name, reply.text(record).to_owned());
    }
    for (name, value) in [
        ("request_id", reply.text("requestId")),
        ("retry_cause", diagnostics["retryCause"].as_str().unwrap_or_default()),
        ("error", reply.text("error")),
    ] {
        if !value.is_empty() {
            add(name, value.to_owned());
        }
    }
    let attempts = diagnostics["attempts"].as_array().expect("an array");
    if let Some(last) = attempts.last().filter(|_| is_detailed) {
        details(last, add);
    }
    let fields = fields.iter().map(|(name, value)| format!("{name}={}", logfmt(value)));
    fields.collect::<Vec<_>>().join(" ")
}

/// The fields that the level `debug` adds.
fn details(attempt: &Value, mut add: impl FnMut(&'static str, String)) {
    let peer = attempt["peerAddress"].as_str().map(|address| {
        let address: IpAddr = address.parse().expect("an IP address");
        let port = attempt["peerPort"].as_u64().and_then(|port| port.try_into().ok());
        SocketAddr::new(address, port.expect("a port")).to_string()
    });
    let text = |name: &str| attempt[name].as_str().map(str::to_owned);
    let number = |name: &str| attempt[name].as_u64().map(|number| number.to_string());
    for (name, value) in [
        ("connection", text("connection")),
        ("peer", peer),
        ("tls", text("tlsVersion")),
        ("dns_us", number("dnsUs")),
        ("tcp_us", number("tcpUs")),
        ("proxy_us", number("proxyUs")),
        ("tls_us", number("tlsUs")),
        ("wait_us", number("waitUs")),
        ("body_us", number("bodyUs")),
    ] {
        if let Some(value) = value {
            add(name, value);
        }
    }
}

fn logfmt(value: &str) -> String {
    if !value.is_empty()
        && !value.contains([' ', '"', '=', '\\'])
        && !value.contains(char::is_control)
    {
        return value.to_owned();
    }
    let escaped = value.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace(char::is_control, " "))
}

/// The endpoints and the actions that the documentation lists.
static KNOWN_ACTIONS: LazyLock<BTreeSet<(String, String)>> =
    LazyLock::new(documentation::known_actions);

static KNOWN_PATHS: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| KNOWN_ACTIONS.iter().map(|(path, _)| path.as_str()).collect());
