//! The authorization code flow, from the authorization request to the tokens.

use std::time::Duration;

use authlete_fail_sandbox::{Client, Options, Sandbox, Service};
use serde_json::{Value, json};

use crate::api_client::*;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str =
    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
const REDIRECT_URI: &str = "&redirect_uri=https://client.example.org/a";

fn exchange(api: &ApiClient, code: &str, more: &str) -> Value {
    api.token(&format!("grant_type=authorization_code&code={code}{more}"))
}

fn assert_invalid_grant(document: &Value, code: &str) {
    assert_refused(document, "BAD_REQUEST", code, "invalid_grant");
}

#[test]
fn a_login_ends_in_tokens_for_v3_and_v2() {
    let sandbox = start();
    for api in [ApiClient::of(&sandbox), ApiClient::v2(&sandbox, "Bearer sandbox-access-token")] {
        let more = format!("{CHALLENGE}{REDIRECT_URI}&scope=read+write&state=s1");
        let request = json!({ "ticket": api.authorization_ticket(&more), "subject": "john" });
        let document = api.call(AUTHORIZATION_ISSUE, &request);
        assert_eq!(
            (&document["action"], &document["resultCode"]),
            (&json!("LOCATION"), &json!("A040001"))
        );
        let location = content(&document);
        let code = document["authorizationCode"].as_str().unwrap();
        let expected = format!(
            "https://client.example.org/a?code={code}&state=s1&iss=https%3A%2F%2Fas.example.com"
        );
        assert_eq!(location, expected);

        let document = exchange(&api, code, &format!("{REDIRECT_URI}&code_verifier={VERIFIER}"));
        assert_eq!(
            (&document["action"], &document["resultCode"]),
            (&json!("OK"), &json!("A050001"))
        );
        assert_eq!(document["grantType"], "AUTHORIZATION_CODE");
        assert_eq!(document["subject"], "john");
        assert_eq!(document["scopes"], json!(["read", "write"]));
        let expected = json!({
            "access_token": document["accessToken"], "token_type": "Bearer",
            "expires_in": document["accessTokenDuration"], "scope": "read write",
            "refresh_token": document["refreshToken"],
        });
        assert_eq!(json_content(&document), expected);
        assert_eq!(document["accessToken"].as_str().unwrap().len(), 43);
    }
}

#[test]
fn a_code_is_for_one_use() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let code = api.code("");
    assert_eq!(exchange(&api, &code, "")["action"], "OK");
    assert_invalid_grant(&exchange(&api, &code, ""), "A050305");
}

#[test]
fn one_of_many_concurrent_requests_gets_the_tokens() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let code = api.code("");
    let actions: Vec<Value> = std::thread::scope(|scope| {
        let request = || exchange(&api, &code, "")["action"].clone();
        let requests: Vec<_> = (0..16).map(|_| scope.spawn(request)).collect();
        requests.into_iter().map(|request| request.join().unwrap()).collect()
    });
    assert_eq!(actions.iter().filter(|action| **action == "OK").count(), 1, "{actions:?}");
}

/// None of these requests consumes the code.
#[test]
fn the_code_verifier_must_match_the_challenge() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let plain = format!("&code_challenge={VERIFIER}");
    let wrong = VERIFIER.replace('d', "e");
    let cases = [
        (CHALLENGE, String::new(), "A050312"),
        (CHALLENGE, "&code_verifier=".to_owned(), "A050313"),
        (CHALLENGE, format!("&code_verifier={wrong}"), "A050315"),
        (CHALLENGE, "&code_verifier=short".to_owned(), "A050316"),
        (&plain, format!("&code_verifier={wrong}"), "A050315"),
        (&*format!("{plain}&code_challenge_method=plain"), String::new(), "A050312"),
    ];
    for (challenge, verifier, refused) in cases {
        let code = api.code(challenge);
        assert_invalid_grant(&exchange(&api, &code, &verifier), refused);
        let document = exchange(&api, &code, &format!("&code_verifier={VERIFIER}"));
        assert_eq!(document["resultCode"], "A050001", "{challenge} {verifier}");
    }
    let document = exchange(&api, &api.code(""), &format!("&code_verifier={VERIFIER}"));
    assert_invalid_grant(&document, "A050317");
}

