//! The request document: checked before anything is sent, then written compactly.

use std::borrow::Cow;

use crate::endpoint::{Endpoint, Member};
use crate::error::{Error, Status};
use crate::json::{self, Stray, Value};
use crate::secret::Secret;
use crate::suggest::{did_you_mean, is_quotable, quoted};

/// The largest request document, in bytes.
const MAX_LEN: usize = 128 * 1024;

/// The same failure has another name at the other endpoint, and is asked for under the wrong one.
const TWINS: &[(Endpoint, &str, &str)] = &[
    (Endpoint::Authorization, "ACCESS_DENIED", "DENIED"),
    (Endpoint::BackchannelAuthentication, "DENIED", "ACCESS_DENIED"),
];

/// A request that Authlete will understand.
#[derive(Debug)]
pub struct Request {
    /// The document as it goes out; it holds the ticket.
    pub body: Secret,
    pub has_ticket: bool,
    /// Authlete takes an absent reason for `SERVER_ERROR` (backchannel authentication only).
    pub is_server_error: bool,
}

/// Checks `text` as the request document of `endpoint`.
pub fn parse(
    endpoint: Endpoint,
    text: &str,
    allow_unknown_reasons: bool,
) -> Result<Request, Error> {
    if text.len() > MAX_LEN {
        return Err(invalid(format!(
            "is {} bytes long; at most {MAX_LEN} are allowed",
            text.len()
        )));
    }
    let members = json::members(text).map_err(|malformed| invalid(malformed.to_string()))?;
    let known = endpoint.members();
    match json::stray(&members, |name| known.iter().any(|member| member.name == name)) {
        None => {}
        Some(Stray::Duplicate(name)) => return Err(invalid(format!("\"{name}\" stands twice"))),
        Some(Stray::Unknown(name)) => {
            let hint = did_you_mean(name, known.iter().map(|member| member.name));
            let name = quoted(name);
            return Err(invalid(format!("unknown member{name} for {}{hint}", endpoint.name())));
        }
    }

    let mut values = Vec::with_capacity(known.len());
    for member in known {
        let value = members.iter().find(|(name, _)| name == member.name).map(|(_, value)| *value);
        if let Some(text) = decode(member, value)? {
            values.push((member.name, text));
        }
    }
    let value_of =
        |wanted| values.iter().find(|(name, _)| *name == wanted).map(|(_, text)| text.as_ref());
    if let Some(reason) = value_of("reason") {
        check_reason(endpoint, reason, allow_unknown_reasons)?;
    }
    Ok(Request {
        has_ticket: value_of("ticket").is_some(),
        is_server_error: value_of("reason").is_none_or(|reason| reason == "SERVER_ERROR"),
        body: write(&values, text.len()),
    })
}

/// The member's text; `None` where an optional member is absent or null.
fn decode<'a>(member: &Member, value: Option<Value<'a>>) -> Result<Option<Cow<'a, str>>, Error> {
    let name = member.name;
    let value = match value {
        None if member.is_required => return Err(invalid(format!("\"{name}\" is missing"))),
        Some(value) if value.is_null() && !member.is_required => return Ok(None),
        None => return Ok(None),
        Some(value) => value,
    };
    let Some(text) = value.string() else {
        return Err(invalid(format!("\"{name}\" {}", value.why_no_string())));
    };
    if text.contains('\0') {
        return Err(invalid(format!("\"{name}\" holds U+0000")));
    }
    if text.is_empty() && matches!(name, "ticket" | "reason") {
        return Err(invalid(format!("\"{name}\" is empty")));
    }
    Ok(Some(text))
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

/// The members as a JSON object without white space.
fn write(members: &[(&str, Cow<'_, str>)], capacity: usize) -> Secret {
    // Compact it is never longer than it came, so that no reallocation leaves a copy behind.
    let mut body = Vec::with_capacity(capacity);
    for (name, value) in members {
        json::push_member(&mut body, name, value);
    }
    body.extend_from_slice(if body.is_empty() { b"{}" } else { b"}" });
    Secret::new(body)
}

fn invalid(message: String) -> Error {
    Error::new(Status::InvalidRequest, format!("request: {message}"))
}
