//! The server of a scenario: the sandbox, a scripted server, or a port on which nothing listens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use authlete_fail_sandbox::{Options, Sandbox, Service};
use serde_json::{Map, Value, json};

use super::peer::Request;
use super::script::{Script, Shutdown};
use super::server;
use super::table::{Api, Scenario, Server, Ticket};
use crate::support;

/// Longer than the lifetime of the sandbox's tickets.
const AFTER_EXPIRY: Duration = Duration::from_secs(60 * 60 * 24 * 30);

const CLIENT_ID: &str = "26478243745571";
pub const REDIRECT_URI: &str = "https://client.example.org/cb";
/// The ticket if the sandbox did not issue one.
pub const UNISSUED_TICKET: &str = "qA7wGybwArICpbUSutrf5Xc9-i1fHE0ySOHxR1eBoBQ";

pub struct Backend {
    sandbox: Option<Sandbox>,
    pub scripted: Option<server::Server>,
    pub shutdown: Option<Arc<Shutdown>>,
    base_url: String,
    pub service: Service,
}

impl Backend {
    pub fn new(scenario: &Scenario) -> Self {
        let script = scenario.server.script();
        let shutdown = script.as_ref().and_then(Script::shutdown).map(Arc::new);
        let scripted = script.map(|script| script.start(shutdown.clone()));
        let sandbox = matches!(scenario.server, Server::Sandbox | Server::Quiet)
            .then(|| Sandbox::start(Options::default()).expect("the sandbox starts"));
        let base_url = match (&sandbox, &scripted) {
            (Some(sandbox), _) => sandbox.base_url(),
            (_, Some(server)) => server.config()["baseUrl"].as_str().expect("a URL").to_owned(),
            _ => format!("http://{}", support::unused_address()),
        };
        let mut services = Service::defaults().into_iter();
        let index = usize::from(matches!(scenario.server, Server::Quiet));
        let service = services.nth(index).expect("two default services");
        Self { sandbox, scripted, shutdown, base_url, service }
    }

    pub fn server(&self) -> &server::Server {
        self.scripted.as_ref().expect("a script")
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        self.base_url.split_once("://").expect("a URL").1
    }

    pub fn secrets(&self) -> [&str; 2] {
        [&self.service.access_token, &self.service.api_secret]
    }

    /// The number of requests to Authlete that the server has received.
    pub fn requests(&self) -> usize {
        match &self.sandbox {
            Some(sandbox) => usize::try_from(sandbox.requests()).expect("few"),
            None => self.scripted_requests().len(),
        }
    }

    /// The requests that a scripted server has received, without those for a tunnel.
    pub fn scripted_requests(&self) -> Vec<Request> {
        let mut requests = self.scripted.as_ref().map(server::Server::requests).unwrap_or_default();
        requests.retain(|request| !request.head.starts_with("CONNECT "));
        requests
    }

