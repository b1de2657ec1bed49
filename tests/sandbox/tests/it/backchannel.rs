//! CIBA: from the backchannel authentication request to the tokens or the notification.

use std::time::Duration;

use authlete_fail_sandbox::{Client, DeliveryMode, Options, Sandbox, Service};
use serde_json::{Value, json};

use crate::api_client::*;
use crate::control::tickets;
use crate::jwt::verified_claims;

const ISSUE: &str = "backchannel/authentication/issue";
const COMPLETE: &str = "backchannel/authentication/complete";
const ENDPOINT: &str = "https://client.example.org/notify";

/// A ticket and the `auth_req_id` that was issued for it.
fn begin(api: &ApiClient) -> (String, String) {
    let ticket = api.ticket_for(BACKCHANNEL_FAIL);
    let document = api.call(ISSUE, &json!({ "ticket": ticket }));
    assert_eq!((&document["action"], &document["resultCode"]), (&json!("OK"), &json!("A183001")));
    let expected =
        json!({ "auth_req_id": document["authReqId"], "expires_in": 600, "interval": 5 });
    assert_eq!(json_content(&document), expected);
    (ticket, document["authReqId"].as_str().unwrap().to_owned())
}

fn poll(api: &ApiClient, auth_req_id: &str) -> Value {
    let grant_type = "urn%3Aopenid%3Aparams%3Agrant-type%3Aciba";
    api.token(&format!("grant_type={grant_type}&auth_req_id={auth_req_id}"))
}

fn complete(api: &ApiClient, ticket: &str, result: &str) -> Value {
    api.call(COMPLETE, &json!({ "ticket": ticket, "result": result, "subject": "john" }))
}

/// A sandbox whose client has the given delivery mode.
fn start_with(delivery_mode: DeliveryMode) -> Sandbox {
    let mut services = Service::defaults();
    let client = &mut services[0].clients[0];
    client.delivery_mode = delivery_mode;
    client.client_notification_endpoint = ENDPOINT.into();
    Sandbox::start(Options { services, ..Options::default() }).unwrap()
}

fn notified_ticket(api: &ApiClient) -> String {
    let mut request = backchannel_request();
    request["parameters"] = json!("login_hint=john&scope=openid&client_notification_token=secret");
    api.ticket("backchannel/authentication", &request)
}

#[test]
fn a_client_polls_until_the_user_is_authenticated() {
    let sandbox = start();
    for api in [ApiClient::of(&sandbox), ApiClient::v2(&sandbox, "Bearer sandbox-access-token")] {
        let (ticket, auth_req_id) = begin(&api);
        let pending = poll(&api, &auth_req_id);
        assert_refused(&pending, "BAD_REQUEST", "A200308", "authorization_pending");
        assert_refused(&poll(&api, &auth_req_id), "BAD_REQUEST", "A200391", "slow_down");
        sandbox.advance_clock(Duration::from_secs(5));
        let pending = poll(&api, &auth_req_id);
        assert_refused(&pending, "BAD_REQUEST", "A200308", "authorization_pending");

        assert_eq!(tickets(&sandbox), 1);
        let document = complete(&api, &ticket, "AUTHORIZED");
        assert_eq!(document["action"], "NO_ACTION");
        assert_eq!(
            document["resultMessage"],
            "[A198001] Successfully updated the database so that the token endpoint can generate \
             tokens (mode = POLL, result = AUTHORIZED)."
        );
        assert!(document.get("responseContent").is_none(), "{document}");
        assert_eq!(tickets(&sandbox), 0);

        let document = poll(&api, &auth_req_id);
        assert_eq!(
            (&document["action"], &document["resultCode"]),
            (&json!("OK"), &json!("A200002"))
        );
        assert_eq!(document["grantType"], "CIBA");
        let claims = verified_claims(&sandbox, document["idToken"].as_str().unwrap());
        assert_eq!(claims["sub"], "john");
        assert_refused(&poll(&api, &auth_req_id), "BAD_REQUEST", "A200304", "invalid_grant");
    }
}

#[test]
fn a_user_can_deny() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for (result, error) in
        [("ACCESS_DENIED", "access_denied"), ("TRANSACTION_FAILED", "transaction_failed")]
    {
        let (ticket, auth_req_id) = begin(&api);
        let document = api.call(COMPLETE, &json!({ "ticket": ticket, "result": result }));
        assert_eq!(
            (&document["action"], &document["resultCode"]),
            (&json!("NO_ACTION"), &json!("A198002"))
        );
        assert_refused(&poll(&api, &auth_req_id), "BAD_REQUEST", "A200001", error);
        assert_refused(&poll(&api, &auth_req_id), "BAD_REQUEST", "A200304", "invalid_grant");
    }
}

