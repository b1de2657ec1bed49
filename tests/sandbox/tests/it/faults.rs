use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use authlete_fail_sandbox::{QUIET_SERVICE_ID, SERVICE_ID, Sandbox};
use serde_json::{Value, json};

use crate::api_client::*;
use crate::control::{self, delete, get, post};

fn fail_next(sandbox: &Sandbox, fault: &Value) {
    let response = post(sandbox, "faults", fault);
    assert_eq!(response.status, 201, "{fault}: {}", response.text);
}

/// A call that must have the effect of no fault.
fn succeeds(api: &ApiClient) {
    assert_eq!(api.post(TOKEN_FAIL, JSON, "{}").json()["resultCode"], "A063201");
}

fn deny(ticket: &str) -> String {
    json!({ "ticket": ticket, "reason": "DENIED" }).to_string()
}

#[test]
fn a_fault_replaces_the_response_as_often_as_it_says() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    fail_next(
        &sandbox,
        &json!({
            "status": 429, "times": 2, "headers": { "Retry-After": "7", "Request-Id": "r1" },
            "body": { "resultCode": "A000000" },
        }),
    );
    for left in [1, 0] {
        let response = api.post(TOKEN_FAIL, JSON, "{}");
        assert_eq!((response.status, &*response.text), (429, r#"{"resultCode":"A000000"}"#));
        let header = |name| response.header(name);
        assert_eq!((header("retry-after"), header("request-id")), ("7", "r1"));
        assert_eq!(header("content-type"), JSON);
        let faults = get(&sandbox, "faults")["faults"].as_array().unwrap().len();
        assert_eq!(faults, usize::from(left > 0));
    }
    succeeds(&api);
}

#[test]
fn a_body_is_text_or_json_and_may_be_absent() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for (body, content_type, text) in [
        (json!("<h1>Bad Gateway</h1>"), "text/plain; charset=utf-8", "<h1>Bad Gateway</h1>"),
        (json!([1]), JSON, "[1]"),
        (json!(null), "", ""),
    ] {
        fail_next(&sandbox, &json!({ "status": 502, "body": body }));
        let response = api.post(TOKEN_FAIL, JSON, "{}");
        assert_eq!((response.status, &*response.text), (502, text));
        assert_eq!(response.header("content-type"), content_type);
    }
    let headers = json!({ "Content-Type": "text/html" });
    fail_next(&sandbox, &json!({ "status": 200, "body": "<html>", "headers": headers }));
    let response = api.post(TOKEN_FAIL, JSON, "{}");
    assert_eq!((response.status, response.header("content-type")), (200, "text/html"));
}

/// Unless the fault says `processed`, the ticket remains usable.
#[test]
fn a_processed_request_has_consumed_its_ticket() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for (mut fault, is_broken) in [
        (json!({ "status": 503 }), false),
        (json!({ "disconnect": "before" }), true),
        (json!({ "disconnect": "during" }), true),
        (json!({ "disconnect": "during", "status": 500, "body": "x" }), true),
    ] {
        for (processed, code) in [(false, "A060306"), (true, "A059202")] {
            fault["processed"] = json!(processed);
            let request = deny(&api.authorization_ticket(""));
            fail_next(&sandbox, &fault);
            let result = api.try_post(AUTHORIZATION_FAIL, JSON, &request);
            assert_eq!(result.is_err(), is_broken, "{fault}: {result:?}");
            let again = api.post(AUTHORIZATION_FAIL, JSON, &request).json();
            assert_eq!(again["resultCode"], code, "{fault}");
        }
    }
}

fn raw_response(sandbox: &Sandbox) -> String {
    let address = sandbox.base_url().replace("http://", "");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let headers = "Host: localhost\r\nAuthorization: Bearer sandbox-access-token\r\n\
                   Content-Type: application/json\r\nContent-Length: 2";
    write!(stream, "POST /api/{TOKEN_FAIL} HTTP/1.1\r\n{headers}\r\n\r\n{{}}").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_disconnect_is_before_or_in_the_middle_of_the_response() {
    let sandbox = start();
    fail_next(&sandbox, &json!({ "disconnect": "before" }));
    assert_eq!(raw_response(&sandbox), "");

    for (fault, status, announced, sent) in [
        (json!({ "status": 500, "body": "12345678" }), "500 Internal Server Error", 8, "1234"),
        (json!({ "status": 503 }), "503 Service Unavailable", 1, ""),
    ] {
        let mut fault = fault;
        fault["disconnect"] = json!("during");
        fail_next(&sandbox, &fault);
        let text = raw_response(&sandbox);
        let (headers, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(headers.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{headers}");
        assert!(headers.contains(&format!("content-length: {announced}\r\n")), "{headers}");
        assert_eq!(body, sent);
    }

    // The response of the API itself.
    fail_next(&sandbox, &json!({ "disconnect": "during", "processed": true }));
    let text = raw_response(&sandbox);
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.contains("\r\n\r\n{\""), "{text}");
    assert!(!text.ends_with('}'), "{text}");
}

#[test]
fn a_delay_comes_after_the_processing() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let request = deny(&api.authorization_ticket(""));
    fail_next(&sandbox, &json!({ "delayMs": 300 }));
    let started = Instant::now();
    let response = api.post(AUTHORIZATION_FAIL, JSON, &request).json();
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(response["resultCode"], "A060306");

    // A client that no longer waits: the ticket is consumed.
    let ticket = api.authorization_ticket("");
    fail_next(&sandbox, &json!({ "delayMs": 600_000 }));
    let address = sandbox.base_url().replace("http://", "");
    let mut stream = TcpStream::connect(address).unwrap();
    let body = deny(&ticket);
    let headers = format!(
        "Host: localhost\r\nAuthorization: Bearer sandbox-access-token\r\n\
         Content-Type: application/json\r\nContent-Length: {}",
        body.len()
    );
    write!(stream, "POST /api/{AUTHORIZATION_FAIL} HTTP/1.1\r\n{headers}\r\n\r\n{body}").unwrap();
    while control::tickets(&sandbox) > 0 {
        assert!(started.elapsed() < Duration::from_secs(10));
    }
    drop(stream);
    let again = api.post(AUTHORIZATION_FAIL, JSON, &deny(&ticket)).json();
    assert_eq!(again["resultCode"], "A059202");
}

#[test]
fn a_fault_applies_to_its_service_and_path() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let v2 = ApiClient::v2(&sandbox, "Bearer sandbox-quiet-access-token");
    let path = format!("/{TOKEN_FAIL}");
    fail_next(
        &sandbox,
        &json!({ "serviceId": QUIET_SERVICE_ID, "path": path, "status": 500, "times": 2 }),
    );
    succeeds(&api);
    assert_eq!(quiet.post(AUTHORIZATION_FAIL, JSON, "{}").status, 200);
    assert_eq!(quiet.post(TOKEN_FAIL, JSON, "{}").status, 500);
    assert_eq!(v2.post(TOKEN_FAIL, JSON, "{}").status, 500);
    succeeds(&quiet);

    // In the order of creation, also before the credentials are checked.
    fail_next(&sandbox, &json!({ "status": 501 }));
    fail_next(&sandbox, &json!({ "status": 502 }));
    assert_eq!(ApiClient::v2(&sandbox, "").get("lifecycle/healthcheck").status, 501);
    assert_eq!(ApiClient::v2(&sandbox, "Bearer wrong").post(TOKEN_FAIL, JSON, "{}").status, 502);
    succeeds(&api);
}

