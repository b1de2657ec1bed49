//! A client for the API of a sandbox, with the credentials of one service.

use std::collections::HashMap;
use std::time::Duration;

use authlete_fail_sandbox::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, Options, QUIET_ACCESS_TOKEN, QUIET_SERVICE_ID,
    SERVICE_ID, Sandbox,
};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

pub const JSON: &str = "application/json";
pub const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Sends a request, without the headers whose value is empty.
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Response {
    try_send(method, url, headers, body).unwrap_or_else(|error| panic!("{url}: {error}"))
}

pub fn try_send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Response, ureq::Error> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into();
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body.to_owned()).unwrap())?;
    let text = response.body_mut().read_to_string()?;
    Ok(Response { status: response.status().as_u16(), headers: response.headers().clone(), text })
}

pub struct ApiClient {
    api: String,
    authorization: String,
}

impl ApiClient {
    pub fn of(sandbox: &Sandbox) -> Self {
        Self::v3(sandbox, SERVICE_ID, ACCESS_TOKEN)
    }

    pub fn of_quiet(sandbox: &Sandbox) -> Self {
        Self::v3(sandbox, QUIET_SERVICE_ID, QUIET_ACCESS_TOKEN)
    }

    pub fn v3(sandbox: &Sandbox, service_id: &str, token: &str) -> Self {
        let api = format!("{}/api/{service_id}/", sandbox.base_url());
        Self { api, authorization: format!("Bearer {token}") }
    }

    pub fn v2(sandbox: &Sandbox, authorization: &str) -> Self {
        let api = format!("{}/api/", sandbox.base_url());
        Self { api, authorization: authorization.to_owned() }
    }

    /// Makes a call whose API response must have HTTP status 200 and an action.
    pub fn call(&self, path: &str, request: &Value) -> Value {
        let response = self.post(path, JSON, &request.to_string());
        assert_eq!(response.status, 200, "{}", response.text);
        let document = response.json();
        let prefix = format!("[{}] ", document["resultCode"].as_str().unwrap());
        assert!(document["resultMessage"].as_str().unwrap().starts_with(&prefix), "{document}");
        document
    }

    pub fn post(&self, path: &str, content_type: &str, body: &str) -> Response {
        self.try_post(path, content_type, body).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Fails if there is no complete response.
    pub fn try_post(
        &self,
        path: &str,
        content_type: &str,
        body: &str,
    ) -> Result<Response, ureq::Error> {
        let headers = [("Authorization", &*self.authorization), ("Content-Type", content_type)];
        try_send("POST", &format!("{}{path}", self.api), &headers, body)
    }

    pub fn get(&self, path: &str) -> Response {
        send("GET", &format!("{}{path}", self.api), &[("Authorization", &self.authorization)], "")
    }

    /// A new ticket for `fail`, the path of one of the three calls.
    pub fn ticket_for(&self, fail: &str) -> String {
        match fail {
            AUTHORIZATION_FAIL => self.authorization_ticket(""),
            TOKEN_FAIL => self.ticket("auth/token", &token_request()),
            BACKCHANNEL_FAIL => self.ticket("backchannel/authentication", &backchannel_request()),
            _ => panic!("no tickets for {fail}"),
        }
    }

    /// A new ticket for an authorization request to which `more` is appended; it starts with `&`.
    pub fn authorization_ticket(&self, more: &str) -> String {
        let response_type =
            if more.contains("response_type=") { "" } else { "response_type=code&" };
        let parameters = format!("{response_type}client_id={CLIENT_ID}{more}");
        self.ticket("auth/authorization", &json!({ "parameters": parameters }))
    }

    /// A code for an authorization request that ends with `more`, as the user john.
    pub fn code(&self, more: &str) -> String {
        let request = json!({ "ticket": self.authorization_ticket(more), "subject": "john" });
        let document = self.call(AUTHORIZATION_ISSUE, &request);
        assert_eq!(document["resultCode"], "A040001", "{document}");
        let code = query(content(&document))["code"].clone();
        assert_eq!(document["authorizationCode"], code);
        code
    }

    /// Makes a token request as the built-in client.
    pub fn token(&self, parameters: &str) -> Value {
        let request = json!({
            "parameters": parameters, "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
        });
        self.call("auth/token", &request)
    }

    pub fn ticket(&self, path: &str, request: &Value) -> String {
        let document = self.call(path, request);
        let ticket = document["ticket"].as_str().unwrap_or_else(|| panic!("{document}"));
        assert_eq!(ticket.len(), 43);
        assert!(ticket.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        ticket.to_owned()
    }
}

pub const AUTHORIZATION_FAIL: &str = "auth/authorization/fail";
pub const AUTHORIZATION_ISSUE: &str = "auth/authorization/issue";
pub const TOKEN_FAIL: &str = "auth/token/fail";
pub const BACKCHANNEL_FAIL: &str = "backchannel/authentication/fail";

pub fn token_request() -> Value {
    json!({
        "parameters": "grant_type=password&username=john&password=wrong&scope=read",
        "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
    })
}

pub fn backchannel_request() -> Value {
    json!({
        "parameters": "login_hint=john&scope=openid&user_code=1234&binding_message=hello",
        "clientId": CLIENT_ID.to_string(), "clientSecret": CLIENT_SECRET,
    })
}

pub fn start() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

/// The `responseContent` of an API response, as text.
pub fn content(document: &Value) -> &str {
    document["responseContent"].as_str().unwrap_or_else(|| panic!("{document}"))
}

/// The `responseContent` of an API response, as JSON.
pub fn json_content(document: &Value) -> Value {
    serde_json::from_str(content(document)).unwrap()
}

/// Asserts that an API response has an OAuth error for the client.
pub fn assert_refused(document: &Value, action: &str, code: &str, error: &str) {
    assert_eq!(
        (&document["action"], &document["resultCode"]),
        (&json!(action), &json!(code)),
        "{document}"
    );
    assert_eq!(json_content(document)["error"], error, "{document}");
    assert!(!document["resultMessage"].as_str().unwrap().contains('{'), "{document}");
}

/// The parameters of a query or a fragment.
pub fn parameters(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// The parameters of a redirect URI's query.
pub fn query(location: &str) -> HashMap<String, String> {
    parameters(location.split_once('?').unwrap().1)
}
