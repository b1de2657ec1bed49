//! The log lines of the clients in this process.

use std::cell::RefCell;
use std::ffi::{c_char, c_void};

use super::client::text;

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The log callback. The library calls it on the thread that makes the call.
pub extern "C" fn keep_line(context: *mut c_void, level: i32, line: *const c_char, len: usize) {
    assert!(context.is_null());
    assert!((1..=4).contains(&level));
    let line = text(line);
    assert_eq!(line.len(), len);
    LINES.with_borrow_mut(|lines| lines.push(format!("{level} {line}")));
}

/// Removes and returns the lines that this thread's calls have logged. Each begins with the number of
/// its level and a space.
pub fn take_lines() -> Vec<String> {
    LINES.take()
}
