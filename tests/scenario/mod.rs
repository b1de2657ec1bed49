//! The scenarios in `tests/scenarios`: how they are read, run and checked.

use std::time::Duration;

pub mod backend;
pub mod check;
pub mod coverage;
mod documentation;
pub mod format;
pub mod run;
pub mod script;
pub mod table;

// The scripted server of the fault suite.
#[allow(dead_code, reason = "the fault suite uses the rest")]
#[path = "../faults/world/peer.rs"]
mod peer;
#[allow(dead_code, reason = "the fault suite uses the rest")]
#[path = "../faults/world/server.rs"]
mod server;

/// How long a server waits for its client before the test fails.
const TEST_TIMEOUT: Duration = Duration::from_secs(30);
