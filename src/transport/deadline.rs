//! The deadline of a call or of opening a connection.

use std::time::{Duration, Instant};

use super::failure::Failure;

/// The time at which all waits end.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// Returns the deadline `timeout` from now, or this one if it is earlier.
    pub fn within(self, timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout).map_or(self.0, |at| at.min(self.0)))
    }

    /// Returns the time left, which is greater than zero. It is an error if no time is left.
    pub fn remaining(self) -> Result<Duration, Failure> {
        let remaining = self.0.saturating_duration_since(Instant::now());
        if remaining.is_zero() { Err(Failure::Deadline) } else { Ok(remaining) }
    }
}
