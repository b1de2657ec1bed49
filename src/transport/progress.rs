//! The progress of an attempt. It determines the ticket state and whether a retry is safe, and it is
//! part of the diagnostics of the call.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The stage that an attempt has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lookup,
    Tcp,
    Proxy,
    Tls,
    /// Sending the request and receiving the API response.
    Exchange,
}

/// The other end of a connection: the proxy if there is one, otherwise Authlete.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub address: SocketAddr,
    /// `None` for plain HTTP, and until the handshake has succeeded.
    pub tls: Option<TlsSession>,
}

/// A TLS session with Authlete.
#[derive(Clone, Copy, Debug)]
pub struct TlsSession {
    /// Such as "1.3".
    pub version: &'static str,
    pub is_resumed: bool,
}

/// The durations of the parts of an attempt. `None` means that the attempt did not reach the part,
/// or does not have it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    pub dns: Option<Duration>,
    pub tcp: Option<Duration>,
    pub proxy: Option<Duration>,
    pub tls: Option<Duration>,
    /// From the start of sending to the first byte of the API response.
    pub wait: Option<Duration>,
    /// From there to the end of the API response.
    pub body: Option<Duration>,
}

/// The progress of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub stage: Stage,
    /// `None` if there is no connection.
    pub peer: Option<Peer>,
    /// Whether the connection was idle before the attempt.
    pub is_reused: bool,
    /// Whether the request was sent completely, so that Authlete may have received all of it.
    /// Authlete cannot process an incomplete request, because its JSON document is truncated.
    pub is_request_complete: bool,
    /// Whether a byte of the API response has arrived, or may have arrived: over TLS, an incomplete
    /// record may contain one. Complete session tickets, key updates and close_notify do not count.
    pub has_response_started: bool,
    pub times: Times,
}

impl Progress {
    /// The progress at the start of an attempt.
    pub fn new() -> Self {
        Self {
            stage: Stage::Lookup,
            peer: None,
            is_reused: false,
            is_request_complete: false,
            has_response_started: false,
            times: Times::default(),
        }
    }

    /// "reused" or "new"; `None` if there is no connection.
    pub fn connection(&self) -> Option<&'static str> {
        self.peer.map(|_| if self.is_reused { "reused" } else { "new" })
    }
}

/// Runs `part` and stores its duration.
pub fn timed<T>(duration: &mut Option<Duration>, part: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = part();
    *duration = Some(started.elapsed());
    result
}
