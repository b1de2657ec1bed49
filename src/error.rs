//! Why a call did not succeed: its category and one line for people.

use crate::status::Status;

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