#[test]
fn an_auth_req_id_expires_after_ten_minutes() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let (ticket, auth_req_id) = begin(&api);
    sandbox.advance_clock(Duration::from_secs(600));
    assert_refused(&poll(&api, &auth_req_id), "BAD_REQUEST", "A200307", "expired_token");
    let document = complete(&api, &ticket, "AUTHORIZED");
    assert_eq!(
        (&document["action"], &document["resultCode"]),
        (&json!("SERVER_ERROR"), &json!("A196202"))
    );
}

#[test]
fn an_auth_req_id_belongs_to_a_client_of_a_service() {
    let mut services = Service::defaults();
    services[0].clients.push(Client::new(2, "other"));
    let sandbox = Sandbox::start(Options { services, ..Options::default() }).unwrap();
    let api = ApiClient::of(&sandbox);
    let (_, auth_req_id) = begin(&api);
    let parameters = format!(
        "grant_type=urn:openid:params:grant-type:ciba&auth_req_id={auth_req_id}\
         &client_id=2&client_secret=other"
    );
    let document = api.call("auth/token", &json!({ "parameters": parameters }));
    assert_refused(&document, "BAD_REQUEST", "A200305", "invalid_grant");
    let document = poll(&ApiClient::of_quiet(&sandbox), &auth_req_id);
    assert_refused(&document, "BAD_REQUEST", "A200304", "invalid_grant");
    for (more, code) in [("", "A200301"), ("&auth_req_id=", "A200302")] {
        let document = api.token(&format!("grant_type=urn:openid:params:grant-type:ciba{more}"));
        assert_refused(&document, "BAD_REQUEST", code, "invalid_request");
    }
}

/// A ticket is for one `auth_req_id` and one decision; a failed request has neither.
#[test]
fn the_calls_have_an_order() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    let refused = |ticket: Value, action: &str, code: &str| {
        let document = api.call(ISSUE, &json!({ "ticket": ticket }));
        assert_refused(&document, action, code, "server_error");
    };
    let (ticket, _) = begin(&api);
    let foreign = quiet.ticket_for(BACKCHANNEL_FAIL);
    refused(json!(null), "INTERNAL_SERVER_ERROR", "A182201");
    refused(json!("x"), "INVALID_TICKET", "A181201");
    refused(json!(foreign), "INVALID_TICKET", "A181202");
    refused(json!(ticket), "INVALID_TICKET", "A181205");

    let failed = api.ticket_for(BACKCHANNEL_FAIL);
    let request = json!({ "ticket": failed, "reason": "UNKNOWN_USER_ID" });
    assert_eq!(api.call(BACKCHANNEL_FAIL, &request)["action"], "BAD_REQUEST");
    refused(json!(failed), "INVALID_TICKET", "A181201");

    let requested = api.ticket_for(BACKCHANNEL_FAIL);
    for (request, code) in [
        (json!({ "result": "AUTHORIZED", "subject": "john" }), "A186201"),
        (json!({ "ticket": "x", "result": "AUTHORIZED", "subject": "john" }), "A186202"),
        (json!({ "ticket": foreign, "result": "AUTHORIZED", "subject": "john" }), "A186203"),
        (json!({ "ticket": requested, "result": "AUTHORIZED", "subject": "john" }), "A196204"),
        (json!({ "ticket": ticket }), "A187201"),
        (json!({ "ticket": ticket, "result": "DENIED" }), "A187201"),
        (json!({ "ticket": ticket, "result": "AUTHORIZED" }), "A188201"),
        (json!({ "ticket": ticket, "result": "AUTHORIZED", "subject": "jöhn" }), "A188203"),
        (
            json!({ "ticket": ticket, "result": "AUTHORIZED", "subject": "j", "claims": "x" }),
            "A190201",
        ),
    ] {
        let document = api.call(COMPLETE, &request);
        assert_eq!(
            (&document["action"], &document["resultCode"]),
            (&json!("SERVER_ERROR"), &json!(code))
        );
    }
    assert_eq!(complete(&api, &ticket, "AUTHORIZED")["action"], "NO_ACTION");
    assert_eq!(complete(&api, &ticket, "AUTHORIZED")["resultCode"], "A196203");
    refused(json!(ticket), "INVALID_TICKET", "A181204");

    let expired = api.ticket_for(BACKCHANNEL_FAIL);
    sandbox.advance_clock(Duration::from_secs(24 * 60 * 60));
    refused(json!(expired), "INVALID_TICKET", "A181203");
}

