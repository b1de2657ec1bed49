//! Text for C: counted and NUL-terminated, without a NUL inside.

use std::borrow::Cow;
use std::ffi::CStr;

/// Text that a reply lends to its reader.
#[derive(Debug)]
pub struct Text(Place);

/// With this many bytes a text is as large as one that is allocated.
const MAX_INLINE_LEN: usize = 21;

#[derive(Debug)]
enum Place {
    Constant(&'static CStr),
    /// The names and codes of Authlete's that every reply has.
    Inline {
        len: u8,
        bytes: [u8; MAX_INLINE_LEN + 1],
    },
    Allocated(Box<[u8]>),
}

impl Text {
    pub const EMPTY: Self = Self::constant(c"");

    pub const fn constant(text: &'static CStr) -> Self {
        Self(Place::Constant(text))
    }

    /// `None` if `text` holds U+0000. It is not moved if it has room for one byte more.
    pub fn new(mut text: String) -> Option<Self> {
        if text.len() <= MAX_INLINE_LEN {
            return Self::copy(&text);
        }
        if has_nul(&text) {
            return None;
        }
        text.push('\0');
        Some(Self(Place::Allocated(text.into_bytes().into_boxed_slice())))
    }

    /// A copy of `text`; `None` if it holds U+0000.
    pub fn copy(text: &str) -> Option<Self> {
        if text.len() > MAX_INLINE_LEN {
            return Self::new(owned(text.into()));
        }
        let mut bytes = [0; MAX_INLINE_LEN + 1];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let inline = Self(Place::Inline { len: u8::try_from(text.len()).ok()?, bytes });
        (!has_nul(text)).then_some(inline)
    }

    pub fn as_bytes_with_nul(&self) -> &[u8] {
        match &self.0 {
            Place::Constant(text) => text.to_bytes_with_nul(),
            Place::Inline { len, bytes } => bytes.get(..=usize::from(*len)).unwrap_or(b"\0"),
            Place::Allocated(bytes) => bytes,
        }
    }

    pub fn as_str(&self) -> &str {
        let text = self.as_bytes_with_nul().split_last().map(|(_, text)| text);
        text.and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
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

fn has_nul(text: &str) -> bool {
    memchr::memchr(0, text.as_bytes()).is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_length_keeps_its_text() {
        for len in 0..64 {
            let text = "é".repeat(len / 2) + if len % 2 == 1 { "x" } else { "" };
            for made in [Text::copy(&text), Text::new(text.clone())] {
                let made = made.unwrap();
                assert_eq!(made.as_str(), text);
                assert_eq!(
                    CStr::from_bytes_with_nul(made.as_bytes_with_nul()).unwrap().count_bytes(),
                    len
                );
            }
            let broken = text.clone() + "\0" + &text;
            assert!(Text::copy(&broken).is_none() && Text::new(broken).is_none(), "{len}");
        }
        assert_eq!(size_of::<Text>(), size_of::<String>());
    }
}
