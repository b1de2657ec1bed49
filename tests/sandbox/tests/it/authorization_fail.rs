use std::time::Duration;

use serde_json::{Value, json};

use crate::api_client::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Every reason with its OAuth error and code; the last three codes are placeholders.
pub const REASONS: &[(&str, &str, &str)] = &[
    ("UNKNOWN", "server_error", "A060307"),
    ("NOT_LOGGED_IN", "login_required", "A060301"),
    ("MAX_AGE_NOT_SUPPORTED", "login_required", "A060302"),
    ("EXCEEDS_MAX_AGE", "login_required", "A060303"),
    ("DIFFERENT_SUBJECT", "login_required", "A060304"),
    ("ACR_NOT_SATISFIED", "unmet_authentication_requirements", "A060305"),
    ("DENIED", "access_denied", "A060306"),
    ("SERVER_ERROR", "server_error", "A060308"),
    ("NOT_AUTHENTICATED", "login_required", "A060309"),
    ("ACCOUNT_SELECTION_REQUIRED", "account_selection_required", "A060310"),
    ("CONSENT_REQUIRED", "consent_required", "A060311"),
    ("INTERACTION_REQUIRED", "interaction_required", "A060312"),
    ("INVALID_TARGET", "invalid_target", "A060313"),
    ("INVALID_SCOPE", "invalid_scope", "A060391"),
    ("UNAUTHORIZED_CLIENT", "unauthorized_client", "A060392"),
    ("TEMPORARILY_UNAVAILABLE", "temporarily_unavailable", "A060393"),
];

#[test]
fn every_reason_becomes_its_oauth_error() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for &(reason, error, code) in REASONS {
        let ticket = api.authorization_ticket("&state=a%20b%26c");
        let request = json!({ "ticket": ticket, "reason": reason });
        let document = api.call(AUTHORIZATION_FAIL, &request);
        assert_eq!(document["resultCode"], code, "{reason}");
        assert_eq!(document["action"], "LOCATION", "{reason}");

        let location = content(&document);
        assert!(location.starts_with("https://client.example.org/cb?error="), "{location}");
        let parameters = query(location);
        assert_eq!(parameters["error"], error, "{reason}");
        assert_eq!(parameters["error_description"], document["resultMessage"].as_str().unwrap());
        assert_eq!(parameters["error_uri"], format!("https://docs.authlete.com/#{code}"));
        assert_eq!(parameters["state"], "a b&c");
        assert_eq!(parameters["iss"], "https://as.example.com");
        assert_eq!(parameters.len(), 5, "{location}");
    }
}

#[test]
fn the_message_is_that_of_authlete() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let request = json!({ "ticket": api.authorization_ticket(""), "reason": "DENIED" });
    let document = api.call(AUTHORIZATION_FAIL, &request);
    let message = "[A060306] The end-user denied the authorization request.";
    assert_eq!(document["resultMessage"], message);
}

