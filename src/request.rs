//! The request document. It is validated before anything is sent.
//!
//! For a fail endpoint, the library validates every member. A document that is already compact is
//! sent as is. Any other is rewritten first, without white space, null members and escaped names.
//! For any other endpoint, the document must be a JSON object. It is always sent as is.

use std::fmt;

use crate::endpoint::FailEndpoint;
use crate::error::Error;
use crate::json::{self, Value};
use crate::secret::{Secret, SecretText};
use crate::status::Status;
use crate::suggest::{did_you_mean, is_quotable, quoted};

/// The maximum length of a request document for a fail endpoint, in bytes.
const MAX_LEN: usize = 128 * 1024;

/// The maximum length of a request document for any other endpoint, in bytes.
const MAX_OTHER_LEN: usize = 1024 * 1024;

/// The maximum length, in bytes, of a text that Authlete copies into the response. Percent-encoding
/// can triple the length. A longer text could therefore make the Location exceed its own limit,
/// which would be detected only after Authlete used the ticket.
const MAX_TEXT_LEN: usize = 1_000;

/// Reasons with a different name at another endpoint: the endpoint, the wrong name, the right name.
const REASON_ALIASES: &[(FailEndpoint, &str, &str)] = &[
    (FailEndpoint::Authorization, "ACCESS_DENIED", "DENIED"),
    (FailEndpoint::BackchannelAuthentication, "DENIED", "ACCESS_DENIED"),
];

/// A valid request document.
#[derive(Debug)]
pub struct Request<'a> {
    body: Body<'a>,
    pub has_ticket: bool,
    /// Whether this is a request to a fail endpoint whose reason is `SERVER_ERROR` or absent.
    /// Authlete treats an absent reason as `SERVER_ERROR`; only backchannel authentication permits
    /// it.
    pub is_server_error: bool,
}

/// The document in the form in which it is sent. It contains the ticket.
enum Body<'a> {
    /// The caller's document, which is already compact.
    AsGiven(&'a str),
    Compacted(Secret),
}

impl Request<'_> {
    pub fn body(&self) -> &[u8] {
        match &self.body {
            Body::AsGiven(text) => text.as_bytes(),
            Body::Compacted(document) => document.expose(),
        }
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Validates `text` as the request document of a POST to an endpoint that is not a fail endpoint.
pub fn parse_other(text: &str) -> Result<Request<'_>, Error> {
    check_len(text, MAX_OTHER_LEN)?;
    let mut values = [None];
    let problems = json::read(text, &["ticket"], &mut values)
        .map_err(|malformed| invalid(malformed.to_string()))?;
    if problems.duplicate.is_some() {
        return Err(invalid("duplicate member \"ticket\"".to_owned()));
    }
    let [ticket] = values;
    let has_ticket = ticket.is_some_and(|ticket| !ticket.is_null());
    Ok(Request { body: Body::AsGiven(text), has_ticket, is_server_error: false })
}

/// Validates `text` as the request document of a GET or DELETE, which has none.
pub fn parse_none(text: &str) -> Result<Request<'_>, Error> {
    if !text.is_empty() {
        let rule = "must be empty for a GET or DELETE; pass parameters in the query of the path";
        return Err(invalid(rule.to_owned()));
    }
    Ok(Request { body: Body::AsGiven(text), has_ticket: false, is_server_error: false })
}

fn check_len(text: &str, max_len: usize) -> Result<(), Error> {
    if text.len() > max_len {
        return Err(invalid(format!("is {} bytes long; the limit is {max_len}", text.len())));
    }
    Ok(())
}

/// Validates `text` as the request document for a fail endpoint.
pub fn parse_fail(
    endpoint: FailEndpoint,
    text: &str,
    allow_unknown_reasons: bool,
) -> Result<Request<'_>, Error> {
    check_len(text, MAX_LEN)?;
    let spec = endpoint.spec();
    let names = spec.members;
    let mut values = [None; FailEndpoint::MAX_MEMBERS];
    let problems =
        json::read(text, names, &mut values).map_err(|malformed| invalid(malformed.to_string()))?;
    if let Some(name) = problems.unknown {
        let hint = did_you_mean(&name, names.iter().copied());
        let name = quoted(&name);
        return Err(invalid(format!("unknown member{name} for {}{hint}", spec.name)));
    }
    if let Some(name) = problems.duplicate {
        return Err(invalid(format!("duplicate member \"{name}\"")));
    }

    let mut request =
        Request { body: Body::AsGiven(text), has_ticket: false, is_server_error: true };
    for (name, value) in names.iter().zip(&mut values) {
        let is_required = spec.required.contains(name);
        if !is_required && value.is_some_and(Value::is_null) {
            *value = None;
        }
        match (value, *name) {
            (None, _) if is_required => return Err(invalid(format!("\"{name}\" is missing"))),
            (None, _) => {}
            (Some(value), "reason") => {
                let reason = decode(name, *value)?;
                check_reason(endpoint, &reason.0, allow_unknown_reasons)?;
                request.is_server_error = reason.0 == "SERVER_ERROR";
            }
            (Some(value), _) => {
                decode(name, *value)?;
                request.has_ticket |= *name == "ticket";
            }
        }
    }
    let members = || names.iter().zip(&values).filter_map(|(name, value)| Some((*name, (*value)?)));
    // A text that is as short as its compact form contains no white space and no null members.
    if text.len() > json::compact_len(members()) {
        request.body = Body::Compacted(Secret::new(json::compact(members(), text.len())));
    }
    Ok(request)
}

