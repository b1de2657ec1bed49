//! The C ABI: every exported function.
//!
//! C pointers arrive as `Option<&T>`, `Option<Box<T>>` and `Option<&mut MaybeUninit<T>>`, so that
//! NULL is a case to handle and an out-parameter cannot be read.

#[cfg(not(panic = "unwind"))]
compile_error!("authlete-fail catches panics at the C ABI, which requires panic = \"unwind\"");

// The order of the modules is the order of the functions in the header.
pub mod client;

pub mod call;

pub mod reply;

pub mod text;

use std::mem::{self, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

pub use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::interpret::CallResult;
pub use crate::log::Level;
pub use crate::reply::Reply;
pub use crate::status::Status;
pub use crate::status::{JsonType, Outcome, TicketState};
use crate::sys::CancelGuard;

/// Checks a promise of the header: threads may share both handles.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Client>();
    is_shared::<Reply>();
};

/// Returns the result of `f`, or of `fallback` if `f` panics. Not a cancellation point.
fn guard<T>(f: impl FnOnce() -> T, fallback: impl FnOnce() -> T) -> T {
    let _cancel_guard = CancelGuard::new();
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| {
        // Dropping the payload could panic again.
        mem::forget(payload);
        fallback()
    })
}

/// Passes ownership of `reply` to the caller.
fn deliver(reply: Box<Reply>, out: Option<&mut MaybeUninit<*mut Reply>>) -> Status {
    let status = reply.status;
    if let Some(out) = out {
        out.write(Box::into_raw(reply));
    }
    status
}

fn null(argument: &str) -> Error {
    let message = format!("\"{argument}\" is NULL");
    Error::of_input(Status::InvalidArgument, "argument", message)
}

fn null_client() -> Error {
    let message = "\"client\" is NULL; did authlete_fail_client_new() succeed?";
    Error::of_input(Status::InvalidArgument, "argument", message)
}

/// Recovers the client after a call, or `connect` if `endpoint` is `None`, panicked. Returns the reply.
fn bug_in_call(
    client: Option<&Client>,
    endpoint: Option<Endpoint>,
    ticket_state: TicketState,
    started: Instant,
) -> Box<Reply> {
    guard(|| client.map(Client::recover).unwrap_or_default(), || ());
    let logged = || client.map(|client| client.after_bug(endpoint, bug(), ticket_state, started));
    guard(logged, || None).unwrap_or_else(|| {
        let result = CallResult::without_api_response(Some(bug()), ticket_state);
        Reply::new(result, 1, None, started)
    })
}

/// The error of a function that panicked.
fn bug() -> Error {
    Error::internal("a bug in authlete-fail; please report it")
}
