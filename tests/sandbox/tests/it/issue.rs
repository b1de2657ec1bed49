use authlete_fail_sandbox::{CLIENT_ID, SERVICE_ID};
use serde_json::{Value, json};

use crate::api_client::*;

#[test]
fn an_authorization_request_gets_a_ticket() {
    let sandbox = start();
    let cases = [
        ("", "INTERACTION", json!([])),
        ("&prompt=none", "NO_INTERACTION", json!(["NONE"])),
        ("&prompt=login%20consent", "INTERACTION", json!(["LOGIN", "CONSENT"])),
        ("&prompt=nonesuch", "INTERACTION", json!([])),
    ];
    for (more, action, prompts) in cases {
        let parameters =
            format!("response_type=code&client_id={CLIENT_ID}&scope=openid+email&max_age=60{more}");
        let document = ApiClient::of(&sandbox)
            .call("auth/authorization", &json!({ "parameters": parameters }));
        assert_eq!(document["action"], action, "{more}");
        assert_eq!(document["prompts"], prompts, "{more}");
        let message = format!(
            "[A004001] Authlete has successfully issued a ticket to the service (API Key = \
             {SERVICE_ID}) for the authorization request from the client (ID = {CLIENT_ID}). \
             [response_type=code, openid=true]"
        );
        assert_eq!(document["resultMessage"], message);
        assert_eq!(document["client"]["clientId"], CLIENT_ID);
        assert_eq!(document["maxAge"], 60);
        assert_eq!(document["scopes"], json!([{ "name": "openid" }, { "name": "email" }]));
    }
}

#[test]
fn a_password_request_gets_a_ticket() {
    let sandbox = start();
    let in_request = json!({ "parameters": format!(
        "grant_type=password&username=john&password=wrong&scope=read&client_id={CLIENT_ID}\
         &client_secret=sandbox-client-secret"
    ) });
    for request in [token_request(), in_request] {
        let document = ApiClient::of(&sandbox).call("auth/token", &request);
        assert_eq!(document["resultCode"], "A051001");
        assert_eq!(document["action"], "PASSWORD");
        assert_eq!(document["username"], "john");
        assert_eq!(document["password"], "wrong");
        assert_eq!(document["scopes"], json!(["read"]));
    }
}

#[test]
fn a_backchannel_request_gets_a_ticket() {
    let sandbox = start();
    let document =
        ApiClient::of(&sandbox).call("backchannel/authentication", &backchannel_request());
    assert_eq!(document["resultCode"], "A179001");
    assert_eq!(document["action"], "USER_IDENTIFICATION");
    assert_eq!(document["hint"], "john");
    assert_eq!(document["hintType"], "LOGIN_HINT");
    assert_eq!(document["userCode"], "1234");
    assert_eq!(document["bindingMessage"], "hello");
    assert_eq!(document["clientId"], CLIENT_ID);
}

/// Checks the error for a request, and that no ticket is issued.
fn assert_refused(path: &str, request: Value, code: &str, action: &str, error: &str) {
    let sandbox = start();
    let document = ApiClient::of(&sandbox).call(path, &request);
    assert_eq!(document["resultCode"], code, "{request}");
    assert_eq!(document["action"], action, "{request}");
    assert_eq!(json_content(&document)["error"], error, "{request}");
    assert_eq!(json_content(&document)["error_description"], document["resultMessage"]);
    assert!(!document["resultMessage"].as_str().unwrap().contains('{'), "{document}");
    assert!(document.get("ticket").is_none());
}

