use std::time::Duration;

use serde_json::{Value, json};

use crate::api_client::*;
use crate::control;

/// Every reason with its OAuth error and action, then values that count as SERVER_ERROR.
fn reasons() -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (json!("EXPIRED_LOGIN_HINT_TOKEN"), "expired_login_hint_token", "BAD_REQUEST"),
        (json!("UNKNOWN_USER_ID"), "unknown_user_id", "BAD_REQUEST"),
        (json!("UNAUTHORIZED_CLIENT"), "unauthorized_client", "BAD_REQUEST"),
        (json!("MISSING_USER_CODE"), "missing_user_code", "BAD_REQUEST"),
        (json!("INVALID_USER_CODE"), "invalid_user_code", "BAD_REQUEST"),
        (json!("INVALID_BINDING_MESSAGE"), "invalid_binding_message", "BAD_REQUEST"),
        (json!("INVALID_TARGET"), "invalid_target", "BAD_REQUEST"),
        (json!("ACCESS_DENIED"), "access_denied", "FORBIDDEN"),
        (json!("SERVER_ERROR"), "server_error", "INTERNAL_SERVER_ERROR"),
        (json!("DENIED"), "server_error", "INTERNAL_SERVER_ERROR"),
        (json!(""), "server_error", "INTERNAL_SERVER_ERROR"),
        (json!(null), "server_error", "INTERNAL_SERVER_ERROR"),
    ]
}

#[test]
fn every_reason_becomes_its_oauth_error_and_the_ticket_is_deleted() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for (reason, error, action) in reasons() {
        let ticket = api.ticket_for(BACKCHANNEL_FAIL);
        assert_eq!(control::tickets(&sandbox), 1);
        let request = json!({ "ticket": ticket, "reason": reason });
        let document = api.call(BACKCHANNEL_FAIL, &request);
        assert_eq!(document["resultCode"], "A185001", "{reason}");
        assert_eq!(document["action"], action, "{reason}");
        assert_eq!(json_content(&document), json!({ "error": error }), "{reason}");
        assert_eq!(control::tickets(&sandbox), 0);
    }
}

/// The API response depends only on the reason; only a ticket of the service is deleted.
#[test]
fn an_invalid_ticket_is_ignored() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let used = api.ticket_for(BACKCHANNEL_FAIL);
    api.call(BACKCHANNEL_FAIL, &json!({ "ticket": used, "reason": "ACCESS_DENIED" }));
    let expired = api.ticket_for(BACKCHANNEL_FAIL);
    sandbox.advance_clock(Duration::from_secs(24 * 60 * 60));
    let foreign = quiet.ticket_for(BACKCHANNEL_FAIL);
    let of_token = api.ticket_for(TOKEN_FAIL);

    let tickets = [
        json!(null),
        json!(""),
        json!("x"),
        json!(used),
        json!(expired),
        json!(foreign),
        json!(of_token),
    ];
    for ticket in tickets {
        let request = json!({ "ticket": ticket, "reason": "ACCESS_DENIED" });
        let document = api.call(BACKCHANNEL_FAIL, &request);
        assert_eq!(document["action"], "FORBIDDEN", "{request}");
        assert_eq!(content(&document), r#"{"error":"access_denied"}"#, "{request}");
    }
    assert_eq!(
        control::tickets(&sandbox),
        2,
        "the ticket of the quiet service and the token ticket"
    );
}

#[test]
fn an_empty_request_is_a_server_error() {
    let sandbox = start();
    let document = ApiClient::of(&sandbox).call(BACKCHANNEL_FAIL, &json!({}));
    assert_eq!(document["action"], "INTERNAL_SERVER_ERROR");
    assert_eq!(content(&document), r#"{"error":"server_error"}"#);
}

#[test]
fn a_given_description_and_uri_are_passed_on_unless_omitted() {
    let sandbox = start();
    let (description, uri) = ("Nobody \"here\" ☃", "https://as.example.com/errors#1");
    let cases = [
        (json!({ "errorDescription": description }), json!({ "error_description": description })),
        (json!({ "errorUri": uri }), json!({ "error_uri": uri })),
        (json!({ "errorUri": null, "errorDescription": null }), json!({})),
        (
            json!({ "errorUri": uri, "errorDescription": description }),
            json!({ "error_uri": uri, "error_description": description }),
        ),
    ];
    for (mut request, mut expected) in cases {
        request["reason"] = json!("UNKNOWN_USER_ID");
        let quiet = ApiClient::of_quiet(&sandbox).call(BACKCHANNEL_FAIL, &request);
        assert_eq!(content(&quiet), r#"{"error":"unknown_user_id"}"#);
        expected["error"] = json!("unknown_user_id");
        let document = ApiClient::of(&sandbox).call(BACKCHANNEL_FAIL, &request);
        assert_eq!(json_content(&document), expected, "{request}");
    }
}
