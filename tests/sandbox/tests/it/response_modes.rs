use std::collections::HashMap;
use std::time::Duration;

use authlete_fail_sandbox::{CLIENT_ID, Sandbox};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::api_client::*;

/// Fails an authorization request that ends with `more`.
fn deny(api: &ApiClient, more: &str) -> (String, String) {
    let request = json!({ "ticket": api.authorization_ticket(more), "reason": "DENIED" });
    let document = api.call(AUTHORIZATION_FAIL, &request);
    (document["action"].as_str().unwrap().to_owned(), content(&document).to_owned())
}

/// The parameters of a response; they must be at `place`: after `?` or `#`, or in a form (`f`).
fn delivered(place: char, action: &str, content: &str) -> HashMap<String, String> {
    if place == 'f' {
        assert_eq!(action, "FORM");
        return form_fields(content);
    }
    assert_eq!(action, "LOCATION");
    let (uri, rest) = content.split_once(place).unwrap();
    assert_eq!(uri, "https://client.example.org/cb");
    assert!(!rest.contains(['?', '#']), "{content}");
    parameters(rest)
}

/// The fields of a form that submits itself, unescaped.
fn form_fields(html: &str) -> HashMap<String, String> {
    assert!(html.contains("<body onload=\"document.forms[0].submit()\">"), "{html}");
    assert!(html.contains("<form method=\"post\" action=\"https://client.example.org/cb\">"));
    let fields = html.split("<input type=\"hidden\" name=\"").skip(1);
    fields
        .map(|field| {
            let (name, rest) = field.split_once("\" value=\"").unwrap();
            let (value, _) = rest.split_once("\"/>").unwrap();
            (name.to_owned(), unescape(value))
        })
        .collect()
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Response type, response mode, place of the parameters (`f`: in a form), and whether as a JWT.
const MODES: &[(&str, &str, char, bool)] = &[
    ("code", "", '?', false),
    ("none", "", '?', false),
    ("token", "", '#', false),
    ("id_token", "", '#', false),
    ("code%20id_token", "", '#', false),
    ("code+id_token+token", "", '#', false),
    ("code", "query", '?', false),
    ("code", "fragment", '#', false),
    ("code", "form_post", 'f', false),
    ("id_token", "form_post", 'f', false),
    ("code", "jwt", '?', true),
    ("id_token", "jwt", '#', true),
    ("code", "query.jwt", '?', true),
    ("code", "fragment.jwt", '#', true),
    ("code", "form_post.jwt", 'f', true),
];

#[test]
fn every_response_mode_delivers_the_same_parameters() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for &(response_type, mode, place, is_jwt) in MODES {
        let mode_parameter =
            if mode.is_empty() { String::new() } else { format!("&response_mode={mode}") };
        let more = format!("&response_type={response_type}{mode_parameter}&state=s%221");
        let (action, content) = deny(&api, &more);
        let parameters = delivered(place, &action, &content);
        let message = "[A060306] The end-user denied the authorization request.";
        let mut expected = json!({
            "error": "access_denied",
            "error_description": message,
            "error_uri": "https://docs.authlete.com/#A060306",
            "state": "s\"1",
            "iss": "https://as.example.com",
        });
        if is_jwt {
            assert_eq!(parameters.len(), 1, "{response_type} {mode}");
            let claims = verified_claims(&sandbox, &parameters["response"]);
            expected["aud"] = json!(CLIENT_ID.to_string());
            expected["exp"] = claims["exp"].clone();
            assert_eq!(claims, expected, "{response_type} {mode}");
        } else {
            assert_eq!(json!(parameters), expected, "{response_type} {mode}");
        }
    }
}

/// The claims of a JWT, whose signature is verified with the published key.
fn verified_claims(sandbox: &Sandbox, jwt: &str) -> Value {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();

    let keys = ApiClient::of(sandbox).get("service/jwks/get").json();
    let key = &keys["keys"][0];
    assert_eq!(header, json!({ "alg": "ES256", "typ": "JWT", "kid": key["kid"] }));
    assert_eq!((&key["kty"], &key["crv"]), (&json!("EC"), &json!("P-256")));
    assert!(key.get("d").is_none(), "a private key");
    let coordinate = |name: &str| decode(key[name].as_str().unwrap());
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    serde_json::from_slice(&decode(claims)).unwrap()
}

#[test]
fn a_jwt_expires_after_ten_minutes_of_the_advanced_clock() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    sandbox.advance_clock(Duration::from_secs(1_000_000));
    let (_, location) = deny(&api, "&response_mode=jwt");
    let claims = verified_claims(&sandbox, &query(&location)["response"]);
    let status = send("GET", &format!("{}/sandbox", sandbox.base_url()), &[], "").json();
    let left = claims["exp"].as_u64().unwrap() - status["now"].as_u64().unwrap();
    assert!((595..=600).contains(&left), "{left}");
}

#[test]
fn a_quiet_service_sends_the_issuer_in_a_jwt() {
    let sandbox = start();
    let (_, location) = deny(&ApiClient::of_quiet(&sandbox), "&response_mode=jwt");
    let claims = verified_claims(&sandbox, &query(&location)["response"]);
    let names: Vec<_> = claims.as_object().unwrap().keys().collect();
    assert_eq!(names, ["aud", "error", "exp", "iss"]);
}

#[test]
fn the_keys_are_the_same_for_v2_and_need_credentials() {
    let sandbox = start();
    let v3 = ApiClient::of(&sandbox).get("service/jwks/get");
    let v2 = ApiClient::v2(&sandbox, "Bearer sandbox-access-token").get("service/jwks/get");
    assert_eq!(v3.json(), v2.json());
    assert_eq!(ApiClient::v2(&sandbox, "").get("service/jwks/get").status, 401);
    assert_eq!(ApiClient::of(&sandbox).post("service/jwks/get", JSON, "{}").status, 405);
}

#[test]
fn the_redirect_uri_is_unchanged() {
    let sandbox = start();
    let api = ApiClient::of_quiet(&sandbox);
    let cases = [
        ("com.example.app:/cb", "", "com.example.app:/cb?error=access_denied"),
        (
            "https://c.example/a%3Fb%3Dc%2520d",
            "",
            "https://c.example/a?b=c%20d&error=access_denied",
        ),
        (
            "http://localhost:1/",
            "&response_mode=fragment",
            "http://localhost:1/#error=access_denied",
        ),
        ("HTTPS://C.Example", "", "HTTPS://C.Example?error=access_denied"),
    ];
    for (sent, more, expected) in cases {
        let (_, location) = deny(&api, &format!("&redirect_uri={sent}{more}"));
        assert_eq!(location, expected);
    }
}

#[test]
fn a_form_escapes_its_values() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let nasty = "\"><script>alert('&amp;')</script>";
    let state: String = form_urlencoded::byte_serialize(nasty.as_bytes()).collect();
    let (_, html) = deny(&api, &format!("&response_mode=form_post&state={state}"));
    assert!(html.contains("name=\"state\" value=\"&quot;&gt;&lt;script&gt;alert("), "{html}");
    assert_eq!(form_fields(&html)["state"], nasty);
}
