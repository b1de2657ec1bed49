//! Tests of the sandbox over HTTP and of its program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod api;
mod api_client;
mod control;
mod fail;
mod http;

mod program;
mod request;
mod response_modes;
