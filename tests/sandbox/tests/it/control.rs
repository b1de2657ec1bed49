use authlete_fail_sandbox::{QUIET_SERVICE_ID, Sandbox};
use serde_json::{Value, json};

use crate::api_client::*;

pub fn status(sandbox: &Sandbox) -> Value {
    let response = send("GET", &format!("{}/sandbox", sandbox.base_url()), &[], "");
    assert_eq!(response.status, 200);
    response.json()
}

pub fn tickets(sandbox: &Sandbox) -> u64 {
    status(sandbox)["tickets"].as_u64().unwrap()
}

#[test]
fn the_status_counts_api_requests_and_open_tickets() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    assert_eq!((status(&sandbox)["requests"].as_u64(), sandbox.requests()), (Some(0), 0));
    let ticket = api.authorization_ticket("");
    api.ticket_for(TOKEN_FAIL);
    api.ticket_for(BACKCHANNEL_FAIL);
    assert_eq!(tickets(&sandbox), 3);
    api.call(AUTHORIZATION_FAIL, &json!({ "ticket": ticket, "reason": "DENIED" }));
    assert_eq!(api.post("nothing/here", JSON, "{}").status, 404);
    assert_eq!(tickets(&sandbox), 2);
    assert_eq!((status(&sandbox)["requests"].as_u64(), sandbox.requests()), (Some(5), 5));
}

/// Makes a control request with a JSON body.
pub fn post(sandbox: &Sandbox, path: &str, document: &Value) -> Response {
    let url = format!("{}/sandbox/{path}", sandbox.base_url());
    send("POST", &url, &[("Content-Type", JSON)], &document.to_string())
}

pub fn get(sandbox: &Sandbox, path: &str) -> Value {
    let response = send("GET", &format!("{}/sandbox/{path}", sandbox.base_url()), &[], "");
    assert_eq!(response.status, 200, "{}", response.text);
    response.json()
}

pub fn delete(sandbox: &Sandbox, path: &str) -> u16 {
    send("DELETE", &format!("{}/sandbox/{path}", sandbox.base_url()), &[], "").status
}

#[test]
fn tickets_expire_by_the_clock() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let ticket = api.authorization_ticket("");
    let before = status(&sandbox)["now"].as_u64().unwrap();
    let response = post(&sandbox, "clock", &json!({ "advanceSeconds": 86_400 }));
    assert_eq!(response.status, 200);
    let moved = response.json()["now"].as_u64().unwrap() - before;
    assert!((86_400..86_410).contains(&moved), "{moved}");
    assert_eq!(tickets(&sandbox), 0);
    let request = json!({ "ticket": ticket, "reason": "DENIED" });
    assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["resultCode"], "A059301");

    let response = post(&sandbox, "clock", &json!({ "advanceSeconds": -86_400 }));
    assert!((before..before + 10).contains(&response.json()["now"].as_u64().unwrap()));
    assert_eq!(tickets(&sandbox), 1);
    assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["resultCode"], "A060306");
}

#[test]
fn a_service_has_a_clock_of_its_own() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let tickets = [api.authorization_ticket(""), quiet.authorization_ticket("")];
    let request = json!({ "advanceSeconds": 86_400, "serviceId": QUIET_SERVICE_ID });
    let moved = post(&sandbox, "clock", &request).json()["now"].as_u64().unwrap();
    assert!(moved - status(&sandbox)["now"].as_u64().unwrap() >= 86_399);
    assert_eq!(self::tickets(&sandbox), 1);
    let fail = |api: &ApiClient, ticket: &str| {
        let request = json!({ "ticket": ticket, "reason": "DENIED" });
        api.call(AUTHORIZATION_FAIL, &request)["resultCode"].clone()
    };
    assert_eq!(fail(&api, &tickets[0]), "A060306");
    assert_eq!(fail(&quiet, &tickets[1]), "A059301");
}

/// A poll is too fast if it follows another one within the interval, by the clock of the service.
#[test]
fn a_poll_after_the_clock_moved_backward_is_not_too_fast() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let ticket = api.ticket_for(BACKCHANNEL_FAIL);
    let issued = api.call("backchannel/authentication/issue", &json!({ "ticket": ticket }));
    let id = issued["authReqId"].as_str().unwrap();
    let parameters = format!("grant_type=urn:openid:params:grant-type:ciba&auth_req_id={id}");
    for (advance, code) in [(0, "A200308"), (0, "A200391"), (-3600, "A200308"), (1, "A200391")] {
        post(&sandbox, "clock", &json!({ "advanceSeconds": advance }));
        assert_eq!(api.token(&parameters)["resultCode"], code, "{advance}");
    }
}

#[test]
fn an_invalid_clock_request_is_refused() {
    let sandbox = start();
    for (request, expected) in [
        (json!({}), "advanceSeconds"),
        (json!({ "advanceSeconds": "1" }), "advanceSeconds"),
        (json!({ "advanceSeconds": 4_294_967_296_i64 }), "advanceSeconds"),
        (json!({ "advanceSeconds": 1, "serviceID": "1" }), "serviceID"),
        (json!({ "advanceSeconds": 1, "serviceId": "1" }), "there is no service"),
        (json!([1]), "not a JSON object"),
    ] {
        let response = post(&sandbox, "clock", &request);
        assert_eq!(response.status, 400, "{request}");
        let error = response.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(expected) && !error.contains(" at line "), "{error}");
    }
}

/// Otherwise any web page could move the clock.
#[test]
fn control_requests_with_a_body_must_be_json() {
    let sandbox = start();
    let url = format!("{}/sandbox", sandbox.base_url());
    for (method, path, content_type, body, status) in [
        ("POST", "clock", "", r#"{"advanceSeconds":1}"#, 415),
        ("POST", "clock", "text/plain", r#"{"advanceSeconds":1}"#, 415),
        ("POST", "services", "", "", 415),
        ("POST", "faults", FORM, "status=503", 415),
        ("DELETE", "faults", "text/plain", "x", 415),
        ("DELETE", "faults", "", "", 204),
        ("DELETE", "faults", JSON, "{}", 204),
        ("POST", "clock", "Application/JSON; charset=utf-8", r#"{"advanceSeconds":1}"#, 200),
    ] {
        let headers = [("Content-Type", content_type)];
        let response = send(method, &format!("{url}/{path}"), &headers, body);
        assert_eq!(response.status, status, "{method} {path} {content_type}: {}", response.text);
    }
}
