//! One user of one service: calls the API, and reads what comes back.

use std::collections::HashMap;

use authlete_fail_sandbox::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, Options, QUIET_ACCESS_TOKEN, QUIET_SERVICE_ID,
    SERVICE_ID, Sandbox,
};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

pub const JSON: &str = "application/json";
pub const FORM: &str = "application/x-www-form-urlencoded";

pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Any request; an empty header value means that the header is not sent.
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body.to_owned()).unwrap()).unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    Reply { status: response.status().as_u16(), headers: response.headers().clone(), text }
}

pub struct User {
    api: String,
    authorization: String,
}

impl User {
    pub fn of(sandbox: &Sandbox) -> Self {
        Self::v3(sandbox, SERVICE_ID, ACCESS_TOKEN)
    }

    pub fn of_quiet(sandbox: &Sandbox) -> Self {
        Self::v3(sandbox, QUIET_SERVICE_ID, QUIET_ACCESS_TOKEN)
    }

    fn v3(sandbox: &Sandbox, service_id: &str, token: &str) -> Self {
        let api = format!("{}/api/{service_id}/", sandbox.base_url());
        Self { api, authorization: format!("Bearer {token}") }
    }

    pub fn v2(sandbox: &Sandbox, authorization: &str) -> Self {
        let api = format!("{}/api/", sandbox.base_url());
        Self { api, authorization: authorization.to_owned() }
    }

    /// A call that must be answered with HTTP 200, as every business answer is.
    pub fn call(&self, path: &str, request: &Value) -> Value {
        let reply = self.post(path, JSON, &request.to_string());
        assert_eq!(reply.status, 200, "{}", reply.text);
        let document = reply.json();
        let prefix = format!("[{}] ", document["resultCode"].as_str().unwrap());
        assert!(document["resultMessage"].as_str().unwrap().starts_with(&prefix), "{document}");
        document
    }

    pub fn post(&self, path: &str, content_type: &str, body: &str) -> Reply {
        let headers = [("Authorization", &*self.authorization), ("Content-Type", content_type)];
        send("POST", &format!("{}{path}", self.api), &headers, body)
    }

    pub fn get(&self, path: &str) -> Reply {
        send("GET", &format!("{}{path}", self.api), &[("Authorization", &self.authorization)], "")
    }

    /// A fresh ticket for `fail`, one of the three calls.
    pub fn ticket_for(&self, fail: &str) -> String {
        match fail {
            AUTHORIZATION_FAIL => self.authorization_ticket(""),
            TOKEN_FAIL => self.ticket("auth/token", &token_request()),
            BACKCHANNEL_FAIL => self.ticket("backchannel/authentication", &backchannel_request()),
            _ => panic!("no tickets for {fail}"),
        }
    }

    /// `more` is appended to the authorization request, beginning with `&`.
    pub fn authorization_ticket(&self, more: &str) -> String {
        let response_type =
            if more.contains("response_type=") { "" } else { "response_type=code&" };
        let parameters = format!("{response_type}client_id={CLIENT_ID}{more}");
        self.ticket("auth/authorization", &json!({ "parameters": parameters }))
    }

    fn ticket(&self, path: &str, request: &Value) -> String {
        let document = self.call(path, request);
        let ticket = document["ticket"].as_str().unwrap_or_else(|| panic!("{document}"));
        assert_eq!(ticket.len(), 43);
        assert!(ticket.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        ticket.to_owned()
    }
}

pub const AUTHORIZATION_FAIL: &str = "auth/authorization/fail";
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

/// The `responseContent` of an answer, as text.
pub fn content(document: &Value) -> &str {
    document["responseContent"].as_str().unwrap_or_else(|| panic!("{document}"))
}

/// The `responseContent` of an answer, as JSON.
pub fn json_content(document: &Value) -> Value {
    serde_json::from_str(content(document)).unwrap()
}

/// The parameters of a query or a fragment.
pub fn parameters(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// The parameters of a redirect URI's query.
pub fn query(location: &str) -> HashMap<String, String> {
    parameters(location.split_once('?').unwrap().1)
}
