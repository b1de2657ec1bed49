//! Runs a scenario: starts the server, creates the client, gets the ticket and makes the call.

use std::iter;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Map, Value, json};

use super::backend::{Backend, UNISSUED_TICKET};
use super::peer::Request;
use super::table::{self, Api, Before, Scenario, Ticket};
use super::{check, dpop, log};
use crate::harness::driver::{Process, Reply};
use crate::support;

/// The verb for authlete_fail_client_connect.
const CONNECT: &str = "connect";

/// Runs `scenario` in one language and checks everything; false if the language cannot express it.
pub fn run(scenario: &Scenario, backend: &Backend, process: &mut Process) -> bool {
    let name = &scenario.name;
    let config = backend.config(scenario);
    let Some(created) = process.command("client", &config) else {
        return false;
    };
    log::check(scenario, "client", &created, backend, "");
    if scenario.call == "client" && (created.is_whole() || scenario.expect.status != "OK") {
        check::check(scenario, &created, backend, "");
        return true;
    }
    assert_eq!(created.text("status"), "OK", "{name}: the client");
    if scenario.call == "client" {
        return true;
    }
    let ticket = backend.ticket(scenario);
    let document = match scenario.call.as_str() {
        CONNECT => Vec::new(),
        _ => request(scenario, &ticket, scenario.method()),
    };
    for before in &scenario.before {
        match before {
            Before::Call => {
                let options = scenario.options();
                succeed_in_call(scenario, backend, process, options.as_deref(), scenario.method());
            }
            Before::CallWith(options) => {
                let method = table::method(options);
                let options = Value::Object(options.clone()).to_string();
                succeed_in_call(scenario, backend, process, Some(options.as_bytes()), method);
            }
            Before::Connect => succeed(scenario, backend, process, CONNECT, b""),
            Before::ServerCloses => backend.server().wait_for_ends(1),
            Before::StopListening => backend.server().stop_listening(),
            Before::NoDescriptors => limit_descriptors(process.id(), 3),
            Before::Shutdown => drop(process.command("shutdown", b"")),
        }
    }
    let before = backend.requests();
    if let Some(shutdown) = &backend.shutdown {
        process.command("shutdown", shutdown.path().as_os_str().as_bytes());
    }
    let pointers = scenario.expect.get.keys().map(|pointer| ("get", pointer.as_bytes()));
    let options = scenario.options();
    if !prepare(scenario, process, options.as_deref(), pointers) {
        return false;
    }
    let started = Instant::now();
    let Some(reply) = process.command(&scenario.call, &document) else {
        return false;
    };
    check_duration(scenario, &reply, started.elapsed());
    if scenario.before.iter().any(|before| matches!(before, Before::NoDescriptors)) {
        limit_descriptors(process.id(), 1024);
    }
    check::check(scenario, &reply, backend, &ticket);
    log::check(scenario, &scenario.call, &reply, backend, &ticket);
    check_sent(scenario, &reply, backend, &document, before);
    true
}

/// Sets the path and the options of the next call, and runs `commands`. False if the language cannot
/// express one of them.
fn prepare<'a>(
    scenario: &'a Scenario,
    process: &mut Process,
    options: Option<&'a [u8]>,
    commands: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> bool {
    let path = scenario.path.as_ref().map(|path| ("path", path.as_bytes()));
    let options = options.map(|options| ("options", options));
    path.into_iter()
        .chain(options)
        .chain(commands)
        .all(|(verb, text)| process.command(verb, text).is_some())
}

/// Makes the call with another ticket. It must succeed.
fn succeed_in_call(
    scenario: &Scenario,
    backend: &Backend,
    process: &mut Process,
    options: Option<&[u8]>,
    method: &str,
) {
    let call = if scenario.call == CONNECT { "authorization" } else { &scenario.call };
    assert!(prepare(scenario, process, options, iter::empty()), "{}", scenario.name);
    succeed(scenario, backend, process, call, &request(scenario, UNISSUED_TICKET, method));
}

/// Runs a command before the call. It must succeed.
fn succeed(
    scenario: &Scenario,
    backend: &Backend,
    process: &mut Process,
    verb: &str,
    document: &[u8],
) {
    let reply = process.command(verb, document).expect("a reply");
    assert_eq!(reply.text("status"), "OK", "{}: {verb} before", scenario.name);
    log::check(scenario, verb, &reply, backend, UNISSUED_TICKET);
}

/// With a limit of 3, the standard streams use all descriptors.
fn limit_descriptors(id: u32, limit: u32) {
    let (id, limit) = (id.to_string(), format!("--nofile={limit}:"));
    support::run(Command::new("prlimit").args(["--pid", &id, &limit]));
}

