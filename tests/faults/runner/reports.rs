//! The log line, the diagnostics and the statistics of every call of a host. They must agree with the
//! reply, with each other and with the calls so far.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::{Value, json};

use super::reply::Called;

const DIAGNOSTICS: [&str; 7] =
    ["attempts", "durationUs", "endpoint", "method", "retryCause", "serverAddress", "serverPort"];

const ATTEMPT: [&str; 11] = [
    "bodyUs",
    "connection",
    "dnsUs",
    "peerAddress",
    "peerPort",
    "proxyUs",
    "tcpUs",
    "tlsResumed",
    "tlsUs",
    "tlsVersion",
    "waitUs",
];

/// The times of an attempt. Each one ends before the next one begins.
const TIMES: [&str; 6] = ["dnsUs", "tcpUs", "proxyUs", "tlsUs", "waitUs", "bodyUs"];

/// The members of the diagnostics of an attempt, and the corresponding fields of the log line.
const DETAILS: [(&str, &str); 8] = [
    ("connection", "connection"),
    ("tlsVersion", "tls"),
    ("dnsUs", "dns_us"),
    ("tcpUs", "tcp_us"),
    ("proxyUs", "proxy_us"),
    ("tlsUs", "tls_us"),
    ("waitUs", "wait_us"),
    ("bodyUs", "body_us"),
];

/// The statistics of the current client, derived from its calls so far.
#[derive(Default)]
pub struct Expected {
    config: Value,
    calls: BTreeMap<String, BTreeMap<String, u64>>,
    retries: u64,
    opened: u64,
    reused: u64,
}

impl Expected {
    /// Checks the reports of a command. `document` is the configuration if `verb` is "client".
    pub fn check(&mut self, verb: &str, document: &str, called: &Called) {
        if verb == "client" {
            let config = serde_json::from_str(document).unwrap_or_default();
            *self = Self { config, ..Self::default() };
            assert_eq!(called.reply.text("diagnostics"), "");
        } else if called.reply.text("stats").is_empty() {
            // There is no client.
            assert_eq!((called.reply.text("diagnostics"), called.lines().len()), ("", 0));
        } else {
            self.check_diagnostics(verb, called);
            self.check_stats(verb, called);
            self.check_log(verb, called);
        }
    }

    fn base_url(&self) -> &str {
        self.config["baseUrl"].as_str().unwrap_or_default()
    }

