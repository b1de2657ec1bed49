//! The scripted server of the fault suite.

#![allow(dead_code, reason = "each suite uses its own part")]

#[path = "../faults/world/peer.rs"]
pub mod peer;
#[path = "../faults/world/server.rs"]
pub mod server;

use std::time::Duration;

/// Limit of everything that has no deadline itself.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(30);
