//! The deadline of a call or of opening a connection.

use std::time::{Duration, Instant};

use super::failure::Failure;

/// The time at which all waits end.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    started: Instant,
    at: Instant,
    /// The timeout of the call.
    timeout: Duration,
}

impl Deadline {
    /// The deadline of a call that started at `started`.
    pub fn new(started: Instant, timeout: Duration) -> Self {
        Self { started, at: started + timeout, timeout }
    }

    /// The start of the call.
    pub(super) fn started(self) -> Instant {
        self.started
    }

    /// The timeout of the call that the deadline belongs to.
    pub fn timeout(self) -> Duration {
        self.timeout
    }

    /// Returns the deadline `timeout` from now, or this one if it is earlier.
    pub(super) fn within(self, timeout: Duration) -> Self {
        let at = Instant::now().checked_add(timeout).map_or(self.at, |at| at.min(self.at));
        Self { at, ..self }
    }

    /// Returns the time left, or zero.
    pub fn time_left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Returns the time left, which is greater than zero. It is an error if no time is left.
    pub(super) fn remaining(self) -> Result<Duration, Failure> {
        let remaining = self.time_left();
        if remaining.is_zero() { Err(Failure::Deadline) } else { Ok(remaining) }
    }
}