    /// Whether a new connection needs a DNS lookup.
    fn looks_up(&self) -> bool {
        let url = self.config["proxy"].as_str().unwrap_or(self.base_url());
        let authority = url.split("://").nth(1).unwrap().split('/').next().unwrap();
        let address = authority.rsplit('@').next().unwrap();
        let host = match address.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap(),
            None => address.split(':').next().unwrap(),
        };
        host.parse::<IpAddr>().is_err() && host != "localhost"
    }

    fn is_tls(&self) -> bool {
        self.base_url().starts_with("https:")
    }

    fn check_diagnostics(&self, verb: &str, called: &Called) {
        let (reply, diagnostics) = (&called.reply, called.diagnostics());
        assert_eq!(members(&diagnostics), DIAGNOSTICS.into(), "{diagnostics}");
        assert_eq!(diagnostics["durationUs"], reply.number("durationUs"));
        let attempts = called.attempts();
        let endpoint = diagnostics["endpoint"].as_str().unwrap();
        match verb {
            "authorization" => assert_eq!(endpoint, "/auth/authorization/fail"),
            "connect" => assert_eq!(endpoint, "connect"),
            _ => assert!(endpoint == "other" || endpoint.starts_with('/'), "{endpoint}"),
        }
        let has_method = diagnostics["method"].is_string();
        assert!(if verb == "connect" { !has_method } else { has_method || attempts.is_empty() });
        let server = diagnostics["serverAddress"].as_str().unwrap();
        assert!(self.base_url().contains(server), "{diagnostics}");
        assert!(diagnostics["serverPort"].is_u64(), "{diagnostics}");
        assert_eq!(diagnostics["retryCause"].is_string(), attempts.len() > 1, "{diagnostics}");
        assert_eq!(reply.number("attempts"), attempts.len() as i64, "{diagnostics}");
        let mut total = 0;
        for (number, attempt) in attempts.iter().enumerate() {
            // A retry does not reuse a connection. The extra attempt with a DPoP nonce may.
            let previous = number.checked_sub(1).map(|previous| &attempts[previous]);
            let may_reuse = previous.is_none_or(|previous| !previous["bodyUs"].is_null());
            self.check_attempt(attempt, may_reuse);
            total += TIMES.iter().filter_map(|name| attempt[name].as_i64()).sum::<i64>();
        }
        assert!(total <= reply.number("durationUs"), "{diagnostics}");
    }

    fn check_attempt(&self, attempt: &Value, may_reuse: bool) {
        assert_eq!(members(attempt), ATTEMPT.into(), "{attempt}");
        let has = |name: &str| !attempt[name].is_null();
        let opening = ["dnsUs", "tcpUs", "proxyUs", "tlsUs"];
        match attempt["connection"].as_str() {
            None => assert!(!has("connection") && !has("peerAddress") && !has("waitUs")),
            Some("new") => {
                assert!(has("tcpUs") && has("dnsUs") == self.looks_up(), "{attempt}");
            }
            Some("reused") if may_reuse => {
                assert!(opening.iter().all(|name| !has(name)), "{attempt}");
            }
            Some(_) => panic!("{attempt}"),
        }
        assert_eq!(has("peerAddress"), has("connection"), "{attempt}");
        assert_eq!(has("peerPort"), has("connection"), "{attempt}");
        if let Some(address) = attempt["peerAddress"].as_str() {
            address.parse::<IpAddr>().unwrap();
        }
        assert_eq!(has("tlsVersion"), has("tlsResumed"), "{attempt}");
        assert!(!has("proxyUs") || self.config["proxy"].is_string(), "{attempt}");
        assert!(!has("tlsVersion") || self.is_tls(), "{attempt}");
        assert!(!has("waitUs") || has("tlsVersion") == self.is_tls(), "{attempt}");
        assert!(!has("bodyUs") || has("waitUs"), "{attempt}");
        assert!(TIMES.iter().all(|name| !has(name) || attempt[name].is_u64()), "{attempt}");
    }

    fn check_stats(&mut self, verb: &str, called: &Called) {
        let (reply, attempts) = (&called.reply, called.attempts());
        let is_connect = verb == "connect";
        if !is_connect {
            let row = self.calls.entry(reply.text("status").to_owned()).or_default();
            *row.entry(reply.text("outcome").to_owned()).or_default() += 1;
        }
        self.retries += attempts.len().saturating_sub(1) as u64;
        for (number, attempt) in attempts.iter().enumerate() {
            let is_last = number + 1 == attempts.len();
            let is_open = !attempt["waitUs"].is_null()
                || is_connect && is_last && reply.text("status") == "OK";
            self.opened += u64::from(attempt["connection"] == "new" && is_open);
            self.reused += u64::from(attempt["connection"] == "reused");
        }
        let stats = called.stats();
        let names = ["calls", "connections", "lookups", "retries", "tlsHandshakes"];
        assert_eq!(members(&stats), names.into(), "{stats}");
        assert_eq!(stats["calls"], json!(self.calls));
        assert_eq!(stats["retries"], self.retries, "{stats}");
        let connections = &stats["connections"];
        let names = ["closed", "idle", "inUse", "opened", "reused"];
        assert_eq!(members(connections), names.into(), "{stats}");
        assert_eq!(connections["opened"], self.opened, "{stats}");
        assert_eq!(connections["reused"], self.reused, "{stats}");
        assert_eq!(connections["inUse"], 0, "{stats}");
        let closed = &connections["closed"];
        let names =
            ["age", "byServer", "discarded", "failed", "idleTimeout", "notReusable", "surplus"];
        assert_eq!(members(closed), names.into(), "{stats}");
        let closed: u64 = names.iter().map(|name| closed[name].as_u64().unwrap()).sum();
        assert_eq!(self.opened, connections["idle"].as_u64().unwrap() + closed, "{stats}");
        assert_eq!(members(&stats["lookups"]), ["failed", "succeeded"].into(), "{stats}");
        let handshakes = &stats["tlsHandshakes"];
        assert_eq!(members(handshakes), ["full", "resumed"].into(), "{stats}");
        let handshakes = ["full", "resumed"].map(|name| handshakes[name].as_u64().unwrap());
        let expected = if self.is_tls() { self.opened } else { 0 };
        assert_eq!(handshakes.iter().sum::<u64>(), expected, "{stats}");
    }

    fn check_log(&self, verb: &str, called: &Called) {
        let reply = &called.reply;
        let status = (reply.text("status"), reply.text("outcome"));
        let level = match status {
            ("INTERNAL", _) => "ERROR",
            ("OK", _) if verb == "connect" => "INFO",
            ("OK", "DELIVERED") => "INFO",
            ("OK", "OTHER_API") if reply.number("responseStatus") != 500 => "INFO",
            _ => "WARN",
        };
        let severity = |level: &str| {
            ["error", "warn", "info", "debug"].into_iter().position(|one| one == level).unwrap()
        };
        let enabled = severity(self.config["logLevel"].as_str().unwrap_or("warn"));
        if severity(&level.to_lowercase()) > enabled {
            assert_eq!(called.lines().len(), 0, "{:?}", called.lines());
            return;
        }
        let line = called.line();
        line.check();
        assert_eq!(line.level, level, "{}", line.text);
        let diagnostics = called.diagnostics();
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        for (name, value) in [
            ("endpoint", text(&diagnostics["endpoint"])),
            ("status", reply.text("status").to_owned()),
            ("http", reply.text("httpStatus").trim_start_matches("0").to_owned()),
            ("outcome", reply.text("outcome").to_owned()),
            ("ticket", reply.text("ticketState").to_owned()),
            ("attempts", reply.text("attempts").to_owned()),
            ("duration_us", reply.text("durationUs").to_owned()),
            ("request_id", reply.text("requestId").replace(char::is_control, " ")),
            ("retry_cause", text(&diagnostics["retryCause"])),
            ("error", reply.text("error").to_owned()),
        ] {
            assert_eq!(line.get(name), value, "{name}: {}", line.text);
        }
        assert!(self.base_url().contains(line.get("host")), "{}", line.text);
        assert!(["", reply.text("action")].contains(&line.get("action")), "{}", line.text);
        assert!(["", reply.text("resultCode")].contains(&line.get("code")), "{}", line.text);
        let is_detailed = enabled == severity("debug");
        let last = called.attempts().pop().filter(|_| is_detailed).unwrap_or_default();
        for (member, name) in DETAILS {
            assert_eq!(line.get(name), text(&last[member]), "{name}: {}", line.text);
        }
        let peer = last["peerAddress"].as_str().map_or(String::new(), |address| {
            let brackets = if address.contains(':') { ["[", "]"] } else { ["", ""] };
            format!("{}{address}{}:{}", brackets[0], brackets[1], last["peerPort"])
        });
        assert_eq!(line.get("peer"), peer, "{}", line.text);
    }
}

/// The names of the members of an object.
fn members(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}
