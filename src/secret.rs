//! Bytes that must not outlive their use, and must never be printed.

use std::borrow::Cow;
use std::fmt;
use std::mem;

use crate::sys;

/// Secret bytes: wiped on drop, redacted in Debug output.
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes over `bytes`; copies that growing them left behind are not wiped.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The `parts` in one piece; no copy of them stays behind.
    pub fn concat(parts: &[&[u8]]) -> Self {
        Self(parts.concat())
    }

    /// The bytes, to be used and not kept.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        sys::wipe(&mut self.0);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Text that was decoded from a document: wiped on drop where that took a copy.
pub struct SecretText<'a>(pub Cow<'a, str>);

impl Drop for SecretText<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.0 {
            drop(Secret(mem::take(text).into_bytes()));
        }
    }
}
