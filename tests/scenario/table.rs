//! A scenario: what a user does, and what the user sees. The files are in `tests/scenarios`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::dpop;
pub use super::expect::{Expect, Response};
use super::script::{ApiResponse, Script, Step, bytes};
use crate::support::ROOT;

/// The scenario files, in alphabetical order.
pub fn files() -> Vec<PathBuf> {
    let folder = fs::read_dir(Path::new(ROOT).join("tests/scenarios")).expect("the folder");
    let mut files: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// The scenarios of all files; an unknown member is an error.
pub fn table() -> Vec<Scenario> {
    let mut table = Vec::new();
    for file in files() {
        let text = fs::read_to_string(&file).expect("a scenario file");
        let groups: Vec<Group> = serde_json::from_str(&expand(&text))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        table.extend(groups.into_iter().flat_map(Group::scenarios));
    }
    table
}

/// Scenarios about one subject, with what they have in common.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    about: String,
    /// Members that each scenario has unless it replaces them. Those of `config`, `environment`,
    /// `expect` and `options` are replaced one by one.
    #[serde(default)]
    defaults: Map<String, Value>,
    scenarios: Vec<Map<String, Value>>,
}

impl Group {
    fn scenarios(self) -> Vec<Scenario> {
        let complete = |scenario: Map<String, Value>| {
            let mut members = self.defaults.clone();
            for (name, value) in scenario {
                match (members.get_mut(&name), value) {
                    (Some(Value::Object(defaults)), Value::Object(object))
                        if matches!(
                            name.as_str(),
                            "config" | "environment" | "expect" | "options"
                        ) =>
                    {
                        defaults.extend(object);
                    }
                    (_, value) => drop(members.insert(name, value)),
                }
            }
            dpop::add_key(&mut members);
            let name = members["name"].clone();
            for required in ["call", "expect"] {
                assert!(members.contains_key(required), "{name}: no {required}");
            }
            serde_json::from_value(Value::Object(members))
                .unwrap_or_else(|error| panic!("{}: {name}: {error}", self.about))
        };
        self.scenarios.into_iter().map(complete).collect()
    }
}

/// Expands `${text*N}` to N copies of the text, and `${key:NAME}` to a key as JSON text in a string.
fn expand(table: &str) -> String {
    let mut expanded = String::new();
    let mut rest = table;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let (inside, after) = after.split_once('}').expect("the end of ${");
        if let Some(name) = inside.strip_prefix("key:") {
            expanded.push_str(&dpop::quoted(name));
        } else if let Some((text, times)) = inside.rsplit_once('*') {
            expanded.push_str(&text.repeat(times.parse().expect("${text*N}")));
        } else {
            expanded.extend(["${", inside, "}"]);
        }
        rest = after;
    }
    expanded + rest
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scenario {
    pub name: String,
    /// A call to a fail endpoint, `call` for a general call, `connect`, or `client` if the scenario
    /// only creates a client.
    pub call: String,
    /// The path of a general call.
    pub path: Option<String>,
    /// The options of the call.
    pub options: Option<Map<String, Value>>,
    /// Instead of `options`: the exact text.
    pub options_text: Option<String>,
    pub api: Api,
    /// Keys in addition to those that point the client at the server. The keys of a call include
    /// `"logLevel": "debug"`. `${baseUrl}` is replaced by the URL of the server, and so on (see
    /// `Backend::expand`). A scenario with `key` has a DPoP key, too (see `dpop::add_key`).
    pub config: Map<String, Value>,
    /// Instead of `config`: the environment of the process, with an empty config. Its values
    /// are expanded like those of `config`.
    pub environment: Option<BTreeMap<String, String>>,
    pub server: Server,
    /// Parameters of the OAuth request in addition to the usual ones.
    pub issue: BTreeMap<String, String>,
    /// By default, a fresh ticket, and none for a general call.
    ticket: Option<Ticket>,
    /// The request of a POST; the ticket is added.
    pub request: Map<String, Value>,
    /// Instead of `request` or `config`: the exact text.
    pub text: Option<String>,
    /// Instead of `request` or `config`: bytes that are not text, as hexadecimal digits.
    pub hex: Option<String>,
    /// What happens between the creation of the client and the call.
    pub before: Vec<Before>,
    /// The languages that cannot express the scenario, and why.
    pub skip: BTreeMap<Language, String>,
    pub expect: Expect,
}

