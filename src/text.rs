//! Text for C: counted and NUL-terminated, without a NUL inside.

use std::borrow::Cow;
use std::ffi::{CStr, CString};

/// Text that a reply lends to its reader.
#[derive(Debug)]
pub struct Text(pub Cow<'static, CStr>);

impl Text {
    pub const EMPTY: Self = Self(Cow::Borrowed(c""));

    /// `None` if `text` holds U+0000.
    pub fn new(text: String) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::EMPTY);
        }
        CString::new(text).ok().map(|text| Self(Cow::Owned(text)))
    }

    pub fn as_c_str(&self) -> &CStr {
        &self.0
    }
}
