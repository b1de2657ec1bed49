//! The request document: checked before anything is sent, then sent as it came where it is compact.

use std::fmt;

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::json::{self, Value};
use crate::secret::{Secret, SecretText};
use crate::status::Status;
use crate::suggest::{did_you_mean, is_quotable, quoted};

/// The largest request document, in bytes.
const MAX_LEN: usize = 128 * 1024;

/// Percent-encoding a longer text could make the Location exceed its limit after the ticket was
/// used.
const MAX_TEXT_LEN: usize = 1_000;

/// The same failure has another name at the other endpoint, and is asked for under the wrong one.
const TWINS: &[(Endpoint, &str, &str)] = &[
    (Endpoint::Authorization, "ACCESS_DENIED", "DENIED"),
    (Endpoint::BackchannelAuthentication, "DENIED", "ACCESS_DENIED"),
];

/// A request that Authlete will understand.
#[derive(Debug)]
pub struct Request<'a> {
    body: Body<'a>,
    pub has_ticket: bool,
    /// Authlete takes an absent reason for `SERVER_ERROR` (backchannel authentication only).
    pub is_server_error: bool,
}

/// The document as it goes out; it holds the ticket.
enum Body<'a> {
    /// The caller's, which is compact already.
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

/// Checks `text` as the request document of `endpoint`.
pub fn parse(
    endpoint: Endpoint,
    text: &str,
    allow_unknown_reasons: bool,
) -> Result<Request<'_>, Error> {
    if text.len() > MAX_LEN {
        return Err(invalid(format!(
            "is {} bytes long; at most {MAX_LEN} are allowed",
            text.len()
        )));
    }
    let names = endpoint.members();
    let mut values = [None; Endpoint::MAX_MEMBERS];
    let strays =
        json::read(text, names, &mut values).map_err(|malformed| invalid(malformed.to_string()))?;
    if let Some(name) = strays.unknown {
        let hint = did_you_mean(&name, names.iter().copied());
        let name = quoted(&name);
        return Err(invalid(format!("unknown member{name} for {}{hint}", endpoint.name())));
    }
    if let Some(name) = strays.duplicate {
        return Err(invalid(format!("\"{name}\" stands twice")));
    }

    let mut request =
        Request { body: Body::AsGiven(text), has_ticket: false, is_server_error: true };
    for (name, value) in names.iter().zip(&mut values) {
        let is_required = endpoint.requires(name);
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
    // What is no longer than its compact form has no white space, and no member that is null.
    if text.len() > json::compact_len(members()) {
        request.body = Body::Compacted(Secret::new(json::compact(members(), text.len())));
    }
    Ok(request)
}

/// The member's text.
fn decode<'a>(name: &str, value: Value<'a>) -> Result<SecretText<'a>, Error> {
    let Some(text) = value.string().map(SecretText) else {
        return Err(invalid(format!("\"{name}\" {}", value.why_no_string())));
    };
    if text.0.contains('\0') {
        return Err(invalid(format!("\"{name}\" holds U+0000")));
    }
    let is_shown = !matches!(name, "ticket" | "reason");
    if text.0.is_empty() && !is_shown {
        return Err(invalid(format!("\"{name}\" is empty")));
    }
    if text.0.len() > MAX_TEXT_LEN && is_shown {
        let len = text.0.len();
        return Err(invalid(format!(
            "\"{name}\" is {len} bytes long; at most {MAX_TEXT_LEN} are allowed"
        )));
    }
    Ok(text)
}

/// Authlete does not refuse an unknown reason: it takes it for an absent one, and the OAuth client
/// is told `server_error`.
fn check_reason(endpoint: Endpoint, reason: &str, allow_unknown: bool) -> Result<(), Error> {
    if endpoint.reasons().contains(&reason) {
        return Ok(());
    }
    if allow_unknown {
        return if has_form_of_reason(reason) {
            Ok(())
        } else {
            Err(invalid("\"reason\" must be capital letters, digits and underscores".to_owned()))
        };
    }
    let name = endpoint.name();
    if !is_quotable(reason) {
        return Err(invalid(format!("\"reason\" is not one that {name} knows")));
    }
    let twin = TWINS.iter().find(|(at, wrong, _)| *at == endpoint && *wrong == reason);
    let elsewhere = Endpoint::ALL.into_iter().find(|other| other.reasons().contains(&reason));
    Err(invalid(match (twin, elsewhere) {
        (Some((_, _, right)), Some(other)) => format!(
            "\"reason\" is \"{reason}\", which only {} knows; for {name} it is \"{right}\"",
            other.name()
        ),
        (_, Some(other)) => {
            let hint = did_you_mean(reason, endpoint.reasons().iter().copied());
            format!(
                "\"reason\" is \"{reason}\", which {} knows but {name} does not{hint}",
                other.name()
            )
        }
        (_, None) => {
            let hint = did_you_mean(reason, endpoint.reasons().iter().copied());
            format!("\"reason\" is \"{reason}\", which {name} does not know{hint}")
        }
    }))
}

fn has_form_of_reason(reason: &str) -> bool {
    reason.starts_with(|c: char| c.is_ascii_uppercase())
        && reason.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn invalid(message: String) -> Error {
    Error::new(Status::InvalidRequest, format!("request: {message}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_out_is_compact() {
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
            let request = parse(Endpoint::Authorization, text, false).unwrap();
            assert_eq!(str::from_utf8(request.body()).unwrap(), body, "{text}");
        }
        for text in ["{}", " { } ", r#"{"ticket":null}"#] {
            let request = parse(Endpoint::BackchannelAuthentication, text, false).unwrap();
            assert_eq!(request.body(), b"{}", "{text}");
        }
    }
}
