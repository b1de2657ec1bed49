//! The error of a call: its status and one line for people.

use std::fmt;

use crate::status::Status;

/// An error. Its text is one line without secrets, tickets or Authlete's text:
/// `subject: message; consequence`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub status: Status,
    /// The document, or the phase of the call, that the message is about.
    subject: &'static str,
    /// What is wrong, where, and what would be right.
    pub message: String,
    /// What it means for the request, if the status does not say it.
    pub consequence: Option<&'static str>,
}

pub const NOT_SENT: &str = "nothing was sent";
pub const INCOMPLETE: &str = "the request was not sent completely";
pub const NOT_PROCESSED: &str = "Authlete did not process the request";
pub const MAYBE_PROCESSED: &str = "Authlete may have processed the request";

impl Error {
    /// An error in what the caller passed: an argument, the configuration or the request.
    pub fn of_input(status: Status, subject: &'static str, message: impl Into<String>) -> Self {
        Self { status, subject, message: message.into(), consequence: None }
    }

    /// An error in a call to Authlete.
    pub fn of_call(
        status: Status,
        message: impl Into<String>,
        consequence: Option<&'static str>,
    ) -> Self {
        let subject = match status {
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
        Self { status, subject, message: message.into(), consequence }
    }

    /// A bug in this library.
    pub fn internal(message: &str) -> Self {
        Self::of_call(Status::Internal, message, None)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.subject, self.message)?;
        match self.consequence {
            Some(consequence) => write!(formatter, "; {consequence}"),
            None => Ok(()),
        }
    }
}
