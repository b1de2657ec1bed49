use authlete_fail_sandbox::Sandbox;
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

#[test]
fn the_clock_only_advances_and_tickets_expire_by_it() {
    let sandbox = start();
    let url = format!("{}/sandbox/clock", sandbox.base_url());
    let api = ApiClient::of(&sandbox);
    let ticket = api.authorization_ticket("");
    let before = status(&sandbox)["now"].as_u64().unwrap();
    let response = send("POST", &url, &[], r#"{"advanceSeconds":86400}"#);
    assert_eq!(response.status, 200);
    let moved = response.json()["now"].as_u64().unwrap() - before;
    assert!((86_400..86_410).contains(&moved), "{moved}");
    assert_eq!(tickets(&sandbox), 0);
    let request = json!({ "ticket": ticket, "reason": "DENIED" });
    assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["resultCode"], "A059301");

    for body in
        ["", "{}", r#"{"advanceSeconds":-1}"#, r#"{"advanceSeconds":"1"}"#, r#"{"seconds":1}"#]
    {
        let response = send("POST", &url, &[], body);
        assert_eq!(response.status, 400, "{body}");
        assert!(response.json()["error"].is_string());
    }
}
