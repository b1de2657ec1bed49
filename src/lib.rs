//! Reports failed authorization, token and backchannel authentication (CIBA) requests to Authlete
//! and makes the HTTP response for the OAuth client, for servers that are not written in Rust.
//!
//! The interface is the C ABI of `include/authlete_fail.h`, which [`ffi`] implements; this crate is
//! not meant to be called from Rust.

#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
compile_error!("authlete-fail is tested on Linux with glibc on x86_64 and aarch64 only");

mod action;
mod api_response;
mod client;
mod config;
mod endpoint;
mod error;
mod interpret;
mod json;
mod log;
mod reply;
mod request;
mod response;
mod retry;
mod secret;
mod status;
mod suggest;
mod sys;
mod text;
mod transport;

#[allow(
    unsafe_code,
    clippy::missing_safety_doc,
    reason = "the top edge; what callers must keep to stands in the header's preamble"
)]
pub mod ffi;
