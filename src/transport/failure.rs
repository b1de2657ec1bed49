//! The failures of an attempt.

use std::io;
use std::time::Duration;

use crate::dpop::{CannotSign, Nonce};

/// A failure of an attempt. If it occurs below ureq, ureq passes it on in [`ureq::Error::Other`].
///
/// [`AttemptError`](super::AttemptError) creates the error messages. They never contain messages of
/// other crates: those of ureq may contain a URL, and others may contain text from the server.
#[derive(Debug, thiserror::Error)]
#[error("{self:?}")]
pub enum Failure {
    Deadline,
    ShutDown,
    /// The DNS lookup failed.
    NotResolved,
    /// No thread could be created for the DNS lookup.
    NoThread,
    /// No address accepted a connection, or no socket could be created.
    NotConnected(io::Error),
    /// The proxy did not open a tunnel. The field is its HTTP status, if it sent one.
    ProxyRefused(Option<u16>),
    /// The proxy closed or reset the connection before it opened a tunnel.
    ProxyLost,
    Tls(rustls::Error),
    /// The server refused the client certificate, or requires one.
    ClientCertificateRefused(rustls::Error),
    /// The connection was lost during the TLS handshake.
    HandshakeBroken(io::Error),
    /// The peer closed or reset the connection at any other time.
    Broken(io::Error),
    /// The peer of a reused connection did not acknowledge the request within this time.
    Unacknowledged(Duration),
    /// The kernel ended the connection because the peer did not respond, for example to keep-alive
    /// probes.
    Vanished(io::Error),
    /// The headers, a chunk header or the trailers do not fit into the buffer.
    HeadersTooLarge,
    MalformedHttp,
    /// The server sent a response before it received the request.
    Unsolicited,
    /// As above, but with status 408: the server closed the idle connection (RFC 9110, 15.5.9).
    RequestTimeout,
    ConflictingFraming,
    UnsupportedCoding,
    MalformedChunks,
    BodyTooLarge,
    /// Authlete refused the request because its DPoP proof does not contain this nonce.
    NonceRequired(Nonce),
    /// The DPoP proof could not be signed.
    CannotSign(CannotSign),
    /// ureq returned an error that the library does not expect.
    Unexpected,
}

impl From<Failure> for ureq::Error {
    fn from(failure: Failure) -> Self {
        Self::Other(Box::new(failure))
    }
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Other(inner) => {
                inner.downcast().map_or(Self::Unexpected, |failure: Box<Self>| *failure)
            }
            ureq::Error::Protocol(_) => Self::MalformedHttp,
            ureq::Error::LargeResponseHeader(..) => Self::HeadersTooLarge,
            // The stream ended before a status line or within a body.
            ureq::Error::Io(error) => Self::Broken(error),
            // The stream ended within the framing of a chunked body.
            ureq::Error::BodyStalled => Self::Broken(io::ErrorKind::UnexpectedEof.into()),
            _ => Self::Unexpected,
        }
    }
}
