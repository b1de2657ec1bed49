//! Input and output text, and the functions without a handle: names and version.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::slice;

use super::guard;
use crate::error::Error;
use crate::status::{Named, Outcome, Status, TicketState};
use crate::text::Text;

/// Checks and returns the argument `name`, which is NULL only if `len` is 0.
///
/// # Safety
///
/// `text` is NULL, or `len` bytes at `text` are readable and do not change during `'a`.
pub(super) unsafe fn argument<'a>(
    name: &str,
    text: *const c_char,
    len: usize,
) -> Result<&'a str, Error> {
    let invalid = |problem: &str| {
        Error::of_input(Status::InvalidArgument, "argument", format!("\"{name}\" {problem}"))
    };
    if text.is_null() {
        return if len == 0 { Ok("") } else { Err(invalid("is NULL, but its length is not 0")) };
    }
    if isize::try_from(len).is_err() {
        return Err(invalid("is too long"));
    }
    // SAFETY: `text` is not NULL, `len` is at most isize::MAX, and the caller vouches for the bytes.
    let bytes = unsafe { slice::from_raw_parts(text.cast::<u8>(), len) };
    std::str::from_utf8(bytes).map_err(|_| invalid("is not UTF-8"))
}

/// Returns a pointer to `text`, and stores its length in `len`.
pub(super) fn lend(text: &Text, len: Option<&mut MaybeUninit<usize>>) -> *const c_char {
    let bytes = text.as_bytes_with_nul();
    if let Some(len) = len {
        len.write(bytes.len() - 1);
    }
    bytes.as_ptr().cast()
}

// Without a negative enumerator, C compilers make the enums unsigned; hence u32.

/// The name of a status without its prefix, such as "TIMEOUT"; "?" for an unknown value.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_status_name(status: u32) -> *const c_char {
    name_of::<Status>(status)
}

/// The name of an outcome without its prefix, such as "DELIVERED"; "?" for an unknown value.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_outcome_name(outcome: u32) -> *const c_char {
    name_of::<Outcome>(outcome)
}

/// The name of a ticket state without its prefix, such as "CONSUMED"; "?" for an unknown value.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_ticket_state_name(ticket_state: u32) -> *const c_char {
    name_of::<TicketState>(ticket_state)
}

fn name_of<T: Named>(number: u32) -> *const c_char {
    guard(|| T::name_of(number).unwrap_or(c"?").as_ptr(), || c"?".as_ptr())
}

/// The version of the library that is loaded, such as "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"?",
        };
    VERSION.as_ptr()
}