/// Decodes and validates a member.
fn decode<'a>(name: &str, value: Value<'a>) -> Result<SecretText<'a>, Error> {
    let Some(text) = value.string().map(SecretText) else {
        return Err(invalid(format!("\"{name}\" {}", value.string_error())));
    };
    if text.0.contains('\0') {
        return Err(invalid(format!("\"{name}\" contains a NUL character")));
    }
    // `description`, `errorDescription` and `errorUri`.
    let is_copied = !matches!(name, "ticket" | "reason");
    if text.0.is_empty() && !is_copied {
        return Err(invalid(format!("\"{name}\" is empty")));
    }
    if text.0.len() > MAX_TEXT_LEN && is_copied {
        let len = text.0.len();
        return Err(invalid(format!(
            "\"{name}\" is {len} bytes long; the limit is {MAX_TEXT_LEN}"
        )));
    }
    Ok(text)
}

/// Rejects an unknown reason. Authlete would accept it but treat it as absent, and the OAuth client
/// would get the error `server_error`.
fn check_reason(endpoint: FailEndpoint, reason: &str, allow_unknown: bool) -> Result<(), Error> {
    let spec = endpoint.spec();
    if spec.reasons.contains(&reason) {
        return Ok(());
    }
    if allow_unknown {
        const RULE: &str = "\"reason\" must start with a capital letter and contain only capital \
                            letters, digits and underscores";
        return if is_reason_name(reason) { Ok(()) } else { Err(invalid(RULE.to_owned())) };
    }
    let name = spec.name;
    if !is_quotable(reason) {
        return Err(invalid(format!("\"reason\" is not supported by {name}")));
    }
    let alias = REASON_ALIASES.iter().find(|(at, wrong, _)| *at == endpoint && *wrong == reason);
    let mut specs = FailEndpoint::ALL.into_iter().map(FailEndpoint::spec);
    let other = specs.find(|other| other.reasons.contains(&reason)).map(|other| other.name);
    let hint = || did_you_mean(reason, spec.reasons.iter().copied());
    let wrong = match (alias, other) {
        (Some((_, _, right)), Some(other)) => {
            format!("only {other} supports; use \"{right}\" for {name}")
        }
        (_, Some(other)) => format!("{other} supports but {name} does not{}", hint()),
        (_, None) => format!("{name} does not support{}", hint()),
    };
    Err(invalid(format!("\"reason\" is \"{reason}\", which {wrong}")))
}

fn is_reason_name(reason: &str) -> bool {
    reason.starts_with(|c: char| c.is_ascii_uppercase())
        && reason.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn invalid(message: String) -> Error {
    Error::of_input(Status::InvalidRequest, "request", message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_sent_compact() {
        let compact = r#"{"ticket":"t","reason":"DENIED","description":"a b"}"#;
        for (text, body) in [
            (compact, compact),
            (r#"{"reason":"DENIED","ticket":"t"}"#, r#"{"reason":"DENIED","ticket":"t"}"#),
            (
                r#"{"ticket":"\u0074\/\u00e9","reason":"DENIED"}"#,
                r#"{"ticket":"\u0074\/\u00e9","reason":"DENIED"}"#,
            ),
            (
                " {\t\"ticket\" : \"t\",\n\"reason\":\"DENIED\" ,\"description\":\"a b\"}\r\n",
                compact,
            ),
            (r#"{"\u0074icket":"t","reason":"DENIED"}"#, r#"{"ticket":"t","reason":"DENIED"}"#),
            (
                r#"{"ticket":"t","description":null,"reason":"DENIED"}"#,
                r#"{"ticket":"t","reason":"DENIED"}"#,
            ),
        ] {
            let request = parse_fail(FailEndpoint::Authorization, text, false).unwrap();
            assert_eq!(str::from_utf8(request.body()).unwrap(), body, "{text}");
        }
        for text in ["{}", " { } ", r#"{"ticket":null}"#] {
            let request = parse_fail(FailEndpoint::BackchannelAuthentication, text, false).unwrap();
            assert_eq!(request.body(), b"{}", "{text}");
        }
    }
}
