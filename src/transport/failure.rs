//! An attempt without an answer: its status and its message, from ureq's error and the record of
//! the attempt. ureq's own texts may hold a URL, so they are not used.

use std::io;
use std::time::Duration;

use super::progress::{Progress, Stage};
use super::tls;
use crate::error::{Error, Status};

/// What is known of an attempt that ended without an answer.
#[derive(Debug)]
pub struct Failed<'a> {
    pub error: &'a ureq::Error,
    pub progress: Progress,
    pub is_shut_down: bool,
    /// Host and port.
    pub authority: &'a str,
    /// The time for everything.
    pub timeout: Duration,
}

/// The status and the message of a failed attempt.
pub fn classify(failed: &Failed<'_>) -> Error {
    let authority = failed.authority;
    let (status, what) = match failed.error {
        ureq::Error::Timeout(_) => (Status::Timeout, timed_out(failed)),
        _ if failed.is_shut_down => (Status::Shutdown, "the client was shut down".to_owned()),
        ureq::Error::Io(error) => io_failure(error, failed.progress.stage, authority),
        ureq::Error::Rustls(error) => {
            (Status::Tls, format!("{authority}: {}", tls::describe(error)))
        }
        ureq::Error::Tls(_) => (Status::Tls, format!("{authority}: the handshake failed")),
        ureq::Error::HostNotFound => (Status::Connect, format!("{authority} has no address")),
        ureq::Error::Protocol(_) => {
            (Status::Protocol, format!("{authority} answered with malformed HTTP"))
        }
        ureq::Error::LargeResponseHeader(..) => {
            (Status::Protocol, format!("{authority} answered with too large a head"))
        }
        _ => (Status::Internal, "the HTTP client failed in an unexpected way".to_owned()),
    };
    let consequence = consequence(failed.progress);
    Error::new(status, format!("{}: {what}; {consequence}", prefix(status)))
}

fn timed_out(failed: &Failed<'_>) -> String {
    let authority = failed.authority;
    match failed.progress.stage {
        Stage::Start | Stage::Lookup => format!("{authority} was not resolved in time"),
        Stage::Tcp => format!("{authority} did not accept a connection in time"),
        Stage::Tls => format!("{authority} did not finish the TLS handshake in time"),
        Stage::Exchange => {
            let timeout = failed.timeout.as_millis();
            format!("no complete answer from {authority} within {timeout} ms")
        }
    }
}

fn io_failure(error: &io::Error, stage: Stage, authority: &str) -> (Status, String) {
    if stage != Stage::Exchange && is_exhaustion(error) {
        return (Status::Resource, format!("the process is out of resources ({})", error.kind()));
    }
    let rustls_error = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (stage, rustls_error) {
        (Stage::Start | Stage::Lookup, _) => {
            (Status::Connect, format!("{authority} cannot be resolved"))
        }
        (Stage::Tcp, _) if error.kind() == io::ErrorKind::ConnectionRefused => {
            (Status::Connect, format!("{authority} refused the connection"))
        }
        (Stage::Tcp, _) => {
            (Status::Connect, format!("{authority} cannot be reached ({})", error.kind()))
        }
        (Stage::Tls, Some(error)) => {
            (Status::Tls, format!("{authority}: {}", tls::describe(error)))
        }
        (Stage::Tls, None) => {
            (Status::Tls, format!("{authority} ended the handshake ({})", error.kind()))
        }
        (Stage::Exchange, Some(error)) => {
            (Status::Network, format!("{authority}: {}", tls::describe(error)))
        }
        (Stage::Exchange, None) => {
            (Status::Network, format!("{authority} ended the connection ({})", error.kind()))
        }
    }
}

/// Out of descriptors, buffers, memory or threads.
fn is_exhaustion(error: &io::Error) -> bool {
    let exhausted = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
    error.raw_os_error().is_some_and(|code| exhausted.contains(&code))
}

fn prefix(status: Status) -> &'static str {
    match status {
        Status::Timeout => "timeout",
        Status::Connect => "connect",
        Status::Tls => "tls",
        Status::Resource => "resource",
        Status::Network => "network",
        Status::Protocol => "protocol",
        Status::Shutdown => "shutdown",
        _ => "internal",
    }
}

fn consequence(progress: Progress) -> &'static str {
    match progress.stage {
        Stage::Exchange if progress.is_request_complete() => {
            "Authlete may have processed the request"
        }
        Stage::Exchange => "the request was not sent completely",
        _ => "nothing was sent",
    }
}
