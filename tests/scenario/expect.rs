//! The expected result of a scenario: the reply and the HTTP response for the OAuth client.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expect {
    #[serde(default = "ok_name")]
    pub status: String,
    pub outcome: Option<String>,
    pub ticket_state: Option<String>,
    pub attempts: Option<i64>,
    pub http_status: Option<i64>,
    #[serde(default = "absent")]
    pub retry_after_ms: i64,
    /// `${host}` is replaced by the host and port of the server, and so on (see `Backend::expand`).
    pub error: Option<String>,
    pub action: Option<String>,
    pub result_code: Option<String>,
    pub request_id: Option<String>,
    /// Whether the reply has the API response's JSON.
    pub json: Option<bool>,
    /// Whether repeating the call is safe and may help. If absent, it follows from the other members
    /// (see `check::may_repeat`).
    pub may_repeat: Option<bool>,
    #[serde(default)]
    pub response: Response,
    /// The headers of the response in addition to those that every response has.
    #[serde(default)]
    pub more_headers: Vec<String>,
    /// JSON Pointers, each with the type and the text of its value.
    #[serde(default)]
    pub get: BTreeMap<String, String>,
    /// Members of the last attempt in the diagnostics.
    #[serde(default)]
    pub last_attempt: Map<String, Value>,
    /// The DPoP nonces of all requests that a scripted server receives; by default, no request has one.
    #[serde(default)]
    pub nonces: Vec<Option<String>>,
    /// Complete requests of the call that reach the server; by default one, or none without an
    /// attempt.
    pub sent: Option<usize>,
}

fn ok_name() -> String {
    "OK".to_owned()
}

fn absent() -> i64 {
    -1
}

/// The HTTP response for the OAuth client.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Response {
    /// The safe 500 response.
    #[default]
    SafeError,
    /// Nothing to send yet.
    None,
    Json {
        status: i64,
        body: Map<String, Value>,
    },
    /// A redirect with exactly these parameters after `?` or `#`.
    Location {
        status: i64,
        mark: char,
        parameters: BTreeMap<String, String>,
    },
    /// Like `Json`, but with any values of these members.
    JsonMembers {
        status: i64,
        names: BTreeSet<String>,
    },
    /// Like `Location` with the status 302, but with any values of these parameters.
    LocationParameters {
        mark: char,
        names: BTreeSet<String>,
    },
    /// A redirect to exactly this URL.
    LocationText {
        text: String,
    },
    /// A redirect location of this many bytes.
    LocationLength {
        length: usize,
    },
    /// A page whose form posts exactly these fields.
    Form {
        fields: BTreeMap<String, String>,
    },
    /// Like `Location`, with one parameter `response`, a JWT with at least these claims.
    JwtLocation {
        mark: char,
        claims: Map<String, Value>,
    },
    JwtForm {
        claims: Map<String, Value>,
    },
    /// A page with exactly this text.
    Html {
        text: String,
    },
}
