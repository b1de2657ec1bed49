//! The lifetime of a connection: how long, and for how many requests, it may be reused.
//!
//! Fail calls are rare, and a call on an idle connection takes one round trip instead of three. So
//! connections stay idle for up to `idleTimeoutMs`, which is 110 seconds by default; libcurl keeps
//! them for 118 seconds (CURLOPT_MAXAGE_CONN). There are two other limits:
//!
//! - The server may set a limit in a Keep-Alive header (RFC 2068, 19.7.1.1).
//! - Every connection is retired after 20 to 30 minutes, so that the client follows the host to a
//!   new address even if the old one keeps working. The age is random, so that the processes of a
//!   server do not all open new connections at the same time.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, HeaderName};

use crate::stats::CloseReason;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// The minimum age at which a connection is retired.
const MIN_AGE: Duration = Duration::from_secs(20 * 60);

/// The range of the random part of that age, in seconds.
const AGE_RANGE: u64 = 10 * 60;

/// The margin that is subtracted from the server's timeout: the server's timer starts earlier, and
/// a request takes time to arrive.
const MARGIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Lifetime {
    retire_at: Instant,
    idle_until: Instant,
    idle_timeout: Duration,
    /// The number of requests that the server still accepts, if it has specified a limit.
    requests_left: Option<u64>,
}

impl Lifetime {
    /// The lifetime of a connection that has just been opened.
    pub fn new(idle_timeout: Duration) -> Self {
        let now = Instant::now();
        // The nanoseconds of the clock are random enough to spread the connections of processes.
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(now);
        let retire_at = now + MIN_AGE + Duration::from_secs(hash % AGE_RANGE);
        Self { retire_at, idle_until: now + idle_timeout, idle_timeout, requests_left: None }
    }

    /// Applies the limits in the headers of a response. A value that is not a number is ignored.
    pub fn end_exchange(&mut self, headers: &HeaderMap) {
        self.requests_left = self.requests_left.map(|left| left.saturating_sub(1));
        let values = headers.get_all(KEEP_ALIVE).iter().filter_map(|value| value.to_str().ok());
        for (name, value) in values.flat_map(|value| value.split(',')).filter_map(parameter) {
            if name.eq_ignore_ascii_case("timeout") {
                let timeout = Duration::from_secs(value).saturating_sub(MARGIN);
                self.idle_timeout = self.idle_timeout.min(timeout);
            } else if name.eq_ignore_ascii_case("max") {
                self.requests_left = Some(value);
            }
        }
    }

    /// Starts the idle time.
    pub fn begin_idle(&mut self, now: Instant) {
        self.idle_until = now + self.idle_timeout;
    }

    /// Whether more than half of the idle time has passed.
    pub fn is_ending(&self, now: Instant) -> bool {
        now + self.idle_timeout / 2 > self.idle_until
    }

    /// Returns the reason why the connection must no longer be used, if there is one.
    pub fn expiry(&self, now: Instant) -> Option<CloseReason> {
        if self.requests_left == Some(0) {
            Some(CloseReason::NotReusable)
        } else if now >= self.retire_at {
            Some(CloseReason::Age)
        } else if now >= self.idle_until {
            Some(CloseReason::IdleTimeout)
        } else {
            None
        }
    }
}

/// Splits a parameter of a Keep-Alive header, such as `timeout=5`.
fn parameter(text: &str) -> Option<(&str, u64)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim(), value.trim().parse().ok()?))
}
