//! The proofs that were used (RFC 9449, 11.1).

use std::collections::HashMap;
use std::time::Duration;

/// The minimum time between two removals of expired entries. Without it, each request would search the
/// whole table.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(10);

/// The `jti` of each proof of one service, until the proof is too old to be accepted.
#[derive(Default)]
pub(super) struct Replay {
    expiry_by_jti: HashMap<String, Duration>,
    next_cleanup: Duration,
}

impl Replay {
    /// Returns false if the `jti` was used before.
    pub fn insert(&mut self, jti: &str, expires_at: Duration, now: Duration) -> bool {
        if now >= self.next_cleanup {
            self.expiry_by_jti.retain(|_, expires_at| *expires_at >= now);
            self.next_cleanup = now.saturating_add(CLEANUP_INTERVAL);
        }
        self.expiry_by_jti.insert(jti.to_owned(), expires_at).is_none()
    }
}
