//! An attempt without an answer: what failed, and what that means in a status and one line.
//!
//! ureq's own texts may hold a URL, and others' what a server chose, so none are used.

use std::io;
use std::time::Duration;

use super::attempt::{Attempt, Stage};
use super::tls_error;
use crate::error::{MAYBE_PROCESSED, NOT_SENT, Problem};
use crate::status::Status;

/// What the transport tells through ureq.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the deadline has passed")]
    Deadline,
    #[error("the client was shut down")]
    ShutDown,
    #[error("the name cannot be resolved")]
    NotResolved,
    #[error("no thread can be had")]
    NoThread,
    #[error("no connection")]
    NotConnected(io::Error),
    #[error("the proxy does not open a tunnel")]
    ProxyRefused(Option<u16>),
    #[error("the TLS handshake failed")]
    Tls(rustls::Error),
    #[error("the server refused the client's certificate, or the lack of one")]
    IdentityRefused(rustls::Error),
    #[error("the TLS handshake broke off")]
    HandshakeBroken(io::Error),
    #[error("the connection broke")]
    Broken(io::Error),
    #[error("the head of the answer is too large")]
    HeadTooLarge,
    #[error("malformed HTTP")]
    MalformedHttp,
    #[error("the response was sent before the request arrived")]
    Unsolicited,
}

impl From<Failure> for ureq::Error {
    fn from(failure: Failure) -> Self {
        Self::Other(Box::new(failure))
    }
}

/// What is known of an attempt that ended without an answer.
#[derive(Debug)]
pub struct Ended<'a> {
    pub error: &'a ureq::Error,
    pub attempt: Attempt,
    /// Host and port of Authlete.
    pub authority: &'a str,
    /// Host and port of the proxy, if there is one.
    pub proxy: Option<&'a str>,
    /// The time for the whole call.
    pub timeout: Duration,
}

impl Ended<'_> {
    fn failure(&self) -> Option<&Failure> {
        match self.error {
            ureq::Error::Other(inner) => inner.downcast_ref(),
            _ => None,
        }
    }

    /// Whether another attempt is safe and makes sense: a handshake or a request that broke off,
    /// or an idle connection that the server closed just then (RFC 9112, 9.3.1).
    pub fn may_be_tried_again(&self) -> bool {
        match self.failure() {
            Some(Failure::HandshakeBroken(_)) => true,
            Some(Failure::Broken(_)) => {
                let attempt = &self.attempt;
                !attempt.is_request_complete || (attempt.is_reused && !attempt.is_response_begun)
            }
            // How ureq tells the end of the stream before a status line.
            None => {
                matches!(self.error, ureq::Error::Io(error)
                    if error.kind() == io::ErrorKind::UnexpectedEof)
                    && self.attempt.is_reused
                    && !self.attempt.is_response_begun
            }
            _ => false,
        }
    }

    pub fn problem(&self) -> Problem {
        let (status, what) = self.classify();
        Problem { status, what, consequence: Some(self.consequence()) }
    }

    /// Whether Authlete may have acted on the request.
    pub fn may_be_processed(&self) -> bool {
        self.attempt.is_request_complete && !self.is_identity_refused()
    }

    fn is_identity_refused(&self) -> bool {
        matches!(self.failure(), Some(Failure::IdentityRefused(_)))
    }

    fn classify(&self) -> (Status, String) {
        let authority = self.authority;
        match self.failure() {
            Some(failure) => self.describe(failure),
            None => match self.error {
                ureq::Error::Protocol(_) => self.describe(&Failure::MalformedHttp),
                ureq::Error::LargeResponseHeader(..) => self.describe(&Failure::HeadTooLarge),
                ureq::Error::Io(error) => (Status::Network, ended_the_connection(authority, error)),
                // A body that ends within the framing of a chunk.
                ureq::Error::BodyStalled => {
                    let error = io::ErrorKind::UnexpectedEof.into();
                    (Status::Network, ended_the_connection(authority, &error))
                }
                _ => (Status::Internal, "the HTTP client failed in an unexpected way".to_owned()),
            },
        }
    }

    fn describe(&self, failure: &Failure) -> (Status, String) {
        let authority = self.authority;
        // Up to the tunnel, the proxy is the peer.
        let peer = self.proxy.unwrap_or(authority);
        match failure {
            Failure::Deadline => (Status::Timeout, self.timed_out(peer)),
            Failure::ShutDown => (Status::Shutdown, "the client was shut down".to_owned()),
            Failure::NotResolved => (Status::Connect, format!("{peer} cannot be resolved")),
            Failure::NoThread => {
                (Status::Resource, "no thread can be had to resolve the name".to_owned())
            }
            Failure::NotConnected(error) if is_exhaustion(error) => {
                (Status::Resource, format!("no socket can be had ({})", error.kind()))
            }
            Failure::NotConnected(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                (Status::Connect, format!("{peer} refused the connection"))
            }
            Failure::NotConnected(error) => {
                (Status::Connect, format!("{peer} cannot be reached ({})", error.kind()))
            }
            Failure::ProxyRefused(Some(status)) => {
                (Status::Connect, format!("the proxy {peer} answered {status}"))
            }
            Failure::ProxyRefused(None) => {
                (Status::Connect, format!("the proxy {peer} did not answer as a proxy does"))
            }
            Failure::Tls(error) if self.attempt.stage == Stage::Exchange => {
                (Status::Network, format!("{authority}: {}", tls_error::describe(error)))
            }
            Failure::Tls(error) | Failure::IdentityRefused(error) => {
                (Status::Tls, format!("{authority}: {}", tls_error::describe(error)))
            }
            Failure::HandshakeBroken(error) => {
                (Status::Tls, format!("{authority} ended the handshake ({})", error.kind()))
            }
            Failure::Broken(error) => (Status::Network, ended_the_connection(authority, error)),
            Failure::MalformedHttp => {
                (Status::Protocol, format!("{authority} answered with malformed HTTP"))
            }
            Failure::Unsolicited => {
                (Status::Protocol, format!("{authority} sent a response that no request asked for"))
            }
            Failure::HeadTooLarge => {
                (Status::Protocol, format!("{authority} answered with too large a head or chunk"))
            }
        }
    }

    fn timed_out(&self, peer: &str) -> String {
        let authority = self.authority;
        match self.attempt.stage {
            Stage::Start | Stage::Lookup => format!("{peer} was not resolved in time"),
            Stage::Tcp => format!("{peer} did not accept a connection in time"),
            Stage::Proxy => format!("the proxy {peer} did not answer in time"),
            Stage::Tls => format!("{authority} did not finish the TLS handshake in time"),
            Stage::Exchange => {
                let timeout = self.timeout.as_millis();
                format!("no complete answer from {authority} within {timeout} ms")
            }
        }
    }

    fn consequence(&self) -> &'static str {
        match self.attempt.stage {
            Stage::Exchange if self.may_be_processed() => MAYBE_PROCESSED,
            Stage::Exchange if self.attempt.is_request_complete => "nothing was processed",
            Stage::Exchange => "the request was not sent completely",
            _ => NOT_SENT,
        }
    }
}

fn ended_the_connection(authority: &str, error: &io::Error) -> String {
    format!("{authority} ended the connection ({})", error.kind())
}

/// Out of descriptors, buffers or memory.
fn is_exhaustion(error: &io::Error) -> bool {
    let exhausted = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM, libc::EAGAIN];
    error.raw_os_error().is_some_and(|code| exhausted.contains(&code))
}