/// None of these requests consumes its ticket.
#[test]
fn failures_have_an_order_and_consume_no_ticket() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let expired = api.authorization_ticket("");
    let foreign_expired = quiet.authorization_ticket("");
    sandbox.advance_clock(DAY);
    let fresh = api.authorization_ticket("");
    let foreign = quiet.authorization_ticket("");
    let of_token = api.ticket_for(TOKEN_FAIL);

    let (server, bad) = ("INTERNAL_SERVER_ERROR", "BAD_REQUEST");
    let cases: &[(Value, &str, &str, &str)] = &[
        (json!({}), "A059201", server, "server_error"),
        (json!({ "reason": "DENIED" }), "A059201", server, "server_error"),
        (json!({ "ticket": null, "reason": "DENIED" }), "A059201", server, "server_error"),
        (json!({ "ticket": "", "reason": "DENIED" }), "A059201", server, "server_error"),
        (json!({ "ticket": "x", "reason": "DENIED" }), "A059202", bad, "invalid_request"),
        (json!({ "ticket": of_token, "reason": "DENIED" }), "A059202", bad, "invalid_request"),
        (json!({ "ticket": foreign, "reason": "DENIED" }), "A059203", server, "server_error"),
        (json!({ "ticket": foreign_expired }), "A059203", server, "server_error"),
        (json!({ "ticket": expired, "reason": "DENIED" }), "A059301", bad, "invalid_request"),
        (json!({ "ticket": expired }), "A059301", bad, "invalid_request"),
        (json!({ "ticket": fresh }), "A060201", server, "server_error"),
        (json!({ "ticket": fresh, "reason": null }), "A060201", server, "server_error"),
        (json!({ "ticket": fresh, "reason": "" }), "A060201", server, "server_error"),
        (json!({ "ticket": fresh, "reason": "denied" }), "A060201", server, "server_error"),
        (json!({ "ticket": fresh, "reason": "ACCESS_DENIED" }), "A060201", server, "server_error"),
    ];
    for (request, code, action, error) in cases {
        let document = api.call(AUTHORIZATION_FAIL, request);
        assert_eq!(document["resultCode"], *code, "{request}");
        assert_eq!(document["action"], *action, "{request}");
        let content = json_content(&document);
        assert_eq!(content["error"], *error, "{request}");
        assert_eq!(content["error_description"], document["resultMessage"]);
        assert_eq!(content["error_uri"], format!("https://docs.authlete.com/#{code}"));
    }
    for (api, ticket) in [(&api, &fresh), (&quiet, &foreign)] {
        let request = json!({ "ticket": ticket, "reason": "DENIED" });
        assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["action"], "LOCATION");
    }
}

#[test]
fn a_ticket_works_once() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let request = json!({ "ticket": api.authorization_ticket(""), "reason": "DENIED" });
    assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["resultCode"], "A060306");
    assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["resultCode"], "A059202");
    assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["action"], "BAD_REQUEST");
}

#[test]
fn one_of_many_concurrent_calls_consumes_the_ticket() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let request = json!({ "ticket": api.authorization_ticket(""), "reason": "DENIED" });
    let codes: Vec<Value> = std::thread::scope(|scope| {
        let call = || api.call(AUTHORIZATION_FAIL, &request)["resultCode"].clone();
        let calls: Vec<_> = (0..16).map(|_| scope.spawn(call)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == "A060306").count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "A059202").count(), 15, "{codes:?}");
}

#[test]
fn a_ticket_expires_after_24_hours() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let (early, late) = (api.authorization_ticket(""), api.authorization_ticket(""));
    sandbox.advance_clock(DAY - Duration::from_secs(60));
    let request = json!({ "ticket": early, "reason": "DENIED" });
    assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["resultCode"], "A060306");
    sandbox.advance_clock(Duration::from_secs(60));
    let request = json!({ "ticket": late, "reason": "DENIED" });
    assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["resultCode"], "A059301");
}

#[test]
fn a_description_replaces_the_message() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let description = "Žluťoučký kůň & \"co.\" <b> 🐎\r\nSet-Cookie: a=b";
    let request = json!({
        "ticket": api.authorization_ticket(""), "reason": "DENIED", "description": description,
    });
    let document = api.call(AUTHORIZATION_FAIL, &request);
    let location = content(&document);
    assert!(location.bytes().all(|b| b.is_ascii_graphic()), "{location}");
    assert_eq!(query(location)["error_description"], description);
    assert_eq!(query(location)["error_uri"], "https://docs.authlete.com/#A060306");
    let message = "[A060306] The end-user denied the authorization request.";
    assert_eq!(document["resultMessage"], message);
}

#[test]
fn a_quiet_service_sends_only_the_error_and_the_state() {
    let sandbox = start();
    let api = ApiClient::of_quiet(&sandbox);
    let request = json!({
        "ticket": api.authorization_ticket("&state=s1"), "reason": "DENIED", "description": "no",
    });
    let document = api.call(AUTHORIZATION_FAIL, &request);
    assert_eq!(content(&document), "https://client.example.org/cb?error=access_denied&state=s1");
    let refused = api.call(AUTHORIZATION_FAIL, &request);
    assert_eq!(content(&refused), r#"{"error":"invalid_request"}"#);
}