#[test]
fn the_redirect_uri_must_be_the_same() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for (sent, presented, refused) in [
        (REDIRECT_URI, "", "A050308"),
        (REDIRECT_URI, "&redirect_uri=https://client.example.org/b", "A050309"),
        ("", "&redirect_uri=https://client.example.org/cb", "A050310"),
    ] {
        let code = api.code(sent);
        assert_invalid_grant(&exchange(&api, &code, presented), refused);
        assert_eq!(exchange(&api, &code, sent)["action"], "OK");
    }
}

#[test]
fn a_code_expires_after_ten_minutes() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    for (seconds, code) in [(590, "A050001"), (600, "A050311")] {
        let issued = api.code("");
        sandbox.advance_clock(Duration::from_secs(seconds));
        assert_eq!(exchange(&api, &issued, "")["resultCode"], code);
    }
}

#[test]
fn a_code_belongs_to_a_client_of_a_service() {
    let mut services = Service::defaults();
    services[0].clients.extend([Client::new(2, "other"), Client::new(3, "")]);
    let sandbox = Sandbox::start(Options { services, ..Options::default() }).unwrap();
    let api = ApiClient::of(&sandbox);
    let code = api.code("");
    let foreign = exchange(&ApiClient::of_quiet(&sandbox), &code, "");
    assert_refused(&foreign, "BAD_REQUEST", "A050306", "invalid_grant");

    let request = |more: &str| {
        let parameters = format!("grant_type=authorization_code&code={code}{more}");
        api.call("auth/token", &json!({ "parameters": parameters }))
    };
    assert_invalid_grant(&request("&client_id=2&client_secret=other"), "A050307");
    assert_invalid_grant(&request("&client_id=3"), "A050307");
    assert_refused(&request("&client_id=2"), "INVALID_CLIENT", "A157304", "invalid_client");
    let document = request("&client_id=2&client_secret=wrong");
    assert_refused(&document, "INVALID_CLIENT", "A157305", "invalid_client");
    assert_invalid_grant(&exchange(&api, "unknown", ""), "A050305");
    for (parameters, code) in [("", "A050301"), ("&code=", "A050302")] {
        let document = api.token(&format!("grant_type=authorization_code{parameters}"));
        assert_refused(&document, "BAD_REQUEST", code, "invalid_request");
    }
    assert_eq!(exchange(&api, &code, "")["action"], "OK");
}

#[test]
fn a_public_client_has_no_secret() {
    let mut services = Service::defaults();
    services[0].clients = vec![Client::new(3, "")];
    let sandbox = Sandbox::start(Options { services, ..Options::default() }).unwrap();
    let api = ApiClient::of(&sandbox);
    let request = json!({ "parameters": format!("response_type=code&client_id=3{CHALLENGE}") });
    let request = json!({ "ticket": api.ticket("auth/authorization", &request), "subject": "a" });
    let code = query(content(&api.call(AUTHORIZATION_ISSUE, &request)))["code"].clone();
    let exchange = |more: &str| {
        let parameters = format!(
            "grant_type=authorization_code&client_id=3&code={code}&code_verifier={VERIFIER}{more}"
        );
        api.call("auth/token", &json!({ "parameters": parameters }))
    };
    let document = exchange("&client_secret=x");
    assert_refused(&document, "INVALID_CLIENT", "A157303", "invalid_client");
    assert_eq!(exchange("&client_secret=")["action"], "OK");
}

/// The errors that the OAuth client receives by redirection.
#[test]
fn an_invalid_authorization_request_is_redirected() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let short = "&code_challenge=short";
    let method = format!("{CHALLENGE}512");
    for (more, code) in [
        ("&prompt=none+login", "A016304"),
        ("&max_age=soon", "A017303"),
        ("&claims=%5B%5D", "A022303"),
        ("&code_challenge=", "A124302"),
        (short, "A124304"),
        (&*method, "A124306"),
    ] {
        let parameters = format!("response_type=code&client_id=26478243745571&state=s1{more}");
        for (mode, action) in [("query", "LOCATION"), ("form_post", "FORM")] {
            let request = json!({ "parameters": format!("{parameters}&response_mode={mode}") });
            let document = api.call("auth/authorization", &request);
            assert_eq!(
                (&document["action"], &document["resultCode"]),
                (&json!(action), &json!(code))
            );
            assert!(content(&document).contains("invalid_request"), "{document}");
        }
        let request = json!({ "parameters": parameters });
        let document = api.call("auth/authorization", &request);
        assert_eq!(query(content(&document))["state"], "s1");
    }
}
