use std::time::Duration;

use serde_json::{Value, json};

use crate::api_client::*;

/// Every reason with its OAuth error and code; the last three codes are placeholders.
const REASONS: &[(&str, &str, &str)] = &[
    ("UNKNOWN", "server_error", "A067302"),
    ("INVALID_RESOURCE_OWNER_CREDENTIALS", "invalid_request", "A067301"),
    ("INVALID_TARGET", "invalid_target", "A067303"),
    ("INVALID_CLIENT", "invalid_client", "A067391"),
    ("UNAUTHORIZED_CLIENT", "unauthorized_client", "A067392"),
    ("INVALID_SCOPE", "invalid_scope", "A067393"),
];

#[test]
fn every_reason_becomes_its_oauth_error() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for &(reason, error, code) in REASONS {
        let request = json!({ "ticket": api.ticket_for(TOKEN_FAIL), "reason": reason });
        let document = api.call(TOKEN_FAIL, &request);
        assert_eq!(document["resultCode"], code, "{reason}");
        assert_eq!(document["action"], "BAD_REQUEST", "{reason}");
        let expected = json!({
            "error": error,
            "error_description": document["resultMessage"],
            "error_uri": format!("https://docs.authlete.com/#{code}"),
        });
        assert_eq!(json_content(&document), expected, "{reason}");
    }
}

/// The only sample that is complete in Authlete's OpenAPI document.
#[test]
fn the_api_response_is_that_of_authletes_sample() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let reason = "INVALID_RESOURCE_OWNER_CREDENTIALS";
    let request = json!({ "ticket": api.ticket_for(TOKEN_FAIL), "reason": reason });
    let document = api.call(TOKEN_FAIL, &request);
    let message =
        "[A067301] The credentials (username & password) passed to the token endpoint are invalid.";
    assert_eq!(document["resultMessage"], message);
    let uri = "https://docs.authlete.com/#A067301";
    let expected =
        json!({ "error": "invalid_request", "error_description": message, "error_uri": uri });
    assert_eq!(json_content(&document), expected);
}

#[test]
fn failures_have_an_order_and_consume_no_ticket() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let expired = api.ticket_for(TOKEN_FAIL);
    sandbox.advance_clock(Duration::from_secs(24 * 60 * 60));
    let fresh = api.ticket_for(TOKEN_FAIL);
    let foreign = quiet.ticket_for(TOKEN_FAIL);
    let of_authorization = api.ticket_for(AUTHORIZATION_FAIL);

    let cases: &[(Value, &str)] = &[
        (json!({ "reason": "UNKNOWN" }), "A063201"),
        (json!({ "ticket": null, "reason": "UNKNOWN" }), "A063201"),
        (json!({ "ticket": "", "reason": "UNKNOWN" }), "A063201"),
        (json!({ "ticket": "x", "reason": "UNKNOWN" }), "A063202"),
        (json!({ "ticket": of_authorization, "reason": "UNKNOWN" }), "A063202"),
        (json!({ "ticket": foreign, "reason": "UNKNOWN" }), "A063203"),
        (json!({ "ticket": expired, "reason": "UNKNOWN" }), "A063301"),
        (json!({ "ticket": fresh }), "A067201"),
        (json!({ "ticket": fresh, "reason": null }), "A067201"),
        (json!({ "ticket": fresh, "reason": "DENIED" }), "A067201"),
    ];
    for (request, code) in cases {
        let document = api.call(TOKEN_FAIL, request);
        assert_eq!(document["resultCode"], *code, "{request}");
        assert_eq!(document["action"], "INTERNAL_SERVER_ERROR", "{request}");
        assert_eq!(json_content(&document)["error"], "server_error", "{request}");
    }
    for (api, ticket) in [(&api, &fresh), (&quiet, &foreign)] {
        let request = json!({ "ticket": ticket, "reason": "UNKNOWN" });
        assert_eq!(api.call(TOKEN_FAIL, &request)["resultCode"], "A067302");
        assert_eq!(api.call(TOKEN_FAIL, &request)["resultCode"], "A063202");
    }
}

#[test]
fn a_quiet_service_sends_only_the_error() {
    let sandbox = start();
    let api = ApiClient::of_quiet(&sandbox);
    let request = json!({ "ticket": api.ticket_for(TOKEN_FAIL), "reason": "INVALID_TARGET" });
    let document = api.call(TOKEN_FAIL, &request);
    assert_eq!(content(&document), r#"{"error":"invalid_target"}"#);
}
