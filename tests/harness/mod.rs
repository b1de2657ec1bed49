//! The harness of the Rust tests.
//!
//! - [`client`] and [`reply`]: a safe wrapper of the C ABI, which checks every reply.
//! - [`log`]: a log callback.
//! - [`driver`]: the same calls, in a process in any language.
//! - [`dpop`]: keys, and the check of the proofs in requests.
//! - [`server`] and [`peer`]: a server that runs a script for each connection, plain or over TLS.
//!
//! `network.rs` (private namespaces) and `name_server.rs` are for the suites that run as root; they
//! declare these modules themselves.

#![allow(dead_code, unused_imports, reason = "each test program uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::multiple_unsafe_ops_per_block
)]

pub mod client;
pub mod dpop;
pub mod driver;
pub mod log;
#[cfg(miri)]
pub mod miri;
pub mod peer;
pub mod reply;
pub mod server;

use std::time::Duration;

pub use peer::{Peer, Request, http};
pub use server::{Kind, Server, certificate};

/// Part of every secret in the tests. No error and no log line may contain it. Because of its digits,
/// errors must not quote it as a misspelled name either.
pub const CANARY: &str = "c4n4ry";

/// The time after which a test fails if an operation without a deadline has not finished.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(30);
