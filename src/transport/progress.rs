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
    pub version: TlsVersion,
    pub is_resumed: bool,
}

/// The versions that rustls supports.
#[derive(Clone, Copy, Debug)]
pub enum TlsVersion {
    V1_2,
    V1_3,
}

impl TlsVersion {
    pub fn name(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
        }
    }
}

/// The durations of the parts of opening a connection. `None` means that the attempt did not reach
/// the part, or does not have it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening {
    pub dns: Option<Duration>,
    pub tcp: Option<Duration>,
    pub proxy: Option<Duration>,
    pub tls: Option<Duration>,
}

/// The times of an exchange. Calls only store them; the diagnostics subtract them.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    pub began_at: Instant,
    /// When the first part of the API response had arrived, if it was not the whole response.
    pub first_part_at: Option<Instant>,
    pub ended_at: Instant,
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
    pub opening: Opening,
    pub exchange: Option<Exchange>,
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
            opening: Opening::default(),
            exchange: None,
        }
    }

    /// The time from the start of sending to the first part of the API response, or to the failure.
    pub fn wait(&self) -> Option<Duration> {
        let Exchange { began_at, first_part_at, ended_at } = self.exchange?;
        Some(first_part_at.unwrap_or(ended_at) - began_at)
    }

    /// The time from the first part of the API response to its end; zero if it arrived in one part.
    pub fn body(&self) -> Option<Duration> {
        let Exchange { first_part_at, ended_at, .. } = self.exchange?;
        let body = first_part_at.map_or(Duration::ZERO, |first_part_at| ended_at - first_part_at);
        self.has_response_started.then_some(body)
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
