//! The fault suite: the library must keep its promises whatever fails around it.
//!
//! `README.md` lists the rows; `matrix` checks that each has its test.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../support/mod.rs"]
mod support;

mod matrix;
mod program;
mod tls_records;
mod tls_server;
mod world;

mod abi;
mod addresses;
mod attempts;
mod bodies;
mod calls;
mod dial;
mod dns;
mod framing;
mod http;
mod inherited_dns;
mod interim;
mod json;
mod keepalive;
mod memory;
mod pool;
mod process;
mod proxy;
mod secrets;
mod stale_dns;
mod statuses;
mod stray;
mod stream;
mod tcp;
mod threads;
mod tls;
mod tls_close;
mod tls_idle;