    pub fn config(&self, scenario: &Scenario) -> Vec<u8> {
        if scenario.environment.is_some() {
            return Vec::new();
        }
        if scenario.call == "client" {
            return scenario
                .text()
                .unwrap_or_else(|| json!(scenario.config).to_string().into_bytes());
        }
        let mut config = match scenario.api {
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
        config["logLevel"] = json!("debug");
        for (key, value) in &scenario.config {
            config[key] = value.as_str().map_or(value.clone(), |text| json!(self.expand(text)));
        }
        config.to_string().into_bytes()
    }

    /// Replaces the URL, host and port of the server, its certificate, and the credentials.
    pub fn expand(&self, text: &str) -> String {
        let port = self.host().rsplit(':').next().expect("a port");
        text.replace("${baseUrl}", &self.base_url)
            .replace("${host}", self.host())
            .replace("${port}", port)
            .replace("${certificate}", &server::certificate().0)
            .replace("${serviceId}", &self.service.service_id)
            .replace("${accessToken}", &self.service.access_token)
            .replace("${apiKey}", &self.service.api_key)
            .replace("${apiSecret}", &self.service.api_secret)
    }

    /// The environment of the process.
    pub fn environment(&self, scenario: &Scenario) -> Option<BTreeMap<String, String>> {
        let variables = scenario.environment.iter().flatten();
        let expanded = variables.map(|(name, value)| (name.clone(), self.expand(value)));
        scenario.environment.is_some().then(|| expanded.collect())
    }

    /// The keys of the configuration, if it is a JSON object, or of the environment.
    pub fn settings(&self, scenario: &Scenario) -> Map<String, Value> {
        let parse = |json: &[u8]| serde_json::from_slice(json).unwrap_or_default();
        let Some(mut variables) = self.environment(scenario) else {
            return parse(&self.config(scenario));
        };
        let json = variables.remove("AUTHLETE_FAIL_CONFIG_JSON").unwrap_or_default();
        let mut settings: Map<String, Value> = parse(json.as_bytes());
        let base_url = variables.remove("AUTHLETE_BASE_URL");
        settings.extend(base_url.map(|url| ("baseUrl".to_owned(), json!(url))));
        settings
    }

    /// The host and port in the configuration, and the path before `/api`.
    pub fn configured_host(&self, scenario: &Scenario) -> (String, String) {
        let settings = self.settings(scenario);
        let base_url = settings["baseUrl"].as_str().expect("a URL");
        let (_, rest) = base_url.split_once("://").expect("a URL");
        let (host, path) = rest.trim_end_matches('/').split_once('/').unwrap_or((rest, ""));
        let prefix = if path.is_empty() { String::new() } else { format!("/{path}") };
        (host.to_ascii_lowercase(), prefix)
    }

    pub fn ticket(&self, scenario: &Scenario) -> String {
        if scenario.ticket() == Ticket::Large {
            return "x".repeat(130_000);
        }
        let Some(sandbox) = &self.sandbox else { return UNISSUED_TICKET.to_owned() };
        match scenario.ticket() {
            Ticket::Unknown | Ticket::Absent | Ticket::Large => UNISSUED_TICKET.to_owned(),
            Ticket::Fresh => self.issue(scenario, &self.service),
            Ticket::Foreign => {
                let mut services = Service::defaults().into_iter();
                let other = services.find(|other| other.service_id != self.service.service_id);
                self.issue(scenario, &other.expect("two default services"))
            }
            Ticket::Used => {
                let ticket = self.issue(scenario, &self.service);
                let path = format!("{}/fail", flow(scenario));
                let reason = match flow(scenario) {
                    BACKCHANNEL_AUTHENTICATION => "UNKNOWN_USER_ID",
                    _ => "UNKNOWN",
                };
                self.post(&self.service, &path, &json!({ "ticket": ticket, "reason": reason }));
                ticket
            }
            Ticket::Expired => {
                let ticket = self.issue(scenario, &self.service);
                sandbox.advance_clock(AFTER_EXPIRY);
                ticket
            }
        }
    }

    fn issue(&self, scenario: &Scenario, service: &Service) -> String {
        let mut parameters: BTreeMap<&str, &str> = match flow(scenario) {
            AUTHORIZATION => [
                ("response_type", "code"),
                ("client_id", CLIENT_ID),
                ("redirect_uri", REDIRECT_URI),
                ("scope", "openid"),
                ("state", "af0ifjsldkj"),
            ]
            .into(),
            TOKEN => {
                [("grant_type", "password"), ("username", "john"), ("password", "secret")].into()
            }
            _ => [("login_hint", "john"), ("scope", "openid")].into(),
        };
        parameters
            .extend(scenario.issue.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let parameters = form(&parameters);
        let document = match flow(scenario) {
            AUTHORIZATION => json!({ "parameters": parameters }),
            _ => json!({
                "parameters": parameters,
                "clientId": CLIENT_ID, "clientSecret": "sandbox-client-secret",
            }),
        };
        let issued = self.post(service, flow(scenario), &document);
        issued["ticket"].as_str().unwrap_or_else(|| panic!("no ticket: {issued}")).to_owned()
    }

    fn post(&self, service: &Service, path: &str, document: &Value) -> Value {
        let url = format!("{}/api/{}{path}", self.base_url, service.service_id);
        let mut response = ureq::post(url)
            .header("Authorization", format!("Bearer {}", service.access_token))
            .content_type("application/json")
            .send(document.to_string())
            .expect("the sandbox responds");
        let text = response.body_mut().read_to_string().expect("the sandbox sends text");
        serde_json::from_str(&text).expect("the sandbox sends JSON")
    }
}

const AUTHORIZATION: &str = "/auth/authorization";
const TOKEN: &str = "/auth/token";
const BACKCHANNEL_AUTHENTICATION: &str = "/backchannel/authentication";

/// The endpoint that issues the ticket.
fn flow(scenario: &Scenario) -> &'static str {
    let mut flows = [AUTHORIZATION, TOKEN, BACKCHANNEL_AUTHENTICATION].into_iter();
    let flow = flows.find(|flow| scenario.path().starts_with(flow));
    flow.unwrap_or_else(|| panic!("{}: no endpoint issues the ticket", scenario.name))
}

/// Encodes parameters as `application/x-www-form-urlencoded`, each byte of a value.
fn form(parameters: &BTreeMap<&str, &str>) -> String {
    let encode = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}
