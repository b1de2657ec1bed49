use std::time::Duration;

use serde_json::{Value, json};

use crate::control;
use crate::user::*;

/// Every reason with its OAuth error and action; then those that count as SERVER_ERROR.
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
    let user = User::of(&sandbox);
    for (reason, error, action) in reasons() {
        let ticket = user.ticket_for(BACKCHANNEL_FAIL);
        assert_eq!(control::tickets(&sandbox), 1);
        let request = json!({ "ticket": ticket, "reason": reason });
        let document = user.call(BACKCHANNEL_FAIL, &request);
        assert_eq!(document["resultCode"], "A185001", "{reason}");
        assert_eq!(document["action"], action, "{reason}");
        assert_eq!(json_content(&document), json!({ "error": error }), "{reason}");
        assert_eq!(control::tickets(&sandbox), 0);
    }
}

/// Whatever the ticket, the answer is by the reason; only the service's own ticket is deleted.
#[test]
fn the_ticket_does_not_matter() {
    let sandbox = start();
    let (user, quiet) = (User::of(&sandbox), User::of_quiet(&sandbox));
    let used = user.ticket_for(BACKCHANNEL_FAIL);
    user.call(BACKCHANNEL_FAIL, &json!({ "ticket": used, "reason": "ACCESS_DENIED" }));
    let expired = user.ticket_for(BACKCHANNEL_FAIL);
    sandbox.advance_clock(Duration::from_secs(24 * 60 * 60));
    let foreign = quiet.ticket_for(BACKCHANNEL_FAIL);
    let of_token = user.ticket_for(TOKEN_FAIL);

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
        let document = user.call(BACKCHANNEL_FAIL, &request);
        assert_eq!(document["action"], "FORBIDDEN", "{request}");
        assert_eq!(content(&document), r#"{"error":"access_denied"}"#, "{request}");
    }
    assert_eq!(control::tickets(&sandbox), 2, "the quiet service's, and the token ticket");
}

#[test]
fn an_empty_request_is_a_server_error() {
    let sandbox = start();
    let document = User::of(&sandbox).call(BACKCHANNEL_FAIL, &json!({}));
    assert_eq!(document["action"], "INTERNAL_SERVER_ERROR");
    assert_eq!(content(&document), r#"{"error":"server_error"}"#);
}

#[test]
fn a_given_description_and_uri_are_passed_on_unless_omitted() {
    let sandbox = start();
    let (description, uri) = ("Nobody \"here\" ☃", "https://as.example.com/errors#1");
    let rows = [
        (json!({ "errorDescription": description }), json!({ "error_description": description })),
        (json!({ "errorUri": uri }), json!({ "error_uri": uri })),
        (json!({ "errorUri": null, "errorDescription": null }), json!({})),
        (
            json!({ "errorUri": uri, "errorDescription": description }),
            json!({ "error_uri": uri, "error_description": description }),
        ),
    ];
    for (mut request, mut expected) in rows {
        request["reason"] = json!("UNKNOWN_USER_ID");
        let quiet = User::of_quiet(&sandbox).call(BACKCHANNEL_FAIL, &request);
        assert_eq!(content(&quiet), r#"{"error":"unknown_user_id"}"#);
        expected["error"] = json!("unknown_user_id");
        let document = User::of(&sandbox).call(BACKCHANNEL_FAIL, &request);
        assert_eq!(json_content(&document), expected, "{request}");
    }
}
