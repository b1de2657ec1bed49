//! Text for C: counted and NUL-terminated, without a NUL inside.

use std::borrow::Cow;
use std::ffi::{CStr, CString};

/// Text that a reply lends to its reader.
#[derive(Debug)]
pub struct Text(Place);

/// With this many bytes a text is as large as one that is allocated.
const MAX_INLINE_LEN: usize = 22;

#[derive(Debug)]
enum Place {
    Constant(&'static CStr),
    /// The names and codes of Authlete's that every reply has.
    Inline([u8; MAX_INLINE_LEN + 1]),
    Allocated(CString),
}

impl Text {
    pub const EMPTY: Self = Self::constant(c"");

    pub const fn constant(text: &'static CStr) -> Self {
        Self(Place::Constant(text))
    }

    /// `None` if `text` holds U+0000. It is not moved if it has room for one byte more.
    pub fn new(text: String) -> Option<Self> {
        if text.len() <= MAX_INLINE_LEN {
            return Self::copy(&text);
        }
        CString::new(text).ok().map(|text| Self(Place::Allocated(text)))
    }

    /// A copy of `text`; `None` if it holds U+0000.
    pub fn copy(text: &str) -> Option<Self> {
        let mut bytes = [0; MAX_INLINE_LEN + 1];
        match bytes.get_mut(..text.len()) {
            _ if text.contains('\0') => None,
            Some(room) if text.len() <= MAX_INLINE_LEN => {
                room.copy_from_slice(text.as_bytes());
                Some(Self(Place::Inline(bytes)))
            }
            _ => CString::new(text).ok().map(|text| Self(Place::Allocated(text))),
        }
    }

    pub fn as_c_str(&self) -> &CStr {
        match &self.0 {
            Place::Constant(text) => text,
            Place::Inline(bytes) => CStr::from_bytes_until_nul(bytes).unwrap_or_default(),
            Place::Allocated(text) => text,
        }
    }

    pub fn as_str(&self) -> &str {
        self.as_c_str().to_str().unwrap_or_default()
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// A string of one's own, which [`Text::new`] need not move.
pub fn owned(text: Cow<'_, str>) -> String {
    match text {
        Cow::Owned(text) => text,
        Cow::Borrowed(text) => {
            let mut copy = String::with_capacity(text.len() + 1);
            copy.push_str(text);
            copy
        }
    }
}
