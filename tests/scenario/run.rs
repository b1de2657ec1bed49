//! Running a row: the server, the ticket, the client and the call.

use std::collections::BTreeMap;
use std::time::Duration;

use authlete_fail_sandbox::{Options, Sandbox, Service};
use serde_json::{Value, json};

use super::check;
use super::row::{Answer, Api, Row, Server, Ticket};
use crate::support::driver::{Driver, Reply};
use crate::support::server::{self, Then};

/// Longer than any ticket of the sandbox lives.
const A_LONG_TIME: Duration = Duration::from_secs(60 * 60 * 24 * 30);

const CLIENT_ID: &str = "26478243745571";
pub const REDIRECT_URI: &str = "https://client.example.org/cb";
/// A ticket where the server is no sandbox.
const MADE_UP_TICKET: &str = "qA7wGybwArICpbUSutrf5Xc9-i1fHE0ySOHxR1eBoBQ";

/// Runs `row` in one language and checks everything; false if the language cannot express it.
pub fn run(row: &Row, driver: &mut dyn Driver) -> bool {
    let world = World::new(row);
    let configuration = world.configuration(row);
    let Some(made) = driver.command("client", &configuration) else {
        return false;
    };
    if row.call == "client" && (made.is_whole() || row.expect.status != "OK") {
        check::check(row, &made, &world, "");
        return true;
    }
    assert_eq!(made.text("status"), "OK", "{}: the client", row.name);
    if row.call == "client" {
        return true;
    }
    let ticket = world.ticket(row);
    let before = world.requests();
    let document = request(row, &ticket);
    let Some(reply) = driver.command(&row.call, &document) else {
        return false;
    };
    let sent = world.requests() - before;
    check::check(row, &reply, &world, &ticket);
    check_sent(row, &reply, &world, &document, sent);
    true
}

fn check_sent(row: &Row, reply: &Reply, world: &World, document: &[u8], sent: usize) {
    let is_refused = reply.number("attempts") == 0;
    let expected = row.expect.sent.unwrap_or(usize::from(!is_refused));
    assert_eq!(sent, expected, "{}: requests that reached the server", row.name);
    if let Some(request) = world.scripted.as_ref().and_then(|server| server.requests().pop()) {
        let (head, body) = request.split_once("\r\n\r\n").expect("a head and a body");
        let has = |line: &str| head.lines().any(|other| other.eq_ignore_ascii_case(line));
        let agent = row.config.get("userAgent").and_then(Value::as_str);
        let agent = agent.unwrap_or(concat!("authlete-fail/", env!("CARGO_PKG_VERSION")));
        let id = &world.service.service_id;
        let prefix = match row.config.get("baseUrl").and_then(Value::as_str) {
            Some(url) => {
                url.strip_prefix("${baseUrl}").expect("it begins so").trim_end_matches('/')
            }
            None => "",
        };
        let target = format!("POST {prefix}/api/{id}{}/fail HTTP/1.1", path_of(&row.call));
        assert_eq!(head.lines().next(), Some(target.as_str()), "{}", row.name);
        assert!(has(&format!("user-agent: {agent}")), "{}: {head}", row.name);
        let token = &world.service.access_token;
        assert!(has(&format!("authorization: Bearer {token}")), "{}: {head}", row.name);
        assert!(has(&format!("host: {}", world.host())), "{}: {head}", row.name);
        assert!(has("content-type: application/json"), "{}: {head}", row.name);
        assert!(has("accept: application/json"), "{}: {head}", row.name);
        let mut names: Vec<_> = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        names.sort();
        let expected =
            ["accept", "authorization", "content-length", "content-type", "host", "user-agent"];
        assert_eq!(names, expected, "{}: {head}", row.name);
        let document: Value = serde_json::from_slice(document).expect("it was accepted");
        let without_nulls: serde_json::Map<_, _> = document
            .as_object()
            .expect("an object")
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let body: Value = serde_json::from_str(body).expect("JSON goes out");
        assert_eq!(body, Value::Object(without_nulls), "{}: what goes out", row.name);
    }
}

/// Where the requests of a row go.
pub struct World {
    sandbox: Option<Sandbox>,
    scripted: Option<server::Server>,
    base_url: String,
    service: Service,
}

impl World {
    fn new(row: &Row) -> Self {
        let then = match &row.server {
            Server::Silent => Some(Then::AnswerAndHold(Vec::new())),
            Server::Raw(bytes) => Some(Then::Answer(bytes.clone().into_bytes())),
            Server::RawAndHold(bytes) => Some(Then::AnswerAndHold(bytes.clone().into_bytes())),
            Server::Answer(answer) => Some(Then::Answer(http(answer))),
            Server::Sandbox | Server::Quiet | Server::Closed => None,
        };
        let scripted = then.map(server::Server::start);
        let sandbox = matches!(row.server, Server::Sandbox | Server::Quiet)
            .then(|| Sandbox::start(Options::default()).expect("the sandbox starts"));
        let base_url = match (&sandbox, &scripted) {
            (Some(sandbox), _) => sandbox.base_url(),
            (_, Some(server)) => server.base_url(),
            _ => server::closed(),
        };
        let mut services = Service::defaults().into_iter();
        let index = usize::from(matches!(row.server, Server::Quiet));
        let service = services.nth(index).expect("two default services");
        Self { sandbox, scripted, base_url, service }
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        self.base_url.strip_prefix("http://").expect("plain HTTP")
    }

    pub fn secrets(&self) -> [&str; 2] {
        [&self.service.access_token, &self.service.api_secret]
    }

    fn requests(&self) -> usize {
        match (&self.sandbox, &self.scripted) {
            (Some(sandbox), _) => usize::try_from(sandbox.requests()).expect("few"),
            (_, Some(server)) => server.requests().len(),
            _ => 0,
        }
    }

