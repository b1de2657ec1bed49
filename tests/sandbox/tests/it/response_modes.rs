use std::time::Duration;

use authlete_fail_sandbox::CLIENT_ID;
use serde_json::json;

use crate::api_client::*;
use crate::jwt::verified_claims;

/// Fails an authorization request that ends with `more`.
fn deny(api: &ApiClient, more: &str) -> (String, String) {
    let request = json!({ "ticket": api.authorization_ticket(more), "reason": "DENIED" });
    let document = api.call(AUTHORIZATION_FAIL, &request);
    (document["action"].as_str().unwrap().to_owned(), content(&document).to_owned())
}

/// The library's scenarios test the other combinations.
#[test]
fn the_response_type_selects_the_default_mode() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let expected = json!({
        "error": "access_denied",
        "error_description": "[A060306] The end-user denied the authorization request.",
        "error_uri": "https://docs.authlete.com/#A060306",
        "state": "s\"1",
        "iss": "https://as.example.com",
    });
    for (more, mark, is_jwt) in [
        ("response_type=none", '?', false),
        ("response_type=token", '#', false),
        ("response_type=id_token", '#', false),
        ("response_type=code+id_token+token", '#', false),
        ("response_type=code&response_mode=jwt", '?', true),
        ("response_type=id_token&response_mode=jwt", '#', true),
    ] {
        let (action, location) = deny(&api, &format!("&{more}&state=s%221"));
        assert_eq!(action, "LOCATION", "{more}");
        let (uri, rest) = location.split_once(mark).unwrap();
        assert_eq!(uri, "https://client.example.org/cb");
        assert!(!rest.contains(['?', '#']), "{location}");
        let parameters = parameters(rest);
        if is_jwt {
            assert_eq!(parameters.len(), 1, "{more}");
            let mut claims = verified_claims(&sandbox, &parameters["response"]);
            let claims = claims.as_object_mut().unwrap();
            assert_eq!(claims.remove("aud"), Some(json!(CLIENT_ID.to_string())));
            assert!(claims.remove("exp").is_some());
            assert_eq!(json!(claims), expected, "{more}");
        } else {
            assert_eq!(json!(parameters), expected, "{more}");
        }
    }
}

#[test]
fn a_form_submits_itself_and_escapes_its_values() {
    let sandbox = start();
    let state = "%22%3E%3Cscript%3Ealert('%26amp;')%3C/script%3E";
    let more = format!("&response_type=id_token&response_mode=form_post&state={state}");
    let (action, html) = deny(&ApiClient::of(&sandbox), &more);
    assert_eq!(action, "FORM");
    for part in [
        "<body onload=\"document.forms[0].submit()\">",
        "<form method=\"post\" action=\"https://client.example.org/cb\">",
        "<input type=\"hidden\" name=\"error\" value=\"access_denied\"/>",
        "name=\"state\" value=\"&quot;&gt;&lt;script&gt;alert('&amp;amp;')&lt;/script&gt;\"/>",
    ] {
        assert!(html.contains(part), "{html}");
    }
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
