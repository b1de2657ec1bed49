//! The error of a call: its status and a one-line message.

use std::fmt;

use crate::status::Status;

/// An error. Its `Display` form is one line: `subject: message; consequence; next step`. It never
/// contains a secret or a ticket, and nothing from Authlete except a status and a well-formed result
/// code.
#[derive(Debug)]
pub struct Error {
    pub status: Status,
    /// The input that is invalid, such as the configuration, or the kind of failure.
    subject: &'static str,
    /// What is wrong, where, and, for invalid input, what is accepted.
    pub message: String,
    /// The effect on the request, if the status does not imply it.
    pub consequence: Option<&'static str>,
    /// What to do about it, if the cause is most likely in the configuration or the system.
    next_step: Option<String>,
}

pub const NOT_SENT: &str = "nothing was sent";
pub const INCOMPLETE: &str = "the request was not sent completely";
pub const NOT_PROCESSED: &str = "Authlete did not process the request";
pub const MAYBE_PROCESSED: &str = "Authlete may have processed the request";

impl Error {
    /// An error in the caller's input: an argument, the configuration or the request.
    pub fn of_input(status: Status, subject: &'static str, message: impl Into<String>) -> Self {
        Self { status, subject, message: message.into(), consequence: None, next_step: None }
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
        Self { status, subject, message: message.into(), consequence, next_step: None }
    }

    pub fn with_next_step(self, next_step: Option<String>) -> Self {
        Self { next_step, ..self }
    }

    /// Returns the same error with the status NETWORK.
    pub fn into_network(self) -> Self {
        let Self { message, consequence, next_step, .. } = self;
        Self { next_step, ..Self::of_call(Status::Network, message, consequence) }
    }

    /// A bug in this library.
    pub fn internal(message: &str) -> Self {
        Self::of_call(Status::Internal, message, None)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.subject, self.message)?;
        for part in [self.consequence, self.next_step.as_deref()].into_iter().flatten() {
            write!(formatter, "; {part}")?;
        }
        Ok(())
    }
}
