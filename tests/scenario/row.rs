//! A row of the table: what a server does, and what its author sees.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The rows, in their order; a misspelt member is an error.
pub fn table() -> Vec<Row> {
    serde_json::from_str(&expand(include_str!("../scenarios.json"))).expect("tests/scenarios.json")
}

/// Writes `${text*N}` out as N times the text.
fn expand(table: &str) -> String {
    let mut expanded = String::new();
    let mut rest = table;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let (inside, after) = after.split_once('}').expect("the end of ${");
        match inside.rsplit_once('*') {
            Some((text, times)) => {
                expanded.push_str(&text.repeat(times.parse().expect("${text*N}")));
            }
            None => expanded.extend(["${", inside, "}"]),
        }
        rest = after;
    }
    expanded + rest
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Row {
    pub name: String,
    /// A call, or `client` where making the client is the scenario.
    pub call: String,
    #[serde(default)]
    pub api: Api,
    /// Keys beside those that lead to the server.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// Instead: the environment of the process, with an empty configuration.
    pub environment: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub server: Server,
    /// Parameters of the OAuth request beside the usual ones.
    #[serde(default)]
    pub issue: BTreeMap<String, String>,
    #[serde(default)]
    pub ticket: Ticket,
    /// The request document; the ticket is added. `${ticket}` stands for it.
    #[serde(default)]
    pub request: Map<String, Value>,
    /// Instead: the text as it is, of the request or of the configuration.
    pub text: Option<String>,
    /// Instead: bytes that are no text.
    pub hex: Option<String>,
    pub expect: Expect,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    #[default]
    V3,
    V2Basic,
    V2Bearer,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Ticket {
    #[default]
    Fresh,
    Used,
    Expired,
    /// Issued to another service.
    Foreign,
    /// Never issued.
    Unknown,
    /// The request has none.
    Absent,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Server {
    #[default]
    Sandbox,
    /// The sandbox's service that leaves out descriptions, URIs and `iss`.
    Quiet,
    /// Nothing listens.
    Closed,
    /// Reads the request and never answers.
    Silent,
    Answer(Box<Answer>),
    /// Bytes instead of HTTP made from parts.
    Raw(String),
    /// The same, and the connection stays open.
    RawAndHold(String),
}

/// What Authlete answers in this scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// A string is the body itself, anything else JSON.
    #[serde(default)]
    pub body: Value,
    pub hex: Option<String>,
    /// Spaces are added up to this many bytes.
    pub pad: Option<usize>,
}

fn ok() -> u16 {
    200
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expect {
    #[serde(default = "ok_name")]
    pub status: String,
    pub outcome: Option<String>,
    pub ticket_state: Option<String>,
    pub attempts: Option<i64>,
    pub http_status: Option<i64>,
    #[serde(default = "not_said")]
    pub retry_after_ms: i64,
    /// `${host}` stands for host and port of the server.
    pub error: Option<String>,
    pub action: Option<String>,
    pub result_code: Option<String>,
    pub request_id: Option<String>,
    /// Whether Authlete's document is there.
    pub json: Option<bool>,
    #[serde(default)]
    pub response: Response,
    /// Requests that reached the server.
    pub sent: Option<usize>,
}

fn ok_name() -> String {
    "OK".to_owned()
}

fn not_said() -> i64 {
    -1
}

/// The HTTP response for the OAuth client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Response {
    /// What is safe to send whatever happened.
    #[default]
    SafeError,
    Json {
        status: i64,
        body: Map<String, Value>,
    },
    /// A redirect with these parameters, and no others, behind `?` or `#`.
    Location {
        status: i64,
        mark: char,
        parameters: BTreeMap<String, String>,
    },
    /// A redirect to exactly this.
    LocationText {
        text: String,
    },
    /// A redirect of this many bytes.
    LocationLength {
        length: usize,
    },
    /// A page whose form posts these fields, and no others.
    Form {
        fields: BTreeMap<String, String>,
    },
    /// As `Location`, with one parameter `response`, a JWT with at least these claims.
    JwtLocation {
        mark: char,
        claims: Map<String, Value>,
    },
    JwtForm {
        claims: Map<String, Value>,
    },
    /// A page of exactly this text.
    Html {
        text: String,
    },
}
