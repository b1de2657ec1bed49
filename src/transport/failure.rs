//! What can go wrong in an attempt.

use std::io;

/// A failure below the client. ureq passes it through as [`ureq::Error::Other`].
///
/// The texts for people are made by [`AttemptError`](super::AttemptError). The texts of other
/// crates are not used: ureq's may contain a URL, and others what a server chose.
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
    /// The proxy opened no tunnel; its HTTP status if it sent one.
    ProxyRefused(Option<u16>),
    Tls(rustls::Error),
    /// The server refused the client certificate, or requires one.
    ClientCertificateRefused(rustls::Error),
    /// The connection ended during the TLS handshake.
    HandshakeBroken(io::Error),
    /// The connection ended after the handshake.
    Broken(io::Error),
    /// The headers, the framing of a chunk or the trailers do not fit into the buffer.
    HeadersTooLarge,
    MalformedHttp,
    /// The server sent a response before the request reached it.
    Unsolicited,
    ConflictingFraming,
    UnsupportedCoding,
    MalformedChunks,
    BodyTooLarge,
    /// ureq failed in a way that this library does not expect.
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
            // The stream ended within the framing of a chunk.
            ureq::Error::BodyStalled => Self::Broken(io::ErrorKind::UnexpectedEof.into()),
            _ => Self::Unexpected,
        }
    }
}
