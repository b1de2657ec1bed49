//! The body of an API request, JSON or a form (Authlete OpenAPI lists both).

use std::collections::HashMap;

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value};

use crate::codes::A258201;
use crate::response::Response;

/// The members that a call reads; all others are ignored.
const MEMBERS: &[&str] = &[
    "acr",
    "authTime",
    "claims",
    "clientId",
    "clientSecret",
    "description",
    "errorDescription",
    "errorUri",
    "parameters",
    "reason",
    "result",
    SCOPES,
    "sub",
    "subject",
    "ticket",
];

/// The only member whose value is an array; stored as its elements separated by spaces.
const SCOPES: &str = "scopes";

#[derive(Default)]
pub(crate) struct Parameters(HashMap<&'static str, String>);

impl Parameters {
    /// Reads `body`, which is None if it is over the limit.
    pub fn read(headers: &HeaderMap, path: &str, body: Option<&[u8]>) -> Result<Self, Response> {
        let body = body.ok_or_else(|| {
            Response::uncoded(StatusCode::PAYLOAD_TOO_LARGE, "The request body is too large.")
        })?;
        let content_type = headers.get(CONTENT_TYPE).ok_or_else(|| {
            // Assumed: the status. The code is published.
            Response::refusal(StatusCode::BAD_REQUEST, A258201, &[("API Path", path)])
        })?;
        let media_type = content_type.to_str().unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        match media_type.to_ascii_lowercase().as_str() {
            "application/json" => Self::from_json(body),
            "application/x-www-form-urlencoded" => Ok(Self::from_form(body)),
            _ => Err(Response::uncoded(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The Content-Type is neither JSON nor a form.",
            )),
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The member `scopes`.
    pub fn scopes(&self) -> Option<Vec<String>> {
        let words = self.get(SCOPES)?.split(' ').filter(|word| !word.is_empty());
        Some(words.map(str::to_owned).collect())
    }

    /// A null counts as absent: Authlete's Java and Python clients send null for unset members.
    fn from_json(body: &[u8]) -> Result<Self, Response> {
        let refuse = |message: &str| Response::uncoded(StatusCode::BAD_REQUEST, message);
        let document: Map<String, Value> = serde_json::from_slice(body)
            .map_err(|_| refuse("The request body is not a JSON object."))?;
        let mut parameters = HashMap::new();
        for &name in MEMBERS {
            let text = match document.get(name) {
                None | Some(Value::Null) => continue,
                Some(value) if name == SCOPES => {
                    let scopes: Vec<String> = serde_json::from_value(value.clone())
                        .map_err(|_| refuse("The value of 'scopes' is not an array of strings."))?;
                    scopes.join(" ")
                }
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                    return Err(refuse(&format!("The value of '{name}' is not a string.")));
                }
            };
            parameters.insert(name, text);
        }
        Ok(Self(parameters))
    }

    fn from_form(body: &[u8]) -> Self {
        let mut parameters = HashMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if let Some(&name) = MEMBERS.iter().find(|member| **member == name) {
                parameters.insert(name, value.into_owned());
            }
        }
        Self(parameters)
    }
}