/// `elapsed` is the time that the command took.
fn check_duration(scenario: &Scenario, reply: &Reply, elapsed: Duration) {
    let name = &scenario.name;
    let micros = reply.number("durationUs").try_into().expect("not negative");
    let duration = Duration::from_micros(micros);
    assert!(duration <= elapsed, "{name}: {duration:?} of {elapsed:?}");
    assert!(reply.number("attempts") == 0 || micros > 0, "{name}: no duration");
    let options = scenario.options.as_ref();
    let timeout = options.and_then(|options| options.get("timeoutMs")).and_then(Value::as_u64);
    if let (Some(timeout), "TIMEOUT") = (timeout, reply.text("status")) {
        assert!(duration >= Duration::from_millis(timeout), "{name}: {duration:?}");
    }
}

fn check_sent(
    scenario: &Scenario,
    reply: &Reply,
    backend: &Backend,
    document: &[u8],
    before: usize,
) {
    let name = &scenario.name;
    let expected = scenario.expect.sent.unwrap_or(usize::from(reply.number("attempts") > 0));
    let script = scenario.server.script();
    let connections = script.map_or(0, |script| script.connections.len());
    if let Some(server) = &backend.scripted {
        // After a timeout, the server may not have read the requests yet.
        server.wait_for(connections, before + expected);
    }
    assert_eq!(backend.requests() - before, expected, "{name}: requests that reached the server");
    let Some(server) = &backend.scripted else { return };
    assert_eq!(server.connections(), connections, "{name}: connections");
    for request in backend.scripted_requests().iter().skip(before) {
        check_request(scenario, backend, document, request);
    }
    dpop::check(scenario, backend);
}

fn check_request(scenario: &Scenario, backend: &Backend, document: &[u8], request: &Request) {
    let (name, head) = (&scenario.name, &request.head);
    let has = |line: &str| head.lines().any(|other| other.eq_ignore_ascii_case(line));
    let config = |key| scenario.config.get(key).and_then(Value::as_str);
    let agent = config("userAgent").unwrap_or(concat!("authlete-fail/", env!("CARGO_PKG_VERSION")));
    let (host, prefix) = backend.configured_host(scenario);
    let service = match scenario.api {
        Api::V3 => format!("/{}", backend.service.service_id),
        Api::V2Basic | Api::V2Bearer => String::new(),
    };
    let (method, path) = (scenario.method(), scenario.path());
    let target = format!("{method} {prefix}/api{service}{path} HTTP/1.1");
    assert_eq!(head.lines().next(), Some(target.as_str()), "{name}");
    let options = scenario.options.clone().unwrap_or_default();
    let mut expected = vec![
        "accept: application/json".to_owned(),
        format!("user-agent: {agent}"),
        format!("authorization: {}", authorization(scenario, backend, &options)),
        format!("host: {host}"),
    ];
    let has_body = method == "POST";
    if has_body {
        expected.push("content-type: application/json".to_owned());
        expected.push(format!("content-length: {}", request.body.len()));
    }
    if dpop::key(scenario).is_some() {
        let proof = head.lines().find(|line| line.to_ascii_lowercase().starts_with("dpop: "));
        expected.push(proof.unwrap_or_else(|| panic!("{name}: no proof in {head}")).to_owned());
    }
    let more = options.get("headers").and_then(Value::as_object).into_iter().flatten();
    expected.extend(more.map(|(name, value)| format!("{name}: {}", value.as_str().expect("text"))));
    for line in &expected {
        assert!(has(line), "{name}: no {line:?} in {head}");
    }
    assert_eq!(head.trim_end().lines().count(), 1 + expected.len(), "{name}: {head}");
    if !has_body {
        assert_eq!(request.body, "", "{name}: a body");
        return;
    }
    let mut document: Map<String, Value> = serde_json::from_slice(document).expect("accepted");
    if scenario.path().ends_with("/fail") {
        document.retain(|_, value| !value.is_null());
    }
    let body: Value = serde_json::from_str(&request.body).expect("JSON is sent");
    assert_eq!(body, Value::Object(document), "{name}: the request");
}

/// The value of the Authorization header.
fn authorization(scenario: &Scenario, backend: &Backend, options: &Map<String, Value>) -> String {
    let service = &backend.service;
    let scheme = if dpop::key(scenario).is_some() { "DPoP" } else { "Bearer" };
    if let Some(token) = options.get("accessToken").and_then(Value::as_str) {
        return format!("{scheme} {token}");
    }
    match scenario.api {
        Api::V3 | Api::V2Bearer => format!("{scheme} {}", service.access_token),
        Api::V2Basic => {
            let config = |key| scenario.config.get(key).and_then(Value::as_str);
            let key = config("apiKey").unwrap_or(&service.api_key);
            let secret = config("apiSecret").unwrap_or(&service.api_secret);
            let pair = format!("{key}:{secret}");
            format!("Basic {}", BASE64_STANDARD.encode(pair))
        }
    }
}

/// The request of a call with `method`.
fn request(scenario: &Scenario, ticket: &str, method: &str) -> Vec<u8> {
    if let Some(text) = scenario.text() {
        return text;
    }
    if method != "POST" {
        return Vec::new();
    }
    let mut document = scenario.request.clone();
    if scenario.ticket() != Ticket::Absent && !document.contains_key("ticket") {
        document.insert("ticket".to_owned(), json!(ticket));
    }
    Value::Object(document).to_string().into_bytes()
}
