//! Tests of the sandbox over HTTP and of its program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod api;
mod api_client;
mod authorization_fail;
mod backchannel_fail;
mod control;
mod http;
mod issue;
mod program;
mod response_modes;
mod token_fail;
