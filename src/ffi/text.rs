//! Input and output text, and the functions without a handle: names and version.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::slice;

use super::guard;
use crate::error::Error;
use crate::json;
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
    if text.is_null() {
        let problem = "is NULL, but its length is not 0";
        return if len == 0 { Ok("") } else { Err(invalid(name, problem)) };
    }
    if isize::try_from(len).is_err() {
        return Err(invalid(name, "is too long"));
    }
    // SAFETY: `text` is not NULL, `len` is at most isize::MAX, and the caller vouches for the bytes.
    let bytes = unsafe { slice::from_raw_parts(text.cast::<u8>(), len) };
    std::str::from_utf8(bytes).map_err(|_| invalid(name, "is not UTF-8"))
}

/// Checks and returns the NUL-terminated argument `name`.
///
/// # Safety
///
/// `text` is NULL, or points to a NUL-terminated string that does not change during `'a`.
pub(super) unsafe fn c_string<'a>(name: &str, text: *const c_char) -> Result<&'a str, Error> {
    if text.is_null() {
        return Err(invalid(name, "is NULL"));
    }
    // SAFETY: `text` is not NULL, and the caller vouches for the string.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| invalid(name, "is not UTF-8"))
}

fn invalid(name: &str, problem: &str) -> Error {
    Error::of_input(Status::InvalidArgument, "argument", format!("\"{name}\" {problem}"))
}

/// Copies `text` and a NUL to `out` if both fit, otherwise only the NUL. Returns the length of
/// `text`.
///
/// # Safety
///
/// `out` is NULL, or `out_size` bytes at `out` are writable.
pub(super) unsafe fn copy(text: &str, out: *mut c_char, out_size: usize) -> usize {
    let copied = if text.len() < out_size { text.as_bytes() } else { b"" };
    if !out.is_null() {
        // A caller may pass SIZE_MAX as `out_size`, but a slice has at most isize::MAX bytes.
        let size = out_size.min(text.len() + 1);
        // SAFETY: `out` is not NULL, the caller vouches for `out_size` bytes, and `size` is at most
        // isize::MAX, because `text` is shorter than that.
        let out: &mut [MaybeUninit<u8>] = unsafe { slice::from_raw_parts_mut(out.cast(), size) };
        for (to, from) in out.iter_mut().zip(copied.iter().chain(b"\0")) {
            to.write(*from);
        }
    }
    text.len()
}

/// Writes `text` to `out` as a JSON string literal: with quotes and escapes, NUL-terminated.
///
/// Use it for any text from a user or an OAuth client that becomes part of a request. Returns the
/// length of the literal, without the NUL. If the literal does not fit, `out` is set to "": call
/// again with an `out_size` of at least that length + 1. If `text` is not UTF-8, returns SIZE_MAX
/// and writes "".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authlete_fail_json_string(
    text: *const c_char,
    text_len: usize,
    out: *mut c_char,
    out_size: usize,
) -> usize {
    // SAFETY: the caller vouches for `text` and `text_len` (header, "Calling convention").
    let text = || unsafe { argument("text", text, text_len) }.ok();
    let literal = guard(|| text().map(json::string_literal), || None);
    let literal = literal.as_ref().and_then(|literal| std::str::from_utf8(literal.expose()).ok());
    // SAFETY: the caller vouches for `out` and `out_size` (header, "Calling convention").
    let copied = unsafe { copy(literal.unwrap_or_default(), out, out_size) };
    if literal.is_some() { copied } else { usize::MAX }
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

/// The version of the library that is loaded, such as "0.2.0".
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"?",
        };
    VERSION.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_copied_for_every_buffer_size() {
        let text = c"abc";
        for (out_size, expected) in [
            (0, b"******"),
            (1, b"\0*****"),
            (5, b"\0*****"),
            (6, b"\"abc\"\0"),
            (isize::MAX as usize, b"\"abc\"\0"),
            (usize::MAX, b"\"abc\"\0"),
        ] {
            let mut out = *b"******";
            let start = out.as_mut_ptr().cast();
            // SAFETY: the text is a constant, and the function writes at most six bytes.
            let len = unsafe { authlete_fail_json_string(text.as_ptr(), 3, start, out_size) };
            assert_eq!((len, &out), (5, expected), "{out_size}");
        }
    }
}
