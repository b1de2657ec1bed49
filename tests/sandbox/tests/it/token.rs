//! `auth/token` and `auth/token/issue`: the password grant and the refresh token grant.

use std::time::Duration;

use authlete_fail_sandbox::{Options, Sandbox, Service};
use serde_json::json;

use crate::api_client::*;

const ISSUE: &str = "auth/token/issue";

#[test]
fn a_password_request_ends_in_tokens() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let ticket = api.ticket_for(TOKEN_FAIL);
    let request = json!({ "ticket": ticket, "subject": "john" });
    let document = api.call(ISSUE, &request);
    assert_eq!((&document["action"], &document["resultCode"]), (&json!("OK"), &json!("A054001")));
    assert_eq!((&document["subject"], &document["scopes"]), (&json!("john"), &json!(["read"])));
    assert_eq!(json_content(&document)["access_token"], document["accessToken"]);
    assert_refused(&api.call(ISSUE, &request), "INTERNAL_SERVER_ERROR", "A055202", "server_error");
    let fail = json!({ "ticket": ticket, "reason": "UNKNOWN" });
    assert_eq!(api.call(TOKEN_FAIL, &fail)["resultCode"], "A063202");
}

/// None of these requests consumes the ticket.
#[test]
fn an_invalid_issue_request_is_refused() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let expired = api.ticket_for(TOKEN_FAIL);
    sandbox.advance_clock(Duration::from_secs(24 * 60 * 60));
    let ticket = api.ticket_for(TOKEN_FAIL);
    let foreign = quiet.ticket_for(TOKEN_FAIL);
    for (request, code) in [
        (json!({ "subject": "john" }), "A055201"),
        (json!({ "ticket": "x", "subject": "john" }), "A055202"),
        (json!({ "ticket": api.authorization_ticket(""), "subject": "john" }), "A055202"),
        (json!({ "ticket": foreign, "subject": "john" }), "A055203"),
        (json!({ "ticket": expired, "subject": "john" }), "A055301"),
        (json!({ "ticket": ticket }), "A055291"),
        (json!({ "ticket": ticket, "subject": "j".repeat(101) }), "A055292"),
        (json!({ "ticket": ticket, "subject": "jöhn" }), "A055293"),
    ] {
        let document = api.call(ISSUE, &request);
        assert_refused(&document, "INTERNAL_SERVER_ERROR", code, "server_error");
    }
    let request = json!({ "ticket": ticket, "subject": "j".repeat(100) });
    assert_eq!(api.call(ISSUE, &request)["action"], "OK");
}

#[test]
fn a_refresh_token_is_for_one_use() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let code = api.code("&scope=openid+read");
    let document = api.token(&format!("grant_type=authorization_code&code={code}"));
    let refresh = |token: &str, more: &str| {
        api.token(&format!("grant_type=refresh_token&refresh_token={token}{more}"))
    };
    let first = document["refreshToken"].as_str().unwrap();
    let document = refresh(first, "&scope=read+write");
    assert_refused(&document, "BAD_REQUEST", "A053309", "invalid_scope");
    let document = refresh(first, "&scope=read");
    assert_eq!((&document["action"], &document["resultCode"]), (&json!("OK"), &json!("A053001")));
    assert_eq!(document["scopes"], json!(["read"]));
    assert_refused(&refresh(first, ""), "BAD_REQUEST", "A053305", "invalid_grant");
    let second = document["refreshToken"].as_str().unwrap();
    sandbox.advance_clock(Duration::from_secs(3600));
    assert_refused(&refresh(second, ""), "BAD_REQUEST", "A053308", "invalid_grant");
    let foreign = ApiClient::of_quiet(&sandbox)
        .token(&format!("grant_type=refresh_token&refresh_token={second}"));
    assert_refused(&foreign, "BAD_REQUEST", "A053306", "invalid_grant");
    for (more, code) in [("", "A053301"), ("&refresh_token=", "A053302")] {
        let document = api.token(&format!("grant_type=refresh_token{more}"));
        assert_refused(&document, "BAD_REQUEST", code, "invalid_request");
    }
}

#[test]
fn a_service_can_send_a_dpop_nonce() {
    let mut services = Service::defaults();
    services[0].dpop_nonce = "nonce-1".into();
    let sandbox = Sandbox::start(Options { services, ..Options::default() }).unwrap();
    for (api, nonce) in
        [(ApiClient::of(&sandbox), json!("nonce-1")), (ApiClient::of_quiet(&sandbox), json!(null))]
    {
        for parameters in ["grant_type=password&username=a&password=b", "grant_type=nonesuch"] {
            assert_eq!(api.token(parameters)["dpopNonce"], nonce, "{parameters}");
        }
        assert_eq!(api.call("auth/token", &json!({}))["dpopNonce"], nonce);
        assert_eq!(api.call(TOKEN_FAIL, &json!({}))["dpopNonce"], json!(null));
    }
}
