//! Runs a scenario: starts the server, creates the client, gets the ticket and makes the call.

use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::backend::{Backend, UNISSUED_TICKET, path_of};
use super::check;
use super::peer::Request;
use super::table::{Before, Scenario, Ticket};
use crate::harness::driver::{Process, Reply};
use crate::support;

/// The verb for authlete_fail_client_connect.
const CONNECT: &str = "connect";

/// Runs `scenario` in one language and checks everything; false if the language cannot express it.
pub fn run(scenario: &Scenario, process: &mut Process) -> bool {
    let name = &scenario.name;
    let backend = Backend::new(scenario);
    let config = backend.config(scenario);
    let Some(created) = process.command("client", &config) else {
        return false;
    };
    if scenario.call == "client" && (created.is_whole() || scenario.expect.status != "OK") {
        check::check(scenario, &created, &backend, "");
        return true;
    }
    assert_eq!(created.text("status"), "OK", "{name}: the client");
    if scenario.call == "client" {
        return true;
    }
    let ticket = backend.ticket(scenario);
    let document = match scenario.call.as_str() {
        CONNECT => Vec::new(),
        _ => request(scenario, &ticket),
    };
    for before in &scenario.before {
        match before {
            Before::Call => {
                let call = if scenario.call == CONNECT { "authorization" } else { &scenario.call };
                succeed(scenario, process, call, &request(scenario, UNISSUED_TICKET));
            }
            Before::Connect => succeed(scenario, process, CONNECT, b""),
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
    let Some(reply) = process.command(&scenario.call, &document) else {
        return false;
    };
    if scenario.before.iter().any(|before| matches!(before, Before::NoDescriptors)) {
        limit_descriptors(process.id(), 1024);
    }
    check::check(scenario, &reply, &backend, &ticket);
    check_sent(scenario, &reply, &backend, &document, before);
    true
}

/// Runs a command before the call. It must succeed.
fn succeed(scenario: &Scenario, process: &mut Process, verb: &str, document: &[u8]) {
    let reply = process.command(verb, document).expect("a reply");
    assert_eq!(reply.text("status"), "OK", "{}: {verb} before", scenario.name);
}

/// With a limit of 3, the standard streams use all descriptors.
fn limit_descriptors(id: u32, limit: u32) {
    let (id, limit) = (id.to_string(), format!("--nofile={limit}:"));
    support::run(Command::new("prlimit").args(["--pid", &id, &limit]));
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
    for request in server.requests().iter().skip(before) {
        check_request(scenario, backend, document, request);
    }
}

fn check_request(scenario: &Scenario, backend: &Backend, document: &[u8], request: &Request) {
    let (name, head) = (&scenario.name, &request.head);
    let has = |line: &str| head.lines().any(|other| other.eq_ignore_ascii_case(line));
    let config = |key| scenario.config.get(key).and_then(Value::as_str);
    let agent = config("userAgent").unwrap_or(concat!("authlete-fail/", env!("CARGO_PKG_VERSION")));
    let id = &backend.service.service_id;
    let prefix = config("baseUrl").unwrap_or_default();
    let prefix = prefix.trim_start_matches("${baseUrl}").trim_end_matches('/');
    let target = format!("POST {prefix}/api/{id}{}/fail HTTP/1.1", path_of(&scenario.call));
    assert_eq!(head.lines().next(), Some(target.as_str()), "{name}");
    let token = &backend.service.access_token;
    for line in [
        "content-type: application/json",
        "accept: application/json",
        &format!("user-agent: {agent}"),
        &format!("authorization: Bearer {token}"),
        &format!("host: {}", backend.host()),
    ] {
        assert!(has(line), "{name}: {head}");
    }
    let mut names: Vec<_> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    names.sort();
    let expected =
        ["accept", "authorization", "content-length", "content-type", "host", "user-agent"];
    assert_eq!(names, expected, "{name}: {head}");
    let mut document: Map<String, Value> = serde_json::from_slice(document).expect("accepted");
    document.retain(|_, value| !value.is_null());
    let body: Value = serde_json::from_str(&request.body).expect("JSON is sent");
    assert_eq!(body, Value::Object(document), "{name}: the request");
}

fn request(scenario: &Scenario, ticket: &str) -> Vec<u8> {
    if let Some(text) = scenario.text() {
        return text;
    }
    let mut document = scenario.request.clone();
    if scenario.ticket != Ticket::Absent && !document.contains_key("ticket") {
        document.insert("ticket".to_owned(), json!(ticket));
    }
    Value::Object(document).to_string().into_bytes()
}
