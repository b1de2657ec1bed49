//! What runs the cases. A case is a function that gets the [`Harness`], registered by its module:
//!
//! ```text
//! pub fn cases() -> Vec<FaultCase> {
//!     vec![case!(the_server_resets_after_the_request)]
//! }
//!
//! fn the_server_resets_after_the_request(harness: &Harness) {
//!     harness.run(|host| {
//!         let server = Server::start(Kind::Plain, |peer| {
//!             peer.request()?;
//!             match peer.number { 0 => peer.reset(), _ => peer.serve() }
//!         });
//!         host.client(&server, json!({ "timeoutMs": 500 }));
//!         host.call().is("NETWORK", "UNKNOWN", 1);
//!     });
//! }
//! ```
//!
//! Only the harness can start a process with the library: a [`host::Host`] (`tests/c/driver.c`, which
//! the case drives call by call) or a [`program::Program`] (`tests/faults/c`, for what only C can
//! do). Both assert for every case that calls end by their deadline, that stderr stays empty, that
//! descriptors, threads and memory are as before, that no secret is disclosed, and that a call to a
//! healthy server succeeds afterwards. A case without such a process fails.

mod case;
mod clock;
mod host;
mod inject;
mod machine;
mod program;
mod reply;
mod run;

pub mod dns;
pub mod load;
pub mod net;
#[path = "../world/peer.rs"]
pub mod peer;
#[allow(dead_code, reason = "the scenarios use the rest")]
#[path = "../world/server.rs"]
pub mod server;

pub(crate) use case::case;
pub use case::{FaultCase, Need, control_group, faketime};
pub use clock::Clock;
pub use host::{Host, Start};
pub use program::{ROUNDS, good_servers};
pub use reply::Called;
pub use run::Harness;

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

/// Part of everything that must not be disclosed: token, tickets, Authlete's text.
pub const CANARY: &str = "C4NARY";
/// The same in Base64, as credentials are sent: at each of the three places in a group of bytes.
const CANARY_BASE64: [&str; 3] = ["QzROQVJZ", "M0TkFSW", "DNE5BUl"];
pub const TOKEN: &str = "access-t0ken-C4NARY";

/// How long anything may take before the suite gives up.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Something that happens once.
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
        assert!(*waited.unwrap().0, "an event did not happen");
    }
}

/// Adds the members of `extra` to an object.
pub fn extend(config: &mut Value, extra: Value) {
    let Value::Object(extra) = extra else { panic!("no object: {extra}") };
    config.as_object_mut().unwrap().extend(extra);
}
