//! The three fail calls with requests that the library would refuse, concurrent calls, and the
//! lifetime of tickets. The library's scenarios test every reason and every kind of ticket.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api_client::*;
use crate::control;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const INTERNAL: (&str, &str) = ("INTERNAL_SERVER_ERROR", "server_error");

/// A fail call that requires a ticket, and its result codes.
struct Call {
    path: &'static str,
    reason: &'static str,
    /// Another call, whose tickets are not valid for this one.
    other: &'static str,
    /// Action and OAuth error for an invalid ticket.
    invalid: (&'static str, &'static str),
    /// The result codes for no ticket, an unknown one, another service's, an expired one, no reason,
    /// success.
    codes: [&'static str; 6],
}

const CALLS: [Call; 2] = [
    Call {
        path: AUTHORIZATION_FAIL,
        reason: "DENIED",
        other: TOKEN_FAIL,
        invalid: ("BAD_REQUEST", "invalid_request"),
        codes: ["A059201", "A059202", "A059203", "A059301", "A060201", "A060306"],
    },
    Call {
        path: TOKEN_FAIL,
        reason: "UNKNOWN",
        other: AUTHORIZATION_FAIL,
        invalid: INTERNAL,
        codes: ["A063201", "A063202", "A063203", "A063301", "A067201", "A067302"],
    },
];

/// None of the failures consumes its ticket.
#[test]
fn failures_have_an_order_and_consume_no_ticket() {
    for Call { path, reason, other, invalid, codes } in CALLS {
        let sandbox = start();
        let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
        let (expired, foreign_expired) = (api.ticket_for(path), quiet.ticket_for(path));
        sandbox.advance_clock(DAY);
        let (fresh, foreign) = (api.ticket_for(path), quiet.ticket_for(path));
        let of_another_call = api.ticket_for(other);
        let [no_ticket, unknown, of_another_service, too_late, no_reason, failed] = codes;
        let cases: &[(Value, &str, (&str, &str))] = &[
            (json!({}), no_ticket, INTERNAL),
            (json!({ "reason": reason }), no_ticket, INTERNAL),
            (json!({ "ticket": null, "reason": reason }), no_ticket, INTERNAL),
            (json!({ "ticket": "", "reason": reason }), no_ticket, INTERNAL),
            (json!({ "ticket": "x", "reason": reason }), unknown, invalid),
            (json!({ "ticket": of_another_call, "reason": reason }), unknown, invalid),
            (json!({ "ticket": foreign, "reason": reason }), of_another_service, INTERNAL),
            (json!({ "ticket": foreign_expired }), of_another_service, INTERNAL),
            (json!({ "ticket": expired, "reason": reason }), too_late, invalid),
            (json!({ "ticket": expired }), too_late, invalid),
            (json!({ "ticket": fresh }), no_reason, INTERNAL),
            (json!({ "ticket": fresh, "reason": null }), no_reason, INTERNAL),
            (json!({ "ticket": fresh, "reason": "" }), no_reason, INTERNAL),
            (json!({ "ticket": fresh, "reason": reason.to_lowercase() }), no_reason, INTERNAL),
            (json!({ "ticket": fresh, "reason": "ACCESS_DENIED" }), no_reason, INTERNAL),
        ];
        for (request, code, (action, error)) in cases {
            let document = api.call(path, request);
            assert_eq!(
                (&document["resultCode"], &document["action"]),
                (&json!(code), &json!(action))
            );
            let expected = json!({
                "error": error,
                "error_description": document["resultMessage"],
                "error_uri": format!("https://docs.authlete.com/#{code}"),
            });
            assert_eq!(json_content(&document), expected, "{path} {request}");
        }
        for (api, ticket) in [(&api, &fresh), (&quiet, &foreign)] {
            let request = json!({ "ticket": ticket, "reason": reason });
            assert_eq!(api.call(path, &request)["resultCode"], failed);
            assert_eq!(api.call(path, &request)["resultCode"], unknown);
        }
        let refused = quiet.call(path, &json!({ "ticket": foreign, "reason": reason }));
        assert_eq!(json_content(&refused), json!({ "error": invalid.1 }), "a quiet service");
    }
}

/// The sandbox uses placeholders for the codes that Authlete does not publish.
#[test]
fn reasons_without_a_published_code_have_placeholders() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for (path, reason, code) in [
        (AUTHORIZATION_FAIL, "INVALID_SCOPE", "A060391"),
        (AUTHORIZATION_FAIL, "UNAUTHORIZED_CLIENT", "A060392"),
        (AUTHORIZATION_FAIL, "TEMPORARILY_UNAVAILABLE", "A060393"),
        (TOKEN_FAIL, "INVALID_CLIENT", "A067391"),
        (TOKEN_FAIL, "UNAUTHORIZED_CLIENT", "A067392"),
        (TOKEN_FAIL, "INVALID_SCOPE", "A067393"),
    ] {
        let request = json!({ "ticket": api.ticket_for(path), "reason": reason });
        assert_eq!(api.call(path, &request)["resultCode"], code, "{reason}");
    }
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
    let tickets = [api.authorization_ticket(""), api.authorization_ticket("")];
    let minute = Duration::from_secs(60);
    for (ticket, (advance, code)) in
        tickets.iter().zip([(DAY - minute, "A060306"), (minute, "A059301")])
    {
        sandbox.advance_clock(advance);
        let request = json!({ "ticket": ticket, "reason": "DENIED" });
        assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["resultCode"], code);
    }
}