    fn configuration(&self, row: &Row) -> Vec<u8> {
        if row.environment.is_some() {
            return Vec::new();
        }
        if row.call == "client" {
            return text_of(row).unwrap_or_else(|| json!(row.config).to_string().into_bytes());
        }
        let mut config = match row.api {
            Api::V3 => json!({
                "serviceId": self.service.service_id, "accessToken": self.service.access_token,
            }),
            Api::V2Basic => json!({
                "apiVersion": "v2",
                "apiKey": self.service.api_key, "apiSecret": self.service.api_secret,
            }),
            Api::V2Bearer => {
                json!({ "apiVersion": "v2", "accessToken": self.service.access_token })
            }
        };
        config["baseUrl"] = json!(self.base_url);
        for (key, value) in &row.config {
            let value = match value.as_str() {
                Some(text) => json!(text.replace("${baseUrl}", &self.base_url)),
                None => value.clone(),
            };
            config[key] = value;
        }
        config.to_string().into_bytes()
    }

    fn ticket(&self, row: &Row) -> String {
        let Some(sandbox) = &self.sandbox else { return MADE_UP_TICKET.to_owned() };
        match row.ticket {
            Ticket::Unknown | Ticket::Absent => MADE_UP_TICKET.to_owned(),
            Ticket::Fresh => self.issue(row, &self.service),
            Ticket::Foreign => {
                let other = Service::defaults()
                    .into_iter()
                    .find(|other| other.service_id != self.service.service_id);
                self.issue(row, &other.expect("two default services"))
            }
            Ticket::Used => {
                let ticket = self.issue(row, &self.service);
                let path = format!("{}/fail", path_of(&row.call));
                let reason = match row.call.as_str() {
                    "backchannel_authentication" => "UNKNOWN_USER_ID",
                    _ => "UNKNOWN",
                };
                self.post(&self.service, &path, &json!({ "ticket": ticket, "reason": reason }));
                ticket
            }
            Ticket::Expired => {
                let ticket = self.issue(row, &self.service);
                sandbox.advance_clock(A_LONG_TIME);
                ticket
            }
        }
    }

    fn issue(&self, row: &Row, service: &Service) -> String {
        let mut parameters: BTreeMap<&str, &str> = match row.call.as_str() {
            "authorization" => BTreeMap::from([
                ("response_type", "code"),
                ("client_id", CLIENT_ID),
                ("redirect_uri", REDIRECT_URI),
                ("scope", "openid"),
                ("state", "af0ifjsldkj"),
            ]),
            "token" => BTreeMap::from([
                ("grant_type", "password"),
                ("username", "john"),
                ("password", "secret"),
            ]),
            _ => BTreeMap::from([("login_hint", "john"), ("scope", "openid")]),
        };
        parameters.extend(row.issue.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let parameters = form(&parameters);
        let document = match row.call.as_str() {
            "authorization" => json!({ "parameters": parameters }),
            _ => json!({
                "parameters": parameters,
                "clientId": CLIENT_ID, "clientSecret": "sandbox-client-secret",
            }),
        };
        let answer = self.post(service, path_of(&row.call), &document);
        answer["ticket"].as_str().unwrap_or_else(|| panic!("no ticket: {answer}")).to_owned()
    }

    fn post(&self, service: &Service, path: &str, document: &Value) -> Value {
        let url = format!("{}/api/{}{path}", self.base_url, service.service_id);
        let mut answer = ureq::post(url)
            .header("Authorization", format!("Bearer {}", service.access_token))
            .content_type("application/json")
            .send(document.to_string())
            .expect("the sandbox answers");
        let text = answer.body_mut().read_to_string().expect("the sandbox answers text");
        serde_json::from_str(&text).expect("the sandbox answers JSON")
    }
}

fn path_of(call: &str) -> &'static str {
    match call {
        "authorization" => "/auth/authorization",
        "token" => "/auth/token",
        _ => "/backchannel/authentication",
    }
}

/// `application/x-www-form-urlencoded`.
fn form(parameters: &BTreeMap<&str, &str>) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|b| match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                    char::from(b).to_string()
                }
                b => format!("%{b:02X}"),
            })
            .collect()
    };
    let pairs: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    pairs.join("&")
}

fn request(row: &Row, ticket: &str) -> Vec<u8> {
    if let Some(text) = text_of(row) {
        return text;
    }
    let mut document = row.request.clone();
    if row.ticket != Ticket::Absent && !document.contains_key("ticket") {
        document.insert("ticket".to_owned(), json!(ticket));
    }
    Value::Object(document).to_string().into_bytes()
}

fn text_of(row: &Row) -> Option<Vec<u8>> {
    row.hex.as_deref().map(bytes).or_else(|| row.text.clone().map(String::into_bytes))
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.split_whitespace().collect();
    digits.iter().map(|byte| u8::from_str_radix(byte, 16).expect("hex bytes")).collect()
}

/// The body that a scripted server answers with.
pub fn body_of(answer: &Answer) -> Vec<u8> {
    let mut body = match (&answer.hex, &answer.body) {
        (Some(hex), _) => bytes(hex),
        (None, Value::String(text)) => text.clone().into_bytes(),
        (None, Value::Null) => Vec::new(),
        (None, json) => json.to_string().into_bytes(),
    };
    body.resize(answer.pad.unwrap_or(body.len()), b' ');
    body
}

fn http(answer: &Answer) -> Vec<u8> {
    let body = body_of(answer);
    let mut head = format!("HTTP/1.1 {} Some Reason\r\n", answer.status);
    for (name, value) in &answer.headers {
        let value = value.as_str().expect("header values are strings");
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [head.into_bytes(), body].concat()
}
