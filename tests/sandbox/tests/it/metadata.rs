use serde_json::json;

use crate::api_client::*;

#[test]
fn the_configuration_is_a_discovery_document() {
    let sandbox = start();
    let document = ApiClient::of(&sandbox).get("service/configuration").json();
    let v2 = ApiClient::v2(&sandbox, "Bearer sandbox-access-token").get("service/configuration");
    assert_eq!(document, v2.json());
    assert_eq!(ApiClient::v2(&sandbox, "").get("service/configuration").status, 401);
    for (name, value) in [
        ("issuer", json!("https://as.example.com")),
        ("authorization_endpoint", json!("https://as.example.com/authorize")),
        ("token_endpoint", json!("https://as.example.com/token")),
        ("jwks_uri", json!("https://as.example.com/jwks")),
        (
            "backchannel_authentication_endpoint",
            json!("https://as.example.com/backchannel/authentication"),
        ),
        ("id_token_signing_alg_values_supported", json!(["ES256"])),
        ("authorization_response_iss_parameter_supported", json!(true)),
        (
            "grant_types_supported",
            json!([
                "authorization_code",
                "password",
                "refresh_token",
                "urn:openid:params:grant-type:ciba",
                "implicit",
            ]),
        ),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
    let quiet = ApiClient::of_quiet(&sandbox).get("service/configuration").json();
    assert_eq!(quiet["authorization_response_iss_parameter_supported"], false);
}

#[test]
fn the_authorization_response_has_the_members_of_the_request() {
    let sandbox = start();
    let claims =
        r#"{"id_token":{"acr":{"essential":true,"values":["a","b"]},"sub":{"value":"john"}}}"#;
    let parameters: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", "26478243745571")
        .append_pair("login_hint", "john@example.com")
        .append_pair("acr_values", "c d")
        .append_pair("resource", "https://rs.example.com")
        .append_pair("authorization_details", r#"[{"type":"payment"}]"#)
        .finish();
    let api = ApiClient::of(&sandbox);
    let request = json!({ "parameters": parameters });
    let document = api.call("auth/authorization", &request);
    assert_eq!(
        document["client"],
        json!({ "clientId": 26_478_243_745_571_u64, "clientName": "My client" })
    );
    assert_eq!(document["loginHint"], "john@example.com");
    assert_eq!(document["acrs"], json!(["c", "d"]));
    assert_eq!(document["acrEssential"], false);
    assert_eq!(document["resources"], json!(["https://rs.example.com"]));
    assert_eq!(document["authorizationDetails"], json!({ "elements": [{ "type": "payment" }] }));
    assert!(document.get("subject").is_none() && document.get("claims").is_none(), "{document}");

    let claims =
        form_urlencoded::Serializer::new(parameters).append_pair("claims", claims).finish();
    let document = api.call("auth/authorization", &json!({ "parameters": claims }));
    assert_eq!(document["acrs"], json!(["a", "b"]));
    assert_eq!(document["acrEssential"], true);
    assert_eq!(document["subject"], "john");
    assert_eq!(document["claims"], json!(["acr", "sub"]));
}
