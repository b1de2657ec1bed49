use authlete_fail_sandbox::{Client, DeliveryMode, Options, Sandbox, Service, StartError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::api_client::*;

const V3: &str = "/api/21653835348762/auth/token/fail";
const QUIET: &str = "/api/21653835348763/auth/token/fail";
const V2: &str = "/api/auth/token/fail";
const TOKEN: &str = "Bearer sandbox-access-token";

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

#[test]
fn credentials_identify_the_service() {
    let sandbox = start();
    let good = basic("21653835348762:sandbox-api-secret");
    let lower_case = good.replace("Basic", "basic");
    let cases: &[(&str, &str, u16, &str)] = &[
        (V3, TOKEN, 200, "A063201"),
        (V3, "bearer sandbox-access-token", 200, "A063201"),
        (V3, "BEARER  sandbox-access-token", 200, "A063201"),
        (V2, TOKEN, 200, "A063201"),
        (V2, &good, 200, "A063201"),
        (V2, &lower_case, 200, "A063201"),
        (QUIET, "Bearer sandbox-quiet-access-token", 200, "A063201"),
        (V3, "", 401, "A001202"),
        (V2, "", 401, "A001202"),
        (V3, "Bearer", 400, "A001203"),
        (V3, "Bearer a b", 400, "A001203"),
        (V3, "secret-without-scheme", 400, "A001203"),
        (V3, "DPoP sandbox-access-token", 400, "A001203"),
        (V2, "Basic ***", 400, "A001203"),
        (V2, &basic("no colon"), 400, "A001203"),
        (V2, &basic(":"), 400, "A001203"),
        (V3, "Bearer wrong", 401, "A172101"),
        (V2, "Bearer wrong", 401, "A172101"),
        (V3, &good, 401, "A172101"),
        (V2, &basic("1:sandbox-api-secret"), 401, "A003201"),
        (V2, &basic("21653835348762:wrong"), 401, "A003204"),
        (V2, &basic("21653835348762:sandbox-quiet-api-secret"), 401, "A003204"),
        (QUIET, TOKEN, 403, "A172101"),
        ("/api/1/auth/token/fail", TOKEN, 403, "A172101"),
        ("/api/api/auth/token/fail", TOKEN, 403, "A172101"),
    ];
    for (path, authorization, status, code) in cases {
        let headers = [("Authorization", *authorization), ("Content-Type", JSON)];
        let response = send("POST", &format!("{}{path}", sandbox.base_url()), &headers, "{}");
        assert_eq!(response.status, *status, "{path} {authorization}");
        assert_eq!(response.json()["resultCode"], *code, "{path} {authorization}");
        assert_eq!(response.header("content-type"), JSON);
        let echoed =
            authorization.split(' ').any(|word| word.len() > 9 && response.text.contains(word));
        assert!(!echoed, "{}", response.text);
    }
    let response = send("POST", &format!("{}{V3}", sandbox.base_url()), &[], "{}");
    assert_eq!(
        response.json()["resultMessage"],
        "[A001202] /auth/token/fail, Authorization header is missing."
    );
}

#[test]
fn the_service_is_found_by_its_v2_credentials() {
    let sandbox = start();
    let v2 = ApiClient::v2(&sandbox, &basic("21653835348763:sandbox-quiet-api-secret"));
    let request = json!({ "ticket": v2.authorization_ticket(""), "reason": "DENIED" });
    assert_eq!(ApiClient::of(&sandbox).call(AUTHORIZATION_FAIL, &request)["resultCode"], "A059203");
    assert_eq!(
        ApiClient::of_quiet(&sandbox).call(AUTHORIZATION_FAIL, &request)["action"],
        "LOCATION"
    );
}

#[test]
fn unknown_paths_and_methods_are_refused() {
    let sandbox = start();
    let cases = [
        ("POST", "/", 404, ""),
        ("POST", "/api", 404, ""),
        ("POST", "/api/", 404, ""),
        ("POST", "/api/21653835348762/auth/token/fail/", 404, ""),
        ("POST", "//api/auth/token/fail", 404, ""),
        ("POST", "/api/21653835348762/auth/token/create", 404, ""),
        ("POST", "/api/21653835348762/lifecycle/healthcheck", 404, ""),
        ("GET", V3, 405, "POST"),
        ("HEAD", V3, 405, "POST"),
        ("PUT", V2, 405, "POST"),
        ("POST", "/api/lifecycle/healthcheck", 405, "GET, HEAD"),
        ("POST", "/sandbox", 405, "GET, HEAD"),
        ("GET", "/sandbox/clock", 405, "POST"),
        ("GET", "/sandbox/other", 404, ""),
        ("GET", "/sandboxes", 404, ""),
        ("HEAD", "/sandbox", 200, ""),
    ];
    for (method, path, status, allow) in cases {
        let headers = [("Authorization", TOKEN), ("Content-Type", JSON)];
        let response = send(method, &format!("{}{path}", sandbox.base_url()), &headers, "");
        assert_eq!((response.status, response.header("allow")), (status, allow), "{method} {path}");
        let text = match (method, status) {
            ("HEAD", _) => "",
            (_, 404) => r#"{"resultCode":404,"resultMessage":""}"#,
            _ => r#"{"resultMessage":"The method is not allowed."}"#,
        };
        assert!(response.text == text || path.starts_with("/sandbox"), "{}", response.text);
    }
}

#[test]
fn a_body_is_json_or_a_form() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let large = format!(r#"{{"ticket":"{}"}}"#, "x".repeat(1024 * 1024));
    let cases: &[(&str, &str, u16, &str)] = &[
        (JSON, "{}", 200, "A063201"),
        ("application/json;charset=UTF-8", "{}", 200, "A063201"),
        ("Application/JSON ; Charset=utf-8", "{}", 200, "A063201"),
        (JSON, r#" {"ticket":null,"unknown":{"a":[1]}} "#, 200, "A063201"),
        (JSON, r#"{"ticket":12}"#, 200, "A063202"),
        (FORM, "ticket=x&unknown=y", 200, "A063202"),
        (FORM, "", 200, "A063201"),
        ("", "{}", 400, "A258201"),
        ("text/plain", "{}", 415, ""),
        ("application/jsonp", "{}", 415, ""),
        (JSON, "", 400, ""),
        (JSON, "{", 400, ""),
        (JSON, "[]", 400, ""),
        (JSON, "null", 400, ""),
        (JSON, r#"{"ticket":"a"} x"#, 400, ""),
        (JSON, "\u{feff}{}", 400, ""),
        (JSON, r#"{"ticket":["a"]}"#, 400, ""),
        (JSON, r#"{"reason":{}}"#, 400, ""),
        (JSON, r#"{"ticket":true}"#, 400, ""),
        (JSON, &large, 413, ""),
    ];
    for (content_type, body, status, code) in cases {
        let response = api.post(TOKEN_FAIL, content_type, body);
        let start: String = body.chars().take(40).collect();
        assert_eq!(response.status, *status, "{content_type} {start}");
        let document = response.json();
        assert_eq!(document["resultCode"].as_str().unwrap_or_default(), *code, "{document}");
        assert!(!document["resultMessage"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_form_works_like_json() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let parameters = "parameters=response_type%3Dcode%26client_id%3D26478243745571";
    let ticket = api.post("auth/authorization", FORM, parameters).json()["ticket"].clone();
    let body = format!("ticket={}&reason=DENIED&description=a+b", ticket.as_str().unwrap());
    let document = api.post(AUTHORIZATION_FAIL, FORM, &body).json();
    assert_eq!(query(content(&document))["error_description"], "a b");
}

#[test]
fn every_api_response_has_its_own_request_id() {
    let sandbox = start();
    let api = ApiClient::of(&sandbox);
    let id = |response: Response| response.header("request-id").to_owned();
    assert_eq!(id(api.post(TOKEN_FAIL, JSON, "{}")), "sandbox-1");
    assert_eq!(id(api.post(TOKEN_FAIL, JSON, "{")), "sandbox-2");
    assert_eq!(id(api.post("nothing", JSON, "{}")), "sandbox-3");
}

#[test]
fn health_and_echo_need_no_credentials() {
    let sandbox = start();
    let url = |path: &str| format!("{}/api/{path}", sandbox.base_url());
    let health = send("GET", &url("lifecycle/healthcheck"), &[], "");
    assert_eq!(
        (health.status, &*health.text, health.header("content-type")),
        (200, "OK", "text/plain")
    );
    assert_eq!(send("HEAD", &url("lifecycle/healthcheck"), &[], "").status, 200);
    for method in ["GET", "POST"] {
        let echo = send(method, &url("misc/echo?a=1&b=x%20y"), &[], "");
        assert_eq!((echo.status, echo.json()), (200, json!({ "a": "1", "b": "x y" })));
    }
}

#[test]
fn ambiguous_and_incomplete_services_are_refused() {
    type Change = fn(&mut Service);
    let cases: [(Change, &str); 6] = [
        (|s| s.service_id = "1".into(), "duplicate serviceId \"1\""),
        (|s| s.service_id = "a/b".into(), "serviceId \"a/b\" must contain only"),
        (|s| s.access_token = "t".into(), "has the accessToken of another service"),
        (|s| s.access_token = String::new(), "is empty"),
        (|s| s.api_key = "k".into(), "service 21653835348763 has the apiKey of another"),
        (
            |s| s.clients[0].delivery_mode = DeliveryMode::Ping,
            "client 26478243745571 has no clientNotificationEndpoint",
        ),
    ];
    for (change, expected) in cases {
        let mut services = Service::defaults();
        services.iter_mut().for_each(change);
        match Sandbox::start(Options { services, ..Options::default() }) {
            Err(StartError::Services(message)) => assert!(message.contains(expected), "{message}"),
            _ => panic!("started"),
        }
    }
}

#[test]
fn a_configured_service_works() {
    let service = Service {
        service_id: "mine".into(),
        access_token: "mine".into(),
        api_key: String::new(),
        api_secret: String::new(),
        issuer: "https://mine.example".into(),
        clients: vec![Client { redirect_uri: "app:/cb".into(), ..Client::new(7, "s") }],
        error_description_omitted: true,
        error_uri_omitted: true,
        iss_suppressed: false,
        ..Service::defaults().remove(0)
    };
    let sandbox =
        Sandbox::start(Options { services: vec![service], ..Options::default() }).unwrap();
    let api = ApiClient::v2(&sandbox, "Bearer mine");
    let request = json!({ "parameters": "response_type=code&client_id=7" });
    let ticket = api.call("auth/authorization", &request)["ticket"].clone();
    let request = json!({ "ticket": ticket, "reason": "DENIED" });
    let document = api.call(AUTHORIZATION_FAIL, &request);
    assert_eq!(content(&document), "app:/cb?error=access_denied&iss=https%3A%2F%2Fmine.example");
}