impl Scenario {
    pub fn ticket(&self) -> Ticket {
        let default = if self.call == "call" { Ticket::Absent } else { Ticket::Fresh };
        self.ticket.unwrap_or(default)
    }

    /// The path of the request, after the service ID.
    pub fn path(&self) -> &str {
        Self::path_of(&self.call).or(self.path.as_deref()).unwrap_or_default()
    }

    /// The path of a call to a fail endpoint.
    pub fn path_of(call: &str) -> Option<&'static str> {
        match call {
            "authorization" => Some("/auth/authorization/fail"),
            "token" => Some("/auth/token/fail"),
            "backchannel_authentication" => Some("/backchannel/authentication/fail"),
            _ => None,
        }
    }

    /// Whether the scenario calls the function of a fail endpoint.
    pub fn is_fail_call(&self) -> bool {
        !matches!(self.call.as_str(), "call" | "connect" | "client")
    }

    pub fn method(&self) -> &str {
        self.options.as_ref().map_or(POST, method)
    }

    pub fn options(&self) -> Option<Vec<u8>> {
        let options = || self.options.clone().map(|options| Value::Object(options).to_string());
        self.options_text.clone().or_else(options).map(String::into_bytes)
    }

    /// The text or the bytes that replace the request or the config.
    pub fn text(&self) -> Option<Vec<u8>> {
        self.hex.as_deref().map(bytes).or_else(|| self.text.clone().map(String::into_bytes))
    }
}

const POST: &str = "POST";

/// The method of a call with `options`.
pub fn method(options: &Map<String, Value>) -> &str {
    options.get("method").and_then(Value::as_str).unwrap_or(POST)
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    Rust,
    C,
    Cpp,
    Python,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Before {
    /// The same call with another ticket; before `connect`, an authorization call. It succeeds and
    /// leaves an idle connection.
    Call,
    /// Like `call`, with these options.
    CallWith(Map<String, Value>),
    /// A `connect`, which succeeds.
    Connect,
    /// The server closes its first connection, because the script of that connection ends.
    ServerCloses,
    /// The server stops listening.
    StopListening,
    /// The process reaches its limit of file descriptors.
    NoDescriptors,
    Shutdown,
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
    /// Makes the request larger than the buffers of a connection to a scripted server.
    Large,
    /// The request has no ticket.
    Absent,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Server {
    #[default]
    Sandbox,
    /// The sandbox's service that omits descriptions, URIs and `iss`.
    Quiet,
    /// Nothing listens.
    Closed,
    Script(Script),
    /// A script that reads a request and sends nothing.
    Silent,
    /// A script that reads a request and sends this API response.
    Respond(Box<ApiResponse>),
    /// A script that reads a request, sends these bytes, and closes the connection.
    Raw(String),
    /// Like `raw`, but the connection stays open.
    RawAndHold(String),
}

impl Server {
    pub fn script(&self) -> Option<Script> {
        let send = |text: &String| Step::Send(text.clone());
        match self {
            Self::Sandbox | Self::Quiet | Self::Closed => None,
            Self::Script(script) => Some(script.clone()),
            Self::Silent => Some(Script::once([Step::Request, Step::Hold])),
            Self::Respond(response) => {
                Some(Script::once([Step::Request, Step::Respond(response.clone())]))
            }
            Self::Raw(text) => Some(Script::once([Step::Request, send(text)])),
            Self::RawAndHold(text) => Some(Script::once([Step::Request, send(text), Step::Hold])),
        }
    }
}
