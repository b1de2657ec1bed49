//! What only libc can do, as safe functions.
#![allow(unsafe_code, reason = "the bottom edge: calls into libc")]

/// Overwrites `bytes` with zeros in a way that the optimiser keeps.
pub fn wipe(bytes: &mut [u8]) {
    // SAFETY: the slice is valid for writes over its whole length.
    unsafe { libc::explicit_bzero(bytes.as_mut_ptr().cast(), bytes.len()) };
}
