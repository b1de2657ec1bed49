//! The log line of a call, in logfmt: `name=value` pairs separated by spaces.
//!
//! To keep secrets out, a line contains only names that are constants of the library, the host and
//! port of the server, numbers, well-formed result codes, the Request-Id, and the library's own error
//! messages.

use std::fmt::{self, Display, Formatter, Write};

use crate::action;
use crate::api_response::well_formed_result_code;
use crate::diagnostics::{Diagnostics, micros};
use crate::log::Level;
use crate::reply::Reply;
use crate::status::{Named, Outcome, Status};
use crate::transport::Progress;

/// The line of a call.
pub struct LogLine<'a> {
    pub reply: &'a Reply,
    pub diagnostics: &'a Diagnostics,
    /// Whether to add the connection and the times of the last attempt.
    pub is_detailed: bool,
}

/// The level of the line of a call.
pub fn level(reply: &Reply, diagnostics: &Diagnostics) -> Level {
    let is_server_error = reply.response.as_ref().is_some_and(|response| response.status == 500);
    match (reply.status, reply.outcome) {
        (Status::Internal, _) => Level::Error,
        (Status::Ok, _) if diagnostics.endpoint.is_none() => Level::Info,
        (Status::Ok, Outcome::Delivered) => Level::Info,
        (Status::Ok, Outcome::OtherApi) if !is_server_error => Level::Info,
        _ => Level::Warn,
    }
}

impl Display for LogLine<'_> {
    fn fmt(&self, line: &mut Formatter<'_>) -> fmt::Result {
        let Self { reply, diagnostics, is_detailed } = self;
        write!(line, "endpoint={}", diagnostics.name())?;
        text(line, "host", Some(&diagnostics.server.authority))?;
        write!(line, " status={}", reply.status.name())?;
        number(line, "http", Some(reply.http_status).filter(|status| *status != 0))?;
        text(line, "code", well_formed_result_code(reply.result_code.as_str()))?;
        let action = diagnostics
            .endpoint
            .and_then(|endpoint| action::find(endpoint, reply.action.as_str()))
            .map(|action| action.name);
        text(line, "action", action)?;
        let (outcome, ticket) = (reply.outcome.name(), reply.ticket_state.name());
        write!(line, " outcome={outcome} ticket={ticket} attempts={}", reply.attempts)?;
        write!(line, " duration_us={}", reply.duration_us)?;
        text(line, "request_id", not_empty(reply.request_id.as_str()))?;
        text(line, "retry_cause", diagnostics.retry_cause().as_deref())?;
        text(line, "error", not_empty(reply.error.as_str()))?;
        match diagnostics.last() {
            Some(progress) if *is_detailed => details(line, progress),
            _ => Ok(()),
        }
    }
}

fn details(line: &mut Formatter<'_>, progress: &Progress) -> fmt::Result {
    text(line, "connection", progress.connection())?;
    if let Some(peer) = progress.peer {
        write!(line, " peer={}", peer.address)?;
        text(line, "tls", peer.tls.map(|tls| tls.version.name()))?;
    }
    let opening = &progress.opening;
    for (name, duration) in [
        ("dns_us", opening.dns),
        ("tcp_us", opening.tcp),
        ("proxy_us", opening.proxy),
        ("tls_us", opening.tls),
        ("wait_us", progress.wait()),
        ("body_us", progress.body()),
    ] {
        number(line, name, duration.map(micros))?;
    }
    Ok(())
}

fn number(line: &mut Formatter<'_>, name: &str, value: Option<impl Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(line, " {name}={value}"))
}

fn not_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Writes a field, in quotes if necessary.
fn text(line: &mut Formatter<'_>, name: &str, value: Option<&str>) -> fmt::Result {
    let Some(value) = value else {
        return Ok(());
    };
    let is_special = |c: char| c.is_control() || matches!(c, ' ' | '"' | '=' | '\\');
    if !value.is_empty() && !value.contains(is_special) {
        return write!(line, " {name}={value}");
    }
    write!(line, " {name}=\"")?;
    for c in value.chars() {
        match c {
            '"' | '\\' => write!(line, "\\{c}")?,
            c if c.is_control() => line.write_char(' ')?,
            c => line.write_char(c)?,
        }
    }
    line.write_char('"')
}
