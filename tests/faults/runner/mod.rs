//! Runs the cases, and makes the assertions that apply to all of them (`tests/faults/README.md`).
//!
//! Only the [`Runner`] can start a process with the library: a [`host::Host`] (`tests/c/driver.c`, which
//! makes calls on demand) or a [`program::Program`] (`tests/faults/c`, for fork, threads and signals).
//! A case without such a process fails.

mod case;
mod clock;
mod daemon;
mod host;
mod inject;
mod log_line;
mod machine;
mod program;
mod reply;
mod reports;
mod run;

pub mod load;

pub(crate) use case::case;
pub use case::{FaultCase, NETWORK, NGINX, Need, control_group};
pub use clock::Clock;
pub use daemon::Daemon;
pub use host::{Host, Start};
pub use machine::{has_unacknowledged, wait_for_end_of_connections};
pub use program::{ROUNDS, good_servers};
pub use reply::Called;
pub use run::Runner;

use serde_json::Value;
use std::sync::{Condvar, Mutex};

use crate::harness::TEST_TIMEOUT;

pub const TOKEN: &str = "access-t0ken-c4n4ry";

/// An event that threads can wait for.
#[derive(Default)]
pub struct Event {
    has_happened: Mutex<bool>,
    changed: Condvar,
}

impl Event {
    pub fn set(&self) {
        *self.has_happened.lock().unwrap() = true;
        self.changed.notify_all();
    }

    pub fn wait(&self) {
        let guard = self.has_happened.lock().unwrap();
        let waited = self.changed.wait_timeout_while(guard, TEST_TIMEOUT, |happened| !*happened);
        assert!(*waited.unwrap().0, "the event did not happen");
    }
}

/// Adds the members of `extra` to an object.
pub fn extend(config: &mut Value, extra: Value) {
    let Value::Object(extra) = extra else { panic!("not an object: {extra}") };
    config.as_object_mut().unwrap().extend(extra);
}