#[test]
fn faults_are_listed_and_removed() {
    let sandbox = start();
    let full = json!({
        "serviceId": SERVICE_ID, "path": "/auth/token", "times": 3, "status": 503,
        "headers": { "Retry-After": "1" }, "body": "x", "delayMs": 5, "disconnect": "during",
        "processed": true,
    });
    let quiet = json!({ "serviceId": QUIET_SERVICE_ID, "disconnect": "before" });
    fail_next(&sandbox, &full);
    fail_next(&sandbox, &quiet);
    let listed = get(&sandbox, "faults");
    assert_eq!(listed["faults"][0], full);
    let with_defaults = json!({
        "serviceId": QUIET_SERVICE_ID, "disconnect": "before", "times": 1, "delayMs": 0,
        "processed": false,
    });
    assert_eq!(listed["faults"][1], with_defaults);
    let of_quiet = format!("faults?serviceId={QUIET_SERVICE_ID}");
    assert_eq!(get(&sandbox, &of_quiet), json!({ "faults": [with_defaults] }));
    assert_eq!(delete(&sandbox, &of_quiet), 204);
    assert_eq!(get(&sandbox, "faults"), json!({ "faults": [full] }));
    assert_eq!(delete(&sandbox, "faults"), 204);
    assert_eq!(get(&sandbox, "faults"), json!({ "faults": [] }));
}

/// The error names the member.
#[test]
fn an_invalid_fault_is_refused() {
    let sandbox = start();
    for (fault, expected) in [
        (json!({ "status": 503, "tmes": 3 }), "`tmes`"),
        (json!({ "status": "503" }), "\"status\""),
        (json!({ "status": 199 }), "\"status\""),
        (json!({ "status": 600 }), "\"status\""),
        (json!({ "status": 503, "times": 0 }), "\"times\""),
        (json!({ "status": 503, "times": 1_000_001 }), "\"times\""),
        (json!({ "status": 503, "delayMs": 600_001 }), "\"delayMs\""),
        (json!({ "status": 503, "delayMs": -1 }), "\"delayMs\""),
        (json!({ "status": 503, "headers": { "Retry-After": 1 } }), "\"headers.Retry-After\""),
        (json!({ "status": 503, "headers": { "a b": "1" } }), "\"headers\""),
        (json!({ "status": 503, "headers": { "a": "1\r\n" } }), "\"headers\""),
        (json!({ "status": 503, "headers": { "Content-Length": "1" } }), "\"headers\""),
        (json!({ "status": 503, "disconnect": "after" }), "\"disconnect\""),
        (json!({ "status": 503, "disconnect": "before" }), "\"status\""),
        (json!({ "body": "x", "disconnect": "before" }), "\"body\""),
        (json!({ "body": "x", "delayMs": 1 }), "\"body\" requires \"status\""),
        (json!({ "body": "x", "status": 204 }), "\"body\" cannot be combined"),
        (json!({ "disconnect": "during", "status": 304 }), "\"disconnect\" cannot be combined"),
        (json!({ "status": 503, "processed": 1 }), "\"processed\""),
        (json!({ "status": 503, "serviceId": "1" }), "\"serviceId\""),
        (json!({ "status": 503, "path": TOKEN_FAIL }), "\"path\""),
        (json!({ "processed": true }), "requires"),
        (json!("x"), "not a JSON object"),
    ] {
        let response = post(&sandbox, "faults", &fault);
        assert_eq!(response.status, 400, "{fault}");
        let error = response.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(expected), "{fault}: {error}");
    }
    assert_eq!(get(&sandbox, "faults"), json!({ "faults": [] }));
}
