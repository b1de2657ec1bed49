//! Why a call did not succeed: its category and one line for people.

/// What became of a call.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Authlete answered as its documentation says; see the outcome.
    Ok = 0,
    /// The caller passed NULL where a value is needed, or text that is not UTF-8.
    InvalidArgument = 1,
    /// The configuration is wrong; the error names the key.
    InvalidConfig = 2,
    /// The request document is wrong; the error names the member. Nothing was sent.
    InvalidRequest = 3,
    /// Name lookup, TCP or the proxy failed. Nothing was sent.
    Connect = 4,
    /// The TLS handshake failed, or a certificate was refused. Authlete did not process the request.
    Tls = 5,
    /// Out of descriptors, threads or memory. Nothing was sent.
    Resource = 6,
    /// The deadline passed.
    Timeout = 7,
    /// The connection ended or broke after sending began.
    Network = 8,
    /// Authlete answered with an HTTP status outside 2xx.
    Http = 9,
    /// The answer was malformed, too large, no JSON object, or not fit to be passed on.
    Protocol = 10,
    /// The client was shut down.
    Shutdown = 11,
    /// A defect in this library; the client stays usable.
    Internal = 12,
    /// Not a status: keeps values that later versions add defined in programs built earlier.
    MaxEnum = 0x7fff_ffff,
}

/// A failure: the category and what is wrong, where, and what would be right.
///
/// The message is one line and holds no secret, no ticket and no text of Authlete's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The category.
    pub status: Status,
    /// One line, lower case.
    pub message: String,
}

impl Error {
    /// A failure of this category.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

/// A failed attempt, still in parts: another attempt may have to be told in the same line.
#[derive(Debug)]
pub(crate) struct Problem {
    pub status: Status,
    pub what: String,
    /// What follows for the request, where the category does not say it.
    pub consequence: Option<&'static str>,
}

impl Problem {
    pub fn into_error(self) -> Error {
        let prefix = match self.status {
            Status::Connect => "connect",
            Status::Tls => "tls",
            Status::Resource => "resource",
            Status::Timeout => "timeout",
            Status::Network => "network",
            Status::Http => "http",
            Status::Protocol => "protocol",
            Status::Shutdown => "shutdown",
            _ => "internal",
        };
        let consequence = self.consequence.map(|text| format!("; {text}")).unwrap_or_default();
        Error::new(self.status, format!("{prefix}: {}{consequence}", self.what))
    }
}

pub(crate) const NOT_SENT: &str = "nothing was sent";
pub(crate) const NOT_PROCESSED: &str = "the request was not processed";
pub(crate) const MAYBE_PROCESSED: &str = "Authlete may have processed the request";