#[test]
fn an_invalid_authorization_request_is_refused() {
    let invalid = "invalid_request";
    let cases = [
        ("client_id=&response_type=code", "A010302", invalid),
        ("response_type=code", "A010301", invalid),
        ("client_id=1&response_type=code", "A010304", invalid),
        ("client_id=26478243745571", "A009301", invalid),
        ("client_id=26478243745571&response_type=", "A009302", invalid),
        ("client_id=26478243745571&response_type=cod", "A009304", "unsupported_response_type"),
        ("client_id=26478243745571&response_type=+", "A009304", "unsupported_response_type"),
        ("client_id=26478243745571&response_type=code&redirect_uri=/cb", "A011315", invalid),
        ("client_id=26478243745571&response_type=code&redirect_uri=https:", "A011315", invalid),
        ("client_id=26478243745571&response_type=code&redirect_uri=a:b%0D%0Ac", "A011314", invalid),
        ("client_id=26478243745571&response_type=code&redirect_uri=a:b%23c", "A011316", invalid),
        ("client_id=26478243745571&response_type=code&response_mode=post", "A012303", invalid),
        ("client_id=26478243745571&response_type=token&response_mode=query", "A012304", invalid),
        (
            "client_id=26478243745571&response_type=token&response_mode=query.jwt",
            "A012304",
            invalid,
        ),
        ("", "A004301", invalid),
    ];
    for (parameters, code, error) in cases {
        let request = json!({ "parameters": parameters });
        assert_refused("auth/authorization", request, code, "BAD_REQUEST", error);
    }
    assert_refused("auth/authorization", json!({}), "A004201", "BAD_REQUEST", invalid);
}

#[test]
fn an_invalid_token_request_is_refused() {
    let credentials = "grant_type=password&username=john&password=x";
    let client = "&client_id=26478243745571&client_secret=sandbox-client-secret";
    let (bad, client_action) = ("BAD_REQUEST", "INVALID_CLIENT");
    let (request, wrong_client) = ("invalid_request", "invalid_client");
    let cases = [
        (String::new(), "A047301", bad, request),
        ("username=john".into(), "A049301", bad, request),
        ("grant_type=".into(), "A049302", bad, request),
        ("grant_type=implicit".into(), "A049305", bad, "unsupported_grant_type"),
        (credentials.into(), "A048301", bad, request),
        (format!("{credentials}&client_id=1"), "A048304", client_action, wrong_client),
        (format!("{credentials}&client_id={CLIENT_ID}"), "A157304", client_action, wrong_client),
        (
            format!("{credentials}&client_id={CLIENT_ID}&client_secret=x"),
            "A157305",
            client_action,
            wrong_client,
        ),
        (format!("grant_type=password{client}"), "A051301", bad, request),
        (format!("grant_type=password&username={client}"), "A051302", bad, request),
        (format!("grant_type=password&username=a{client}"), "A051304", bad, request),
        (format!("grant_type=password&username=a&password={client}"), "A051305", bad, request),
    ];
    for (parameters, code, action, error) in cases {
        assert_refused("auth/token", json!({ "parameters": parameters }), code, action, error);
    }
    assert_refused("auth/token", json!({}), "A047201", bad, request);
}

#[test]
fn an_invalid_backchannel_request_is_refused() {
    let client = "&client_id=26478243745571&client_secret=sandbox-client-secret";
    let (bad, unauthorized) = ("BAD_REQUEST", "UNAUTHORIZED");
    let (request, wrong_client) = ("invalid_request", "invalid_client");
    let cases = [
        (String::new(), "A166301", bad, request),
        ("login_hint=john&scope=openid".into(), "A168309", bad, request),
        ("client_id=1".into(), "A168310", unauthorized, wrong_client),
        (format!("client_id={CLIENT_ID}"), "A157304", unauthorized, wrong_client),
        (format!("client_id={CLIENT_ID}&client_secret=x"), "A157305", unauthorized, wrong_client),
        (format!("login_hint=john{client}"), "A176301", bad, request),
        (format!("login_hint=john&scope=email{client}"), "A176304", bad, "invalid_scope"),
        (format!("scope=openid{client}"), "A174301", bad, request),
        (format!("scope=openid&login_hint=a&id_token_hint=b{client}"), "A174302", bad, request),
    ];
    for (parameters, code, action, error) in cases {
        let document = json!({ "parameters": parameters });
        assert_refused("backchannel/authentication", document, code, action, error);
    }
    assert_refused("backchannel/authentication", json!({}), "A166201", bad, request);
}
