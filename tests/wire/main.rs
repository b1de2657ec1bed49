//! HTTP/1.1 on the wire: malformed responses, compared with libcurl, and the requests that the
//! library sends, read by strict parsers.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../harness/mod.rs"]
mod harness;
#[path = "../support/mod.rs"]
mod support;

mod cases;
mod judge;
mod run;
mod strict;

mod requests;
mod responses;
