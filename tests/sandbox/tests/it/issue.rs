//! `auth/authorization/issue`, the tickets that it shares with the fail call, and ticket info.

use std::time::Duration;

use serde_json::json;

use crate::api_client::*;
use crate::control::tickets;
use crate::jwt::verified_claims;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const INTERNAL: (&str, &str) = ("INTERNAL_SERVER_ERROR", "server_error");
const BAD: (&str, &str) = ("BAD_REQUEST", "invalid_request");

/// None of these requests consumes the ticket.
#[test]
fn an_invalid_request_is_refused() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let expired = api.authorization_ticket("");
    sandbox.advance_clock(DAY);
    let (ticket, foreign) = (api.authorization_ticket(""), quiet.authorization_ticket(""));
    for (request, code, (action, error)) in [
        (json!({ "subject": "john" }), "A041201", INTERNAL),
        (json!({ "ticket": "x", "subject": "john" }), "A041202", BAD),
        (json!({ "ticket": api.ticket_for(TOKEN_FAIL), "subject": "john" }), "A041202", BAD),
        (json!({ "ticket": foreign, "subject": "john" }), "A041203", INTERNAL),
        (json!({ "ticket": expired, "subject": "john" }), "A041301", BAD),
        (json!({ "ticket": ticket }), "A042201", INTERNAL),
        (json!({ "ticket": ticket, "subject": "" }), "A042201", INTERNAL),
        (json!({ "ticket": ticket, "subject": "j".repeat(101) }), "A042202", INTERNAL),
        (json!({ "ticket": ticket, "subject": "jöhn" }), "A042203", INTERNAL),
        (json!({ "ticket": ticket, "subject": "john", "claims": "[]" }), "A044201", INTERNAL),
    ] {
        assert_refused(&api.call(AUTHORIZATION_ISSUE, &request), action, code, error);
    }
    let request = json!({ "ticket": ticket, "subject": "j".repeat(100) });
    assert_eq!(api.call(AUTHORIZATION_ISSUE, &request)["action"], "LOCATION");
}

#[test]
fn members_of_the_wrong_type_are_refused() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let ticket = api.authorization_ticket("");
    for (name, value) in [
        ("ticket", json!([ticket])),
        ("subject", json!({})),
        ("subject", json!(true)),
        ("claims", json!({ "name": "John" })),
        ("authTime", json!([1])),
        ("scopes", json!("read")),
        ("scopes", json!([1])),
    ] {
        let mut request = json!({ "ticket": ticket, "subject": "john" });
        request[name] = value;
        let response = api.post(AUTHORIZATION_ISSUE, JSON, &request.to_string());
        assert_eq!(response.status, 400, "{request}");
        let message = response.json()["resultMessage"].as_str().unwrap().to_owned();
        assert!(message.contains(&format!("'{name}'")), "{message}");
    }
    assert_eq!(tickets(&sandbox), 1);
}

#[test]
fn issue_and_fail_consume_the_same_ticket() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let issue =
        |ticket| api.call(AUTHORIZATION_ISSUE, &json!({ "ticket": ticket, "subject": "a" }));
    let fail =
        |ticket| api.call(AUTHORIZATION_FAIL, &json!({ "ticket": ticket, "reason": "DENIED" }));
    let ticket = api.authorization_ticket("");
    assert_eq!(issue(&ticket)["resultCode"], "A040001");
    assert_eq!(issue(&ticket)["resultCode"], "A041202");
    assert_eq!(fail(&ticket)["resultCode"], "A059202");
    let ticket = api.authorization_ticket("");
    assert_eq!(fail(&ticket)["resultCode"], "A060306");
    assert_eq!(issue(&ticket)["resultCode"], "A041202");
    assert_eq!(tickets(&sandbox), 0);
}

#[test]
fn the_response_mode_applies_to_a_success() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let issue = |more: &str| {
        let request = json!({ "ticket": api.authorization_ticket(more), "subject": "john" });
        api.call(AUTHORIZATION_ISSUE, &request)
    };
    let document = issue("&response_mode=form_post&state=%3Cs%3E");
    assert_eq!(document["action"], "FORM");
    let code = document["authorizationCode"].as_str().unwrap();
    for part in [
        "<form method=\"post\" action=\"https://client.example.org/cb\">".to_owned(),
        format!("<input type=\"hidden\" name=\"code\" value=\"{code}\"/>"),
        "name=\"state\" value=\"&lt;s&gt;\"/>".to_owned(),
    ] {
        assert!(content(&document).contains(&part), "{document}");
    }
    let document = issue("&response_mode=query.jwt&state=s1");
    let claims = verified_claims(&sandbox, &query(content(&document))["response"]);
    assert_eq!((&claims["code"], &claims["state"]), (&document["authorizationCode"], &json!("s1")));
}

#[test]
fn ticket_info_tells_whether_a_ticket_exists() {
    const INFO: &str = "auth/authorization/ticket/info";
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let ticket = api.authorization_ticket("");
    let action = |request| api.call(INFO, &request)["action"].clone();
    for _ in 0..2 {
        assert_eq!(action(json!({ "ticket": ticket })), "OK");
    }
    assert_eq!(action(json!({})), "CALLER_ERROR");
    assert_eq!(action(json!({ "ticket": "x" })), "NOT_FOUND");
    assert_eq!(action(json!({ "ticket": quiet.authorization_ticket("") })), "NOT_FOUND");
    api.call(AUTHORIZATION_ISSUE, &json!({ "ticket": ticket, "subject": "john" }));
    assert_eq!(action(json!({ "ticket": ticket })), "NOT_FOUND");
    let expired = api.authorization_ticket("");
    sandbox.advance_clock(DAY);
    assert_eq!(action(json!({ "ticket": expired })), "NOT_FOUND");
}
