//! What the rows share. In the order of use:
//!
//! ```text
//! #[test]
//! fn the_server_resets_after_the_request() {
//!     row(|row| {
//!         let server = Server::start(Kind::Plain, |peer| {
//!             peer.request()?;
//!             match peer.number { 0 => peer.reset(), _ => peer.serve() }
//!         });
//!         row.client(&server, json!({ "timeoutMs": 500 }));
//!         row.call().is("NETWORK", "UNKNOWN", 1);
//!     });
//! }
//! ```
//!
//! - [`row::row`] runs a body with one host process (`tests/c/driver.c` and the shipped library) and
//!   asserts what every row promises: calls end by their deadline + 100 ms, the host lives, nothing
//!   on stderr, descriptors, threads and memory as before, no canary in an error or log line, an
//!   answer only ever for the ticket that was asked about. `row_in` takes a host started otherwise:
//!   [`host::Start`] knows strace injections, LD_PRELOAD shims and environment variables.
//! - [`server::Server`] listens on loopback and runs a script for each connection ([`peer::Peer`]).
//! - [`net::isolated`] runs a body in private network and mount namespaces with its own
//!   `/etc/hosts` and name server ([`dns`]).

pub mod clock;
pub mod dns;
pub mod host;
pub mod load;
pub mod net;
pub mod peer;
pub mod row;
pub mod server;

use std::io::Write;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// In everything that must not come out again: token, tickets, Authlete's text.
pub const CANARY: &str = "C4NARY";
pub const TOKEN: &str = "access-t0ken-C4NARY";

/// How long anything may take before the suite gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

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
        let waited = self.changed.wait_timeout_while(guard, PATIENCE, |happened| !*happened);
        assert!(*waited.unwrap().0, "an event did not happen");
    }
}

/// Says past libtest's capture that a row was left out, and how many were so far. As root with
/// CAP_SYS_ADMIN, that is a failure.
pub fn leave_out(what: &str, needs: &str) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    assert!(!has_sys_admin(), "{what} was left out ({needs}), though this is root");
    let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    let _ = writeln!(std::io::stderr(), "left out: {what} (needs {needs}); {count} so far");
}

/// Whether `program` is there; where it is not, the row is left out.
pub fn has_program(program: &str, what: &str) -> bool {
    let has = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    let has = has.is_ok_and(|output| output.status.success());
    if !has {
        leave_out(what, program);
    }
    has
}

pub fn has_sys_admin() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    u64::from_str_radix(line.trim(), 16).unwrap() & (1 << 21) != 0
}
