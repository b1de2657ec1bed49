//! Shortens secrets in logged requests: at most their first 4 characters remain.

use serde_json::{Map, Value};

use crate::dpop::{self, DPOP};

/// Parts of the names of headers, members and parameters whose values are secret, in lower case and
/// without `-` and `_`.
const SECRET_PARTS: &[&str] =
    &["ticket", "token", "secret", "password", "assertion", "cookie", "verifier", "dpop"];

/// Whole names, because they are parts of other names such as `code_challenge`.
const SECRET_NAMES: &[&str] = &[
    "apikey",
    "authorization",
    "authorizationcode",
    "authreqid",
    "code",
    "devicecode",
    "proxyauthorization",
    "usercode",
    "xapikey",
];

/// Authorization schemes, which are kept.
const SCHEMES: &[&str] = &["basic", "bearer", "dpop"];

fn is_secret(name: &str) -> bool {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    SECRET_NAMES.contains(&name.as_str()) || SECRET_PARTS.iter().any(|part| name.contains(part))
}

fn shortened(value: &str) -> String {
    let mut text: String = value.chars().take(4).collect();
    text.push('…');
    text
}

/// An unknown path, or an ID in a path. In Authlete's API, some paths contain an access token.
pub(crate) fn path(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment.len() {
        // A service ID has at most 20 digits.
        0..=20 => segment.to_owned(),
        _ => shortened(segment),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The value of a header, or its values separated by commas. Authorization keeps its scheme. A DPoP
/// proof is not a secret, but one that contains a private key is.
pub(crate) fn header(name: &str, value: &str) -> String {
    if DPOP == name && value.split(", ").all(dpop::is_public_proof) {
        return value.to_owned();
    }
    // For example X-Forwarded-Authorization and X-Auth.
    if !is_secret(name) && !name.contains("auth") {
        return value.to_owned();
    }
    match value.split_once(' ') {
        Some((scheme, rest)) if SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) => {
            format!("{scheme} {}", shortened(rest.trim_start()))
        }
        _ => shortened(value),
    }
}

/// The body of an API request, a JSON object or a form; None for any other body.
pub(crate) fn body(content_type: &str, body: &[u8]) -> Option<Value> {
    if content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        let members = form_urlencoded::parse(body);
        let members: Map<String, Value> = members
            .map(|(name, text)| (name.to_string(), member(&name, text.into_owned().into())))
            .collect();
        return Some(Value::Object(members));
    }
    let document: Map<String, Value> = serde_json::from_slice(body).ok()?;
    Some(object(document))
}

fn object(members: Map<String, Value>) -> Value {
    let members = members.into_iter().map(|(name, value)| {
        let value = member(&name, value);
        (name, value)
    });
    Value::Object(members.collect())
}

fn member(name: &str, value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value,
        Value::String(text) if is_secret(name) => shortened(&text).into(),
        value if is_secret(name) => shortened(&value.to_string()).into(),
        // The OAuth request of the client, a query string.
        Value::String(text) if name == "parameters" => parameters(&text).into(),
        Value::Array(values) => values.into_iter().map(|value| member(name, value)).collect(),
        Value::Object(members) => object(members),
        value => value,
    }
}

fn parameters(text: &str) -> String {
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        if is_secret(&name) {
            serializer.append_pair(&name, &shortened(&value));
        } else {
            serializer.append_pair(&name, &value);
        }
    }
    serializer.finish()
}