#[test]
fn a_description_is_escaped() {
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
}

/// The API response to a backchannel call depends only on the reason. A ticket is deleted only if it
/// belongs to the service.
#[test]
fn a_backchannel_call_deletes_its_ticket_and_ignores_an_invalid_one() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let used = api.ticket_for(BACKCHANNEL_FAIL);
    assert_eq!(control::tickets(&sandbox), 1);
    api.call(BACKCHANNEL_FAIL, &json!({ "ticket": used, "reason": "ACCESS_DENIED" }));
    assert_eq!(control::tickets(&sandbox), 0);
    let expired = api.ticket_for(BACKCHANNEL_FAIL);
    sandbox.advance_clock(DAY);
    let foreign = quiet.ticket_for(BACKCHANNEL_FAIL);
    let of_token = api.ticket_for(TOKEN_FAIL);
    let ignored = [&json!(null), &json!(""), &json!("x"), &json!(used), &json!(expired)];
    for ticket in ignored.into_iter().chain([&json!(foreign), &json!(of_token)]) {
        for (reason, action, error) in [
            (json!("ACCESS_DENIED"), "FORBIDDEN", "access_denied"),
            (json!("DENIED"), INTERNAL.0, INTERNAL.1),
            (json!(""), INTERNAL.0, INTERNAL.1),
            (json!(null), INTERNAL.0, INTERNAL.1),
        ] {
            let request = json!({ "ticket": ticket, "reason": reason });
            let document = api.call(BACKCHANNEL_FAIL, &request);
            assert_eq!(document["action"], action, "{request}");
            assert_eq!(json_content(&document), json!({ "error": error }), "{request}");
        }
    }
    assert_eq!(
        control::tickets(&sandbox),
        2,
        "those of the quiet service and of the token request"
    );
}

#[test]
fn a_description_and_a_uri_are_passed_on_unless_omitted() {
    let sandbox = start();
    let (description, uri) = ("Nobody \"here\" ☃", "https://as.example.com/errors#1");
    for (mut request, mut expected) in [
        (json!({ "errorDescription": description }), json!({ "error_description": description })),
        (json!({ "errorUri": uri }), json!({ "error_uri": uri })),
    ] {
        request["reason"] = json!("UNKNOWN_USER_ID");
        expected["error"] = json!("unknown_user_id");
        let document = ApiClient::of(&sandbox).call(BACKCHANNEL_FAIL, &request);
        assert_eq!(json_content(&document), expected, "{request}");
        let quiet = ApiClient::of_quiet(&sandbox).call(BACKCHANNEL_FAIL, &request);
        assert_eq!(content(&quiet), r#"{"error":"unknown_user_id"}"#);
    }
}
