//! The options of a call.

use std::time::Duration;

use crate::config::{self, Settings, Source};
use crate::error::Error;
use crate::json::{self, Malformed};
use crate::secret::{Secret, SecretText};
use crate::suggest::is_quotable;
use crate::transport::Method;

const KEYS: &[&str] = &["method", "timeoutMs", "accessToken", "headers"];

const MAX_HEADERS: usize = 16;

/// The maximum length of all headers together, in bytes, including the line terminators.
const MAX_HEADERS_LEN: usize = 4096;

/// The headers of distributed tracing: W3C Trace Context, W3C Baggage and B3.
const TRACING: &[&str] = &["traceparent", "tracestate", "baggage", "b3"];

/// Prefixes of headers with which some servers override the method or the path of the request.
const OVERRIDES: &[&str] =
    &["x-http-method", "x-http-path", "x-method-override", "x-original-", "x-rewrite-"];

const NAME_RULE: &str = "must have names of 1 to 64 letters, digits and hyphens";

/// The options of one call. The default is a POST with the client's timeout and credentials.
#[derive(Debug, Default)]
pub struct Options {
    pub method: Method,
    pub timeout: Option<Duration>,
    /// An access token, instead of the client's credentials.
    pub access_token: Option<Secret>,
    /// Additional headers, each with its line terminator.
    pub headers: Option<Secret>,
}

impl Options {
    /// Reads `text`, which is empty or a JSON object.
    pub fn read(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let settings = Settings::from_json(text, KEYS, Source::Options)?;
        let method = match settings.choice("method", &["POST", "GET", "DELETE"])? {
            Some("GET") => Method::Get,
            Some("DELETE") => Method::Delete,
            _ => Method::Post,
        };
        let timeout = settings.integer("timeoutMs", config::TIMEOUT_MS)?;
        let access_token =
            if settings.has("accessToken") { Some(config::access_token(&settings)?) } else { None };
        let timeout = timeout.map(Duration::from_millis);
        Ok(Self { method, timeout, access_token, headers: headers(&settings)? })
    }

    /// Whether the headers of the request differ from those in the configuration.
    pub fn changes_headers(&self) -> bool {
        self.method != Method::Post || self.access_token.is_some() || self.headers.is_some()
    }
}

fn headers(settings: &Settings<'_>) -> Result<Option<Secret>, Error> {
    let Some(value) = settings.json("headers") else {
        return Ok(None);
    };
    let invalid = |problem: &str| settings.invalid("headers", problem);
    let mut headers = Vec::new();
    let is_object = json::each_member(value.text(), &mut |name, value| headers.push((name, value)));
    match is_object {
        Ok(()) => {}
        Err(Malformed::NotAnObject) => {
            return Err(invalid(&format!("must be an object, not {}", value.kind())));
        }
        // A name contains an unpaired surrogate.
        Err(_) => return Err(invalid(NAME_RULE)),
    }
    if headers.len() > MAX_HEADERS {
        let count = headers.len();
        return Err(invalid(&format!("has {count} headers; the limit is {MAX_HEADERS}")));
    }
    let mut lines = Secret::with_capacity(MAX_HEADERS_LEN);
    let mut names: Vec<String> = Vec::new();
    for (name, value) in headers {
        let name = check_name(&name).map_err(|problem| invalid(&problem))?;
        let lower = name.to_ascii_lowercase();
        if names.contains(&lower) {
            return Err(invalid(&format!("has a duplicate header \"{name}\"")));
        }
        let Some(text) = value.string().map(SecretText) else {
            let problem = value.string_error();
            return Err(invalid(&format!("contains \"{name}\", whose value {problem}")));
        };
        let text = text.0.as_bytes();
        if !text.iter().all(|b| b.is_ascii_graphic() || *b == b' ') {
            let problem = "must consist of visible ASCII characters and spaces";
            return Err(invalid(&format!("contains \"{name}\", whose value {problem}")));
        }
        // Never reallocated, so that no unwiped copy remains.
        let len = lines.expose().len() + name.len() + text.len() + ": \r\n".len();
        if len > MAX_HEADERS_LEN {
            return Err(invalid(&format!("is too long; the limit is {MAX_HEADERS_LEN} bytes")));
        }
        for part in [name.as_bytes(), b": ", text, b"\r\n"] {
            lines.extend(part);
        }
        names.push(lower);
    }
    Ok(Some(lines))
}

/// Returns `name` if a caller may set this header, otherwise the problem.
fn check_name(name: &str) -> Result<&str, String> {
    let is_valid = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_valid {
        return Err(NAME_RULE.to_owned());
    }
    // The name may be a secret if the caller has swapped names and values.
    let quoted = match is_quotable(&name.replace('-', "_")) {
        true => format!("\"{name}\""),
        false => "another header".to_owned(),
    };
    let lower = name.to_ascii_lowercase();
    if OVERRIDES.iter().any(|prefix| lower.starts_with(prefix)) {
        return Err(format!(
            "must not contain {quoted}, with which some servers override the method or the path"
        ));
    }
    if !TRACING.contains(&&*lower) && !lower.starts_with("x-") {
        let tracing = TRACING.join(", ");
        return Err(format!(
            "must not contain {quoted}; only {tracing} and names that start with \"X-\" are \
             allowed"
        ));
    }
    Ok(name)
}
