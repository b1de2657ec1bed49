//! The clock that determines when tickets, codes, tokens and JWTs expire.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The wall clock, plus the time by which tests have moved it for all services and for one.
#[derive(Clone, Default)]
pub(crate) struct Clock {
    /// In seconds; negative if the clock was moved backward.
    moved: i64,
    moved_by_service: HashMap<String, i64>,
}

impl Clock {
    /// Time since the Unix epoch, for a service that was not moved on its own.
    pub fn now(&self) -> Duration {
        shifted(self.moved)
    }

    /// Time since the Unix epoch for a service.
    pub fn now_for(&self, service_id: &str) -> Duration {
        let of_service = self.moved_by_service.get(service_id).copied().unwrap_or_default();
        shifted(self.moved.saturating_add(of_service))
    }

    pub fn advance(&mut self, seconds: i64) {
        self.moved = self.moved.saturating_add(seconds);
    }

    pub fn advance_for(&mut self, service_id: &str, seconds: i64) {
        let moved = self.moved_by_service.entry(service_id.to_owned()).or_default();
        *moved = moved.saturating_add(seconds);
    }

    pub fn remove_service(&mut self, service_id: &str) {
        self.moved_by_service.remove(service_id);
    }
}

fn shifted(seconds: i64) -> Duration {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { wall.saturating_sub(by) } else { wall.saturating_add(by) }
}
