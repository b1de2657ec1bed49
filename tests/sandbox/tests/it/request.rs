use authlete_fail_sandbox::{CLIENT_ID, CLIENT_SECRET, SERVICE_ID};
use serde_json::json;

use crate::api_client::*;
use crate::control::tickets;

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
        assert_eq!(
            document["scopes"],
            json!([
                { "name": "openid", "description": "The scope openid." },
                { "name": "email", "description": "The scope email." },
            ])
        );
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

/// None of these requests gets a ticket.
#[test]
fn an_invalid_request_is_refused() {
    const AUTHORIZATION: &str = "auth/authorization";
    const TOKEN: &str = "auth/token";
    const BACKCHANNEL: &str = "backchannel/authentication";
    /// Path, action and OAuth error.
    type Refusal = (&'static str, &'static str, &'static str);
    const AUTHORIZATION_BAD: Refusal = (AUTHORIZATION, "BAD_REQUEST", "invalid_request");
    const RESPONSE_TYPE: Refusal = (AUTHORIZATION, "BAD_REQUEST", "unsupported_response_type");
    const TOKEN_BAD: Refusal = (TOKEN, "BAD_REQUEST", "invalid_request");
    const GRANT_TYPE: Refusal = (TOKEN, "BAD_REQUEST", "unsupported_grant_type");
    const TOKEN_CLIENT: Refusal = (TOKEN, "INVALID_CLIENT", "invalid_client");
    const BACKCHANNEL_BAD: Refusal = (BACKCHANNEL, "BAD_REQUEST", "invalid_request");
    const SCOPE: Refusal = (BACKCHANNEL, "BAD_REQUEST", "invalid_scope");
    const SERVER: (&str, &str) = ("INTERNAL_SERVER_ERROR", "server_error");
    const BACKCHANNEL_CLIENT: Refusal = (BACKCHANNEL, "UNAUTHORIZED", "invalid_client");
    // {id} is the client's ID, {client} the ID and the secret.
    let cases = [
        (AUTHORIZATION_BAD, "A004301", ""),
        (AUTHORIZATION_BAD, "A010302", "client_id=&response_type=code"),
        (AUTHORIZATION_BAD, "A010301", "response_type=code"),
        (AUTHORIZATION_BAD, "A010304", "client_id=1&response_type=code"),
        (AUTHORIZATION_BAD, "A009301", "{id}"),
        (AUTHORIZATION_BAD, "A009302", "{id}&response_type="),
        (RESPONSE_TYPE, "A009304", "{id}&response_type=cod"),
        (RESPONSE_TYPE, "A009304", "{id}&response_type=+"),
        (AUTHORIZATION_BAD, "A011315", "{id}&response_type=code&redirect_uri=/cb"),
        (AUTHORIZATION_BAD, "A011315", "{id}&response_type=code&redirect_uri=https:"),
        (AUTHORIZATION_BAD, "A011314", "{id}&response_type=code&redirect_uri=a:b%0D%0Ac"),
        (AUTHORIZATION_BAD, "A011316", "{id}&response_type=code&redirect_uri=a:b%23c"),
        (AUTHORIZATION_BAD, "A012303", "{id}&response_type=code&response_mode=post"),
        (AUTHORIZATION_BAD, "A012304", "{id}&response_type=token&response_mode=query"),
        (AUTHORIZATION_BAD, "A012304", "{id}&response_type=token&response_mode=query.jwt"),
        (TOKEN_BAD, "A047301", ""),
        (TOKEN_BAD, "A049301", "username=john"),
        (TOKEN_BAD, "A049302", "grant_type="),
        (GRANT_TYPE, "A049305", "grant_type=implicit"),
        (TOKEN_BAD, "A048301", "grant_type=password&username=john&password=x"),
        (TOKEN_CLIENT, "A048304", "grant_type=password&username=john&password=x&client_id=1"),
        (TOKEN_CLIENT, "A157304", "grant_type=password&username=john&password=x&{id}"),
        (TOKEN_CLIENT, "A157305", "grant_type=password&username=a&password=x&{id}&client_secret=x"),
        (TOKEN_BAD, "A051301", "grant_type=password&{client}"),
        (TOKEN_BAD, "A051302", "grant_type=password&username=&{client}"),
        (TOKEN_BAD, "A051304", "grant_type=password&username=a&{client}"),
        (TOKEN_BAD, "A051305", "grant_type=password&username=a&password=&{client}"),
        (BACKCHANNEL_BAD, "A166301", ""),
        (BACKCHANNEL_BAD, "A168309", "login_hint=john&scope=openid"),
        (BACKCHANNEL_CLIENT, "A168310", "client_id=1"),
        (BACKCHANNEL_CLIENT, "A157304", "{id}"),
        (BACKCHANNEL_CLIENT, "A157305", "{id}&client_secret=x"),
        (BACKCHANNEL_BAD, "A176301", "login_hint=john&{client}"),
        (SCOPE, "A176304", "login_hint=john&scope=email&{client}"),
        (BACKCHANNEL_BAD, "A174301", "scope=openid&{client}"),
        (BACKCHANNEL_BAD, "A174302", "scope=openid&login_hint=a&id_token_hint=b&{client}"),
    ];
    let client = format!("{{id}}&client_secret={CLIENT_SECRET}");
    let id = format!("client_id={CLIENT_ID}");
    let cases = cases.map(|(refusal, code, parameters)| {
        let parameters = parameters.replace("{client}", &client).replace("{id}", &id);
        (refusal, code, json!({ "parameters": parameters }))
    });
    let without_parameters = [
        ((AUTHORIZATION, SERVER.0, SERVER.1), "A004201", json!({})),
        ((TOKEN, SERVER.0, SERVER.1), "A047201", json!({})),
        ((BACKCHANNEL, SERVER.0, SERVER.1), "A166201", json!({})),
    ];
    let sandbox = start();
    for ((path, action, error), code, request) in cases.into_iter().chain(without_parameters) {
        let document = ApiClient::of(&sandbox).call(path, &request);
        assert_eq!(document["resultCode"], code, "{path} {request}");
        assert_eq!(document["action"], action, "{path} {request}");
        assert_eq!(json_content(&document)["error"], error, "{path} {request}");
        assert_eq!(json_content(&document)["error_description"], document["resultMessage"]);
        assert!(!document["resultMessage"].as_str().unwrap().contains('{'), "{document}");
        assert!(document.get("ticket").is_none());
    }
    assert_eq!(tickets(&sandbox), 0);
}
