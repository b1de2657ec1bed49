//! The fault suite: the library must keep its promises whatever fails around it.
//!
//! `README.md` lists the rows; `matrix` checks that each has its test.

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../support/mod.rs"]
mod support;

mod matrix;
mod nginx;
mod program;
mod world;

mod abi;
mod dns;
mod http;
mod json;
mod memory;
mod pool;
mod process;
mod proxy;
mod secrets;
mod stream;
mod tcp;
mod threads;
mod tls;
