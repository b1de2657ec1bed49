//! Compares a reply with its scenario, and checks the rules that apply to every reply.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Map, Value, json};

use super::backend::{Backend, REDIRECT_URI};
use super::table::{Response, Scenario, Server};
use crate::harness::driver::Reply;

/// Checks a reply; `run::check_sent` checks the requests.
pub fn check(scenario: &Scenario, reply: &Reply, backend: &Backend, ticket: &str) {
    let name = &scenario.name;
    let expect = &scenario.expect;
    assert_eq!(reply.text("status"), expect.status, "{name}: {}", reply.text("error"));
    for (what, expected) in [
        ("outcome", &expect.outcome),
        ("ticketState", &expect.ticket_state),
        ("action", &expect.action),
        ("resultCode", &expect.result_code),
        ("requestId", &expect.request_id),
        ("error", &expect.error.as_ref().map(|text| backend.expand(text))),
    ] {
        if let Some(expected) = expected {
            assert_eq!(reply.text(what), expected, "{name}: {what}");
        }
    }
    for (what, expected) in [("attempts", expect.attempts), ("httpStatus", expect.http_status)] {
        if let Some(expected) = expected {
            assert_eq!(reply.number(what), expected, "{name}: {what}");
        }
    }
    assert_eq!(reply.number("retryAfterMs"), expect.retry_after_ms, "{name}: retryAfterMs");
    let may_repeat = i64::from(may_repeat(scenario, reply));
    assert_eq!(reply.number("mayRepeat"), may_repeat, "{name}: mayRepeat");
    let values = expect.get.iter().map(|(pointer, value)| (pointer, Some(value)));
    for (index, (pointer, value)) in values.enumerate() {
        assert_eq!(reply.values.get(index), value, "{name}: {pointer}");
    }
    if let Some(has_json) = expect.json {
        let json = reply.text("json");
        assert_eq!(!json.is_empty(), has_json, "{name}: {json}");
        if let (true, Server::Respond(response)) = (has_json, &scenario.server) {
            assert_eq!(json.as_bytes(), response.body(), "{name}: not byte for byte");
        }
    }
    check_error(name, reply, backend, ticket);
    check_diagnostics(scenario, reply);
    check_response(scenario, reply);
}

/// Whether repeating the call is safe and may help: Authlete has certainly not processed it, and the
/// cause of the failure may be temporary. A scenario states it where the status and the ticket state do
/// not determine it.
fn may_repeat(scenario: &Scenario, reply: &Reply) -> bool {
    if let Some(stated) = scenario.expect.may_repeat {
        return stated;
    }
    let is_transient = match reply.text("status") {
        "CONNECT" | "RESOURCE" | "TIMEOUT" | "NETWORK" => true,
        "TLS" => reply.text("error").contains("lost the connection"),
        "HTTP" => reply.number("httpStatus") == 429,
        _ => return false,
    };
    is_transient
        && match reply.text("ticketState") {
            "UNTOUCHED" => true,
            "NONE" if scenario.call == "connect" => true,
            "NONE" => panic!("{}: the scenario must state mayRepeat", scenario.name),
            _ => false,
        }
}

fn check_error(name: &str, reply: &Reply, backend: &Backend, ticket: &str) {
    let error = reply.text("error");
    if reply.text("status") == "OK" {
        assert_eq!((error, reply.text("errorJson")), ("", ""), "{name}: an error on success");
        return;
    }
    assert!(!error.is_empty() && !error.contains('\n'), "{name}: one line: {error:?}");
    let or_null = |value: Value, nothing: Value| if value == nothing { Value::Null } else { value };
    let expected = json!({
        "status": reply.text("status"),
        "message": error,
        "httpStatus": or_null(json!(reply.number("httpStatus")), json!(0)),
        "resultCode": or_null(json!(quotable(reply.text("resultCode"))), json!("")),
        "outcome": reply.text("outcome"),
        "ticketState": reply.text("ticketState"),
        "attempts": reply.number("attempts"),
        "retryAfterMs": or_null(json!(reply.number("retryAfterMs")), json!(-1)),
        "requestId": or_null(json!(reply.text("requestId")), json!("")),
        "durationUs": reply.number("durationUs"),
        "mayRepeat": reply.number("mayRepeat") == 1,
    });
    let document: Value = serde_json::from_str(reply.text("errorJson")).expect("JSON");
    assert_eq!(document, expected, "{name}: error_json");
    // Scripted servers send the canary in their API responses.
    let secrets = backend.secrets();
    let error = format!("{error}{}", reply.text("errorJson"));
    for secret in [ticket, "CANARY"].iter().chain(&secrets).filter(|secret| !secret.is_empty()) {
        assert!(!error.contains(secret), "{name}: a secret in {error:?}");
    }
}

/// The members agree with the other values of the reply. A reply about creating a client has none.
fn check_diagnostics(scenario: &Scenario, reply: &Reply) {
    let name = &scenario.name;
    let text = reply.text("diagnostics");
    if text.is_empty() {
        assert_eq!(reply.number("attempts"), 0, "{name}: no diagnostics");
        return;
    }
    let document: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(document["durationUs"], reply.number("durationUs"), "{name}: diagnostics");
    let attempts = document["attempts"].as_array().expect("an array");
    let count = reply.number("attempts");
    assert_eq!(attempts.len() as i64, count, "{name}: diagnostics");
    assert_eq!(document["retryCause"].is_null(), count < 2, "{name}: retryCause");
    for (member, expected) in &scenario.expect.last_attempt {
        let value = attempts.last().and_then(|last| last.get(member));
        assert_eq!(value, Some(expected), "{name}: {member}");
    }
}

