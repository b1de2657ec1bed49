//! A point in time that no wait may pass.

use std::time::{Duration, Instant};

use super::failure::Failure;

/// When a call, or the opening of a connection, has to be over.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// `timeout` from now, but not after this deadline.
    pub fn within(self, timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout).map_or(self.0, |at| at.min(self.0)))
    }

    /// The time left, more than zero.
    pub fn remaining(self) -> Result<Duration, Failure> {
        let remaining = self.0.saturating_duration_since(Instant::now());
        if remaining.is_zero() { Err(Failure::Deadline) } else { Ok(remaining) }
    }
}
