use std::io::{Read, Write};
use std::net::TcpStream;

use authlete_fail_sandbox::{ACCESS_TOKEN, CLIENT_SECRET, QUIET_SERVICE_ID, SERVICE_ID};
use serde_json::{Value, json};

use crate::api_client::*;
use crate::control::{delete, get, post};

#[test]
fn requests_are_listed_in_order_with_their_status() {
    let sandbox = start();
    let (api, quiet) = (ApiClient::of(&sandbox), ApiClient::of_quiet(&sandbox));
    post(&sandbox, "faults", &json!({ "status": 503, "path": "/auth/token/fail" }));
    post(&sandbox, "faults", &json!({ "disconnect": "before", "path": "/auth/token/fail" }));
    api.post(TOKEN_FAIL, JSON, r#"{"reason":"UNKNOWN","number":7}"#);
    assert!(api.try_post(TOKEN_FAIL, JSON, "[]").is_err());
    quiet.post(AUTHORIZATION_FAIL, FORM, "reason=DENIED");
    ApiClient::v2(&sandbox, "Bearer wrong").get("service/configuration");
    send("GET", &format!("{}/api/1/auth/nothing", sandbox.base_url()), &[], "");

    let listed = get(&sandbox, "requests");
    let requests = listed["requests"].as_array().unwrap();
    let expected = [
        json!([SERVICE_ID, "POST", "/auth/token/fail", {"reason":"UNKNOWN","number":7}, 503, true]),
        json!([SERVICE_ID, "POST", "/auth/token/fail", null, null, true]),
        json!([QUIET_SERVICE_ID, "POST", "/auth/authorization/fail", {"reason":"DENIED"}, 200, false]),
        json!([null, "GET", "/service/configuration", null, 401, false]),
        json!([null, "GET", "/api/1/auth/nothing", null, 404, false]),
    ];
    let members = ["serviceId", "method", "path", "body", "status", "fault"];
    let shown = requests.iter().map(|r| json!(members.map(|name| &r[name])));
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    assert_eq!(requests[0]["headers"]["content-type"], JSON);
    assert_eq!(requests[0].as_object().unwrap().len(), members.len() + 1);

    let of_quiet = format!("requests?serviceId={QUIET_SERVICE_ID}");
    assert_eq!(get(&sandbox, &of_quiet)["requests"], json!([requests[2]]));
    assert_eq!(delete(&sandbox, &of_quiet), 204);
    assert_eq!(get(&sandbox, "requests")["requests"].as_array().unwrap().len(), 4);
    assert_eq!(delete(&sandbox, "requests"), 204);
    assert_eq!(get(&sandbox, "requests"), json!({ "requests": [] }));
}

/// Makes one request of each kind with a secret, and searches the list for every secret.
#[test]
fn no_secret_is_listed() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let code = api.code("");
    let tokens = api.token(&format!("grant_type=authorization_code&code={code}"));
    let refresh = tokens["refreshToken"].as_str().unwrap();
    api.token(&format!("grant_type=refresh_token&refresh_token={refresh}"));
    api.token(
        "grant_type=password&username=john&password=correct-horse&code_verifier=pkce-verifier",
    );
    let ticket = api.authorization_ticket("");
    api.post(AUTHORIZATION_FAIL, FORM, &format!("ticket={ticket}&reason=DENIED"));
    let nested = json!({ "ticket": ["array-secret"], "a": { "clientSecret": "nested-secret" } });
    api.post(TOKEN_FAIL, JSON, &nested.to_string());
    let backchannel = json!({
        "parameters": "login_hint_token=hint-token-1&user_code=ciba-user-code&client_notification_token=note-1-token",
        "clientId": "1", "clientSecret": "wrong-secret",
    });
    api.post("backchannel/authentication", JSON, &backchannel.to_string());
    let url = format!("{}/api/auth/token/fail", sandbox.base_url());
    for (name, value) in [
        ("Authorization", "Basic MjE2NTM4MzUzNDg3NjI6c2VjcmV0"),
        ("Authorization", "raw-authorization"),
        ("DPoP", "eyJ0.proof.signature"),
        ("Cookie", "session=cookie-secret"),
        ("X-Api-Key", "gateway-key"),
        ("X-Forwarded-Authorization", "Bearer fwd-access-token"),
        ("X-Auth", "custom-scheme-value"),
    ] {
        send("POST", &url, &[(name, value), ("Content-Type", JSON)], "{}");
    }

    for path in [
        "api/21653835348762/auth/token/delete/path-secret-of-an-access-token",
        "api/path-secret-instead-of-an-id/auth/token",
    ] {
        send("DELETE", &format!("{}/{path}", sandbox.base_url()), &[], "");
    }

    let text = get(&sandbox, "requests").to_string();
    for secret in [
        ACCESS_TOKEN,
        CLIENT_SECRET,
        &code,
        refresh,
        &ticket,
        "correct-horse",
        "pkce-verifier",
        "array-secret",
        "nested-secret",
        "hint-token-1",
        "ciba-user-code",
        "note-1-token",
        "wrong-secret",
        "MjE2NTM4",
        "raw-authorization",
        "eyJ0.proof",
        "session=cookie-secret",
        "gateway-key",
        "fwd-access-token",
        "custom-scheme-value",
        "path-secret",
    ] {
        let (first, rest) = secret.split_at(4);
        assert!(!text.contains(&secret[..5]), "{first}…{rest} in {text}");
    }
    assert!(text.contains("Bearer sand…") && text.contains("username=john"), "{text}");
    assert!(text.contains("/api/21653835348762/auth/token/delete/path…"), "{text}");
}

#[test]
fn the_last_thousand_requests_are_kept_without_large_bodies() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let mut stream = TcpStream::connect(sandbox.base_url().replace("http://", "")).unwrap();
    for number in 0..1005 {
        let body = json!({ "reason": number }).to_string();
        let length = body.len();
        let connection = if number == 1004 { "close" } else { "keep-alive" };
        let headers =
            format!("Host: localhost\r\nContent-Length: {length}\r\nConnection: {connection}");
        write!(stream, "POST /api/auth/token/fail HTTP/1.1\r\n{headers}\r\n\r\n{body}").unwrap();
    }
    stream.read_to_end(&mut Vec::new()).unwrap();
    let large = json!({ "reason": "x".repeat(17_000) }).to_string();
    api.post(TOKEN_FAIL, JSON, &large);
    let listed = get(&sandbox, "requests");
    let requests = listed["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 1000);
    assert_eq!(requests[0]["body"], json!({ "reason": 6 }));
    assert_eq!(requests[999]["body"], Value::Null);
}
