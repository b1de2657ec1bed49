//! Functions of libc that Miri does not implement. Miri finds these Rust functions by name. Under Miri,
//! there is only one process and no thread cancellation.

#![allow(unsafe_code, reason = "it replaces libc")]

use libc::{c_int, c_void, size_t};

#[unsafe(no_mangle)]
unsafe extern "C" fn explicit_bzero(start: *mut c_void, len: size_t) {
    // SAFETY: the caller promises `len` writable bytes.
    unsafe { start.write_bytes(0, len) };
}

#[unsafe(no_mangle)]
extern "C" fn madvise(_: *mut c_void, _: size_t, advice: c_int) -> c_int {
    if advice == libc::MADV_WIPEONFORK { 0 } else { -1 }
}

#[unsafe(no_mangle)]
extern "C" fn pthread_setcancelstate(_: c_int, previous: Option<&mut c_int>) -> c_int {
    if let Some(previous) = previous {
        *previous = 0;
    }
    0
}
