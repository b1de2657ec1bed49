//! Reports failed authorization, token and backchannel authentication (CIBA) requests to Authlete
//! and produces the HTTP response for the OAuth client.
//!
//! The public interface is the C ABI in `include/authlete_fail.h`, which [`ffi`] implements. There
//! is no Rust API.

#[cfg(not(all(
    target_os = "linux",
    any(target_env = "gnu", target_env = "musl"),
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
compile_error!("authlete-fail supports only Linux with glibc or musl on x86_64 and aarch64");

mod action;
mod api_response;
mod client;
mod config;
mod diagnostics;
mod dpop;
mod endpoint;
mod error;
mod interpret;
mod json;
mod log;
mod log_line;
mod options;
mod path;
mod pointer;
mod reply;
mod request;
mod response;
mod retry;
mod secret;
mod stats;
mod status;
mod suggest;
mod sys;
mod text;
mod transport;

#[allow(
    unsafe_code,
    clippy::missing_safety_doc,
    reason = "the C ABI; the preamble of the header states the callers' obligations"
)]
pub mod ffi;