#[test]
fn a_ping_client_is_notified_and_gets_the_tokens_from_the_token_endpoint() {
    let sandbox = start_with(DeliveryMode::Ping);
    let api = ApiClient::of(&sandbox);
    let document = api.call("backchannel/authentication", &backchannel_request());
    assert_refused(&document, "BAD_REQUEST", "A155301", "invalid_request");
    for (result, code) in [("AUTHORIZED", "A198001"), ("ACCESS_DENIED", "A198002")] {
        let ticket = notified_ticket(&api);
        let issued = api.call(ISSUE, &json!({ "ticket": ticket }));
        let auth_req_id = issued["authReqId"].as_str().unwrap();
        let document = complete(&api, &ticket, result);
        assert_eq!(
            (&document["action"], &document["resultCode"]),
            (&json!("NOTIFICATION"), &json!(code))
        );
        assert_eq!(document["deliveryMode"], "PING");
        assert_eq!(document["clientNotificationEndpoint"], ENDPOINT);
        assert_eq!(document["clientNotificationToken"], "secret");
        assert_eq!(json_content(&document), json!({ "auth_req_id": auth_req_id }));
        let action = if result == "AUTHORIZED" { "OK" } else { "BAD_REQUEST" };
        assert_eq!(poll(&api, auth_req_id)["action"], action);
    }
}

#[test]
fn a_push_client_gets_the_tokens_in_the_notification() {
    let sandbox = start_with(DeliveryMode::Push);
    let api = ApiClient::of(&sandbox);
    let begin = || {
        let ticket = notified_ticket(&api);
        let issued = api.call(ISSUE, &json!({ "ticket": ticket }));
        (ticket, issued["authReqId"].as_str().unwrap().to_owned())
    };
    let (ticket, auth_req_id) = begin();
    assert_refused(&poll(&api, &auth_req_id), "BAD_REQUEST", "A200306", "unauthorized_client");
    let document = complete(&api, &ticket, "AUTHORIZED");
    assert_eq!(
        (&document["action"], &document["resultCode"]),
        (&json!("NOTIFICATION"), &json!("A198003"))
    );
    let tokens = json_content(&document);
    assert_eq!(
        (&tokens["auth_req_id"], &tokens["token_type"]),
        (&json!(auth_req_id), &json!("Bearer"))
    );
    let claims = verified_claims(&sandbox, tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["urn:openid:params:jwt:claim:auth_req_id"], auth_req_id);

    let (ticket, auth_req_id) = begin();
    let request = json!({
        "ticket": ticket, "result": "TRANSACTION_FAILED", "errorDescription": "d", "errorUri": "u",
    });
    let document = api.call(COMPLETE, &request);
    assert_eq!(
        (&document["action"], &document["resultCode"]),
        (&json!("NOTIFICATION"), &json!("A198004"))
    );
    let expected = json!({
        "auth_req_id": auth_req_id, "error": "transaction_failed", "error_description": "d",
        "error_uri": "u",
    });
    assert_eq!(json_content(&document), expected);
}

#[test]
fn a_public_client_cannot_use_ciba() {
    let mut services = Service::defaults();
    services[0].clients = vec![Client::new(3, "")];
    let sandbox = Sandbox::start(Options { services, ..Options::default() }).unwrap();
    let request = json!({ "parameters": "client_id=3&login_hint=john&scope=openid" });
    let document = ApiClient::of(&sandbox).call("backchannel/authentication", &request);
    assert_refused(&document, "BAD_REQUEST", "A168311", "unauthorized_client");
}

#[test]
fn the_complete_call_can_describe_the_error_and_replace_the_scopes() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let (ticket, auth_req_id) = begin(&api);
    let request = json!({
        "ticket": ticket, "result": "ACCESS_DENIED", "errorDescription": "d", "errorUri": "u",
    });
    assert_eq!(api.call(COMPLETE, &request)["action"], "NO_ACTION");
    let expected = json!({ "error": "access_denied", "error_description": "d", "error_uri": "u" });
    assert_eq!(json_content(&poll(&api, &auth_req_id)), expected);

    let (ticket, auth_req_id) = begin(&api);
    let request = json!({
        "ticket": ticket, "result": "AUTHORIZED", "subject": "john", "scopes": ["openid", "a"],
    });
    assert_eq!(api.call(COMPLETE, &request)["action"], "NO_ACTION");
    assert_eq!(poll(&api, &auth_req_id)["scopes"], json!(["openid", "a"]));
}
