//! What drives the library in the Rust tests.
//!
//! - [`client`]: a safe wrapper of the C ABI, which checks every reply.
//! - [`driver`]: the same calls in a process of any language.
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
pub mod driver;
#[cfg(miri)]
pub mod miri;
pub mod peer;
pub mod server;

use std::time::Duration;

pub use peer::{Peer, Request, http};
pub use server::{Kind, Server, certificate};

/// Part of every secret of the tests: no error and no log line may contain it. It has digits, so
/// that no error may quote it as a misspelt name either.
pub const CANARY: &str = "c4n4ry";

/// A test fails if something without a deadline takes longer.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(30);
