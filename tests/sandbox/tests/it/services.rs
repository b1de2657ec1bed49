use serde_json::{Value, json};

use authlete_fail_sandbox::{QUIET_SERVICE_ID, Sandbox};

use crate::api_client::*;
use crate::control::{self, delete, get, post};

fn create(sandbox: &Sandbox, service: &Value) -> Value {
    let response = post(sandbox, "services", service);
    assert_eq!(response.status, 201, "{}", response.text);
    response.json()
}

fn text<'v>(created: &'v Value, name: &str) -> &'v str {
    created[name].as_str().unwrap_or_else(|| panic!("{created}"))
}

#[test]
fn a_service_has_random_credentials_of_its_own() {
    let sandbox = start();
    let created = [create(&sandbox, &json!({})), create(&sandbox, &json!({}))];
    for name in ["serviceId", "accessToken", "apiKey", "apiSecret", "clientId", "clientSecret"] {
        assert_ne!(created[0][name], created[1][name], "{name}");
    }
    for created in &created {
        assert_eq!(text(created, "baseUrl"), sandbox.base_url());
        assert_eq!(created["serviceId"], created["apiKey"]);
        assert_eq!(text(created, "serviceId").len(), 14);
        let api = ApiClient::v3(&sandbox, text(created, "serviceId"), text(created, "accessToken"));
        let request = json!({
            "parameters": "grant_type=password&username=john&password=wrong",
            "clientId": created["clientId"], "clientSecret": created["clientSecret"],
        });
        let ticket = api.ticket("auth/token", &request);
        let request = json!({ "ticket": ticket, "reason": "UNKNOWN" });
        assert_eq!(ApiClient::of(&sandbox).call(TOKEN_FAIL, &request)["resultCode"], "A063203");
        assert_eq!(api.call(TOKEN_FAIL, &request)["resultCode"], "A067302");
    }
}

#[test]
fn a_service_may_have_the_members_of_a_config_file() {
    let sandbox = start();
    let request = json!({
        "serviceId": "mine", "accessToken": "my-token", "apiKey": "", "errorUriOmitted": true,
        "clients": [{ "clientId": 5 }],
    });
    let created = create(&sandbox, &request);
    assert_eq!((text(&created, "apiKey"), text(&created, "clientSecret")), ("", ""));
    assert_eq!(created["clientId"], 5);
    let response = ApiClient::v3(&sandbox, "mine", "my-token").call(TOKEN_FAIL, &json!({}));
    assert!(json_content(&response).get("error_uri").is_none());
    assert_eq!(create(&sandbox, &json!({ "clients": [] }))["clientId"], Value::Null);

    for (request, expected) in [
        (json!({ "serviceId": "mine" }), "duplicate serviceId \"mine\""),
        (json!({ "accessToken": "my-token" }), "accessToken of another service"),
        (json!({ "isuer": "x" }), "`isuer`"),
        (json!({ "issuer": null }), "\"issuer\""),
        (json!({ "clients": [{ "clientId": "5" }] }), "\"clients[0].clientId\""),
        (json!([{}]), "not a JSON object"),
    ] {
        let response = post(&sandbox, "services", &request);
        assert_eq!(response.status, 400, "{request}");
        assert!(response.text.replace('\\', "").contains(expected), "{}", response.text);
    }
}

/// A container may publish another port.
#[test]
fn the_base_url_has_the_host_of_the_request() {
    let sandbox = start();
    let headers = [("Host", "authlete:9000"), ("Content-Type", JSON)];
    let url = format!("{}/sandbox/services", sandbox.base_url());
    let created = send("POST", &url, &headers, "{}").json();
    assert_eq!(text(&created, "baseUrl"), "http://authlete:9000");
}

#[test]
fn a_removed_service_leaves_nothing() {
    let sandbox = start();
    let quiet = ApiClient::of_quiet(&sandbox);
    for path in [AUTHORIZATION_FAIL, TOKEN_FAIL, BACKCHANNEL_FAIL] {
        quiet.ticket_for(path);
        ApiClient::of(&sandbox).ticket_for(path);
    }
    post(&sandbox, "faults", &json!({ "serviceId": QUIET_SERVICE_ID, "status": 503 }));
    let path = format!("services/{QUIET_SERVICE_ID}");
    assert_eq!((control::tickets(&sandbox), delete(&sandbox, &path)), (6, 204));
    assert_eq!(control::tickets(&sandbox), 3);
    assert_eq!(get(&sandbox, "faults"), json!({ "faults": [] }));
    assert_eq!(get(&sandbox, "requests")["requests"].as_array().unwrap().len(), 3);
    assert_eq!(quiet.post(TOKEN_FAIL, JSON, "{}").status, 401);
    assert_eq!(delete(&sandbox, &path), 404);
    assert_eq!(delete(&sandbox, "services"), 405);
}
