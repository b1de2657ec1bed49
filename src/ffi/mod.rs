//! The C ABI: every exported function, in the order of the header.
//!
//! C pointers arrive as `Option<&T>`, `Option<Box<T>>` and `Option<&mut MaybeUninit<T>>`, so that
//! NULL is a case to handle and an out-parameter cannot be read.

#[cfg(not(panic = "unwind"))]
compile_error!("authlete-fail keeps panics from its callers, which needs panic = \"unwind\"");

// In the order in which a program needs them, which is the header's.
pub mod client;

pub mod call;

pub mod reply;

pub mod text;

use std::mem::{self, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use crate::client::Client;
use crate::error::Error;
pub use crate::log::Level;
pub use crate::reply::Reply;
pub use crate::status::Status;
pub use crate::status::{Outcome, TicketState};
use crate::sys::CancelGuard;

/// What the header promises: both handles may be shared by threads.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Client>();
    is_shared::<Reply>();
};

/// Runs `f`; should it panic, answers `fallback`. Not a cancellation point.
fn guard<T>(f: impl FnOnce() -> T, fallback: impl FnOnce() -> T) -> T {
    let _cancel_guard = CancelGuard::new();
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| {
        // Dropping what a panic carries may panic again.
        mem::forget(payload);
        fallback()
    })
}

/// Hands the reply to the caller, who frees it.
fn deliver(reply: Reply, out: Option<&mut MaybeUninit<*mut Reply>>) -> Status {
    let status = reply.status;
    if let Some(out) = out {
        out.write(Box::into_raw(Box::new(reply)));
    }
    status
}

fn bug() -> Error {
    Error::internal("a bug in authlete-fail; please report it")
}