/// A result code in Authlete's format; errors omit any other.
pub fn quotable(code: &str) -> &str {
    let digits = code.strip_prefix('A').unwrap_or(code);
    let is_authletes = digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit());
    if is_authletes { code } else { "" }
}

fn check_response(scenario: &Scenario, reply: &Reply) {
    let name = &scenario.name;
    let expected = &scenario.expect.response;
    let body = reply.text("responseBody");
    let status = reply.number("responseStatus");
    if matches!(expected, Response::None) {
        assert_eq!((status, reply.headers.len(), body), (0, 0, ""), "{name}: a response");
        return;
    }
    let [first, no_store, no_cache, more @ ..] = reply.headers.as_slice() else {
        panic!("{name}: a response without the usual headers");
    };
    assert_eq!([no_store, no_cache], ["Cache-Control: no-store", "Pragma: no-cache"], "{name}");
    assert_eq!(more, scenario.expect.more_headers, "{name}: headers");
    let location = || {
        first.strip_prefix("Location: ").unwrap_or_else(|| panic!("{name}: no redirect: {first}"))
    };
    let (expected_status, expected_first) = match expected {
        Response::SafeError => (500, "Content-Type: application/json"),
        Response::Json { status, .. } | Response::JsonMembers { status, .. } => {
            (*status, "Content-Type: application/json")
        }
        Response::Location { status, .. } => (*status, ""),
        Response::Form { .. } | Response::JwtForm { .. } | Response::Html { .. } => {
            (200, "Content-Type: text/html;charset=UTF-8")
        }
        _ => (302, ""),
    };
    assert_eq!(status, expected_status, "{name}: {body}");
    if expected_first.is_empty() {
        assert_eq!(body, "", "{name}");
    } else {
        assert_eq!(first, expected_first, "{name}");
    }
    match expected {
        Response::None => {}
        Response::SafeError => assert_eq!(body, r#"{"error":"server_error"}"#, "{name}"),
        Response::Json { body: members, .. } => {
            let body: Value = serde_json::from_str(body).expect("JSON");
            assert_eq!(&body, &Value::Object(members.clone()), "{name}");
        }
        Response::JsonMembers { names, .. } => {
            let body: Map<String, Value> = serde_json::from_str(body).expect("JSON");
            assert!(body.keys().eq(names), "{name}: {body:?}");
        }
        Response::LocationParameters { mark, names } => {
            assert!(parameters_of(name, location(), *mark).keys().eq(names), "{name}");
        }
        Response::Location { mark, parameters, .. } => {
            assert_eq!(&parameters_of(name, location(), *mark), parameters, "{name}");
        }
        Response::LocationText { text } => assert_eq!(location(), text, "{name}"),
        Response::LocationLength { length } => assert_eq!(location().len(), *length, "{name}"),
        Response::JwtLocation { mark, claims } => {
            check_jwt(name, &parameters_of(name, location(), *mark), claims);
        }
        Response::Form { fields } => assert_eq!(&fields_of(name, body), fields, "{name}"),
        Response::JwtForm { claims } => check_jwt(name, &fields_of(name, body), claims),
        Response::Html { text } => assert_eq!(body, text, "{name}"),
    }
}

fn parameters_of(name: &str, location: &str, mark: char) -> BTreeMap<String, String> {
    let (base, parameters) =
        location.split_once(mark).unwrap_or_else(|| panic!("{name}: no {mark} in {location}"));
    assert_eq!(base, REDIRECT_URI, "{name}");
    parameters
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or_else(|| panic!("{name}: {pair}")))
        .map(|(key, value)| (key.to_owned(), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        bytes.push(match b {
            b'+' => b' ',
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).expect("two hex digits")
            }
            b => b,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// The hidden fields of a form_post page.
fn fields_of(name: &str, page: &str) -> BTreeMap<String, String> {
    let attribute = |tag: &str, name: &str| {
        let value = tag.split_once(&format!("{name}=\"")).expect("the attribute").1;
        let value = value.split_once('"').expect("quoted").0;
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
            .iter()
            .fold(value.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let form = page.split_once("<form").unwrap_or_else(|| panic!("{name}: no form: {page}")).1;
    assert_eq!(attribute(form, "action"), REDIRECT_URI, "{name}");
    form.split("<input")
        .skip(1)
        .map(|tag| tag.split_once('>').expect("a complete tag").0)
        .filter(|tag| tag.contains("type=\"hidden\""))
        .map(|tag| (attribute(tag, "name"), attribute(tag, "value")))
        .collect()
}

/// The sandbox's own tests verify the signature.
fn check_jwt(name: &str, parameters: &BTreeMap<String, String>, claims: &Map<String, Value>) {
    assert_eq!(parameters.keys().collect::<Vec<_>>(), ["response"], "{name}");
    let payload = parameters["response"].split('.').nth(1).expect("a JWT has three parts");
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    let payload: Value = serde_json::from_slice(&payload).expect("JSON");
    for (claim, expected) in claims {
        assert_eq!(&payload[claim], expected, "{name}: {claim}");
    }
}
