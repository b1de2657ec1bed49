use std::time::Duration;

use authlete_fail_sandbox::{CLIENT_ID, ISSUER};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::api_client::*;
use crate::control::status;
use crate::jwt::verified_claims;

fn half_hash(value: &Value) -> Value {
    let digest = digest(&SHA256, value.as_str().unwrap().as_bytes());
    json!(URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]))
}

#[test]
fn the_scope_openid_adds_an_id_token() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    sandbox.advance_clock(Duration::from_secs(1_000_000));
    let request = json!({
        "ticket": api.authorization_ticket("&scope=openid+read&nonce=n1"),
        "subject": "john", "authTime": 1234, "acr": "urn:acr",
        "claims": r#"{"name":"John Doe","iss":"forged"}"#,
    });
    let code = query(content(&api.call(AUTHORIZATION_ISSUE, &request)))["code"].clone();
    let document = api.token(&format!("grant_type=authorization_code&code={code}"));
    let tokens = json_content(&document);
    assert_eq!(tokens["id_token"], document["idToken"]);
    let claims = verified_claims(&sandbox, tokens["id_token"].as_str().unwrap());
    let now = status(&sandbox)["now"].as_u64().unwrap();
    let issued_at = claims["iat"].as_u64().unwrap();
    assert!((now - 5..=now).contains(&issued_at), "{issued_at} {now}");
    let expected = json!({
        "iss": ISSUER, "aud": [CLIENT_ID.to_string()], "sub": "john", "nonce": "n1",
        "auth_time": 1234, "acr": "urn:acr", "name": "John Doe",
        "iat": issued_at, "exp": issued_at + 3600,
        "at_hash": half_hash(&tokens["access_token"]),
    });
    assert_eq!(claims, expected);

    let refresh = document["refreshToken"].as_str().unwrap();
    let document = api.token(&format!("grant_type=refresh_token&refresh_token={refresh}"));
    let claims = verified_claims(&sandbox, document["idToken"].as_str().unwrap());
    assert_eq!((&claims["sub"], &claims["auth_time"]), (&json!("john"), &json!(1234)));
}

#[test]
fn without_the_scope_openid_there_is_no_id_token() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let code = api.code("&scope=read");
    let document = api.token(&format!("grant_type=authorization_code&code={code}"));
    assert!(json_content(&document).get("id_token").is_none(), "{document}");
    assert!(document.get("idToken").is_none());
}

#[test]
fn the_issue_call_can_replace_the_scopes_and_the_sub() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let request = json!({
        "ticket": api.authorization_ticket("&scope=openid+read+write"),
        "subject": "john", "sub": "pairwise", "scopes": ["openid", "read"],
    });
    let code = query(content(&api.call(AUTHORIZATION_ISSUE, &request)))["code"].clone();
    let document = api.token(&format!("grant_type=authorization_code&code={code}"));
    assert_eq!(document["scopes"], json!(["openid", "read"]));
    assert_eq!(document["subject"], "john");
    let claims = verified_claims(&sandbox, document["idToken"].as_str().unwrap());
    assert_eq!(claims["sub"], "pairwise");

    let request = json!({
        "ticket": api.authorization_ticket("&scope=openid"), "subject": "john", "scopes": [],
    });
    let code = query(content(&api.call(AUTHORIZATION_ISSUE, &request)))["code"].clone();
    let document = api.token(&format!("grant_type=authorization_code&code={code}"));
    assert_eq!(document["scopes"], json!([]));
    let content = json_content(&document);
    assert!(content.get("id_token").is_none() && content.get("scope").is_none(), "{content}");
}

/// The response types with a fragment (OpenID Connect Core 1.0, 3.2 and 3.3).
#[test]
fn implicit_and_hybrid_responses_have_hashes() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for (response_type, names) in [
        ("token", "access_token expires_in iss scope state token_type"),
        ("id_token", "id_token iss state"),
        ("id_token+token", "access_token expires_in id_token iss scope state token_type"),
        ("code+id_token", "code id_token iss state"),
        ("code+id_token+token", "access_token code expires_in id_token iss scope state token_type"),
    ] {
        let more = format!("&response_type={response_type}&scope=openid&nonce=n1&state=s1");
        let request = json!({ "ticket": api.authorization_ticket(&more), "subject": "john" });
        let document = api.call(AUTHORIZATION_ISSUE, &request);
        assert_eq!(document["action"], "LOCATION");
        let (_, fragment) = content(&document).split_once('#').unwrap();
        let parameters = parameters(fragment);
        let mut sent: Vec<&str> = parameters.keys().map(String::as_str).collect();
        sent.sort_unstable();
        assert_eq!(sent.join(" "), names, "{response_type}");
        let Some(id_token) = parameters.get("id_token") else { continue };
        let claims = verified_claims(&sandbox, id_token);
        assert_eq!(claims["nonce"], "n1");
        for (hash, name) in [("at_hash", "access_token"), ("c_hash", "code")] {
            let expected = parameters.get(name).map(|value| half_hash(&json!(value)));
            assert_eq!(claims.get(hash), expected.as_ref(), "{response_type} {hash}");
        }
    }
    let request = json!({
        "ticket": api.authorization_ticket("&response_type=none"), "subject": "john",
    });
    let location = content(&api.call(AUTHORIZATION_ISSUE, &request)).to_owned();
    assert_eq!(location, "https://client.example.org/cb?iss=https%3A%2F%2Fas.example.com");
}
