//! Text for C: NUL-terminated, with a known length and no other NUL.

use std::borrow::Cow;
use std::ffi::CStr;

/// Immutable text that C callers read in place.
#[derive(Debug)]
pub struct Text(Storage);

/// The maximum length of inline text. With this value, a `Text` is as large as a `String`.
const MAX_INLINE_LEN: usize = 21;

#[derive(Debug)]
enum Storage {
    Constant(&'static CStr),
    /// Avoids an allocation for short text, such as `action` and `resultCode`, in every reply.
    Inline {
        len: u8,
        bytes: [u8; MAX_INLINE_LEN + 1],
    },
    Allocated(Box<[u8]>),
}

impl Text {
    pub const EMPTY: Self = Self::constant(c"");

    pub const fn constant(text: &'static CStr) -> Self {
        Self(Storage::Constant(text))
    }

    /// Takes `text`; `None` if it contains a NUL character. Does not reallocate if the spare
    /// capacity of `text` is one byte, for the terminator.
    pub fn new(mut text: String) -> Option<Self> {
        if text.len() <= MAX_INLINE_LEN {
            return Self::copy(&text);
        }
        if has_nul(&text) {
            return None;
        }
        text.push('\0');
        Some(Self(Storage::Allocated(text.into_bytes().into_boxed_slice())))
    }

    /// Copies `text`; `None` if it contains a NUL character.
    pub fn copy(text: &str) -> Option<Self> {
        if text.len() > MAX_INLINE_LEN {
            return Self::new(owned(text.into()));
        }
        let mut bytes = [0; MAX_INLINE_LEN + 1];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let inline = Self(Storage::Inline { len: u8::try_from(text.len()).ok()?, bytes });
        (!has_nul(text)).then_some(inline)
    }

    pub fn as_bytes_with_nul(&self) -> &[u8] {
        match &self.0 {
            Storage::Constant(text) => text.to_bytes_with_nul(),
            Storage::Inline { len, bytes } => bytes.get(..=usize::from(*len)).unwrap_or(b"\0"),
            Storage::Allocated(bytes) => bytes,
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

/// Returns an owned string. A copy has one spare byte for the terminator that [`Text::new`] adds.
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
    fn text_of_every_length_round_trips() {
        for len in 0..64 {
            let text = "é".repeat(len / 2) + if len % 2 == 1 { "x" } else { "" };
            for converted in [Text::copy(&text), Text::new(text.clone())] {
                let converted = converted.unwrap();
                assert_eq!(converted.as_str(), text);
                assert_eq!(
                    CStr::from_bytes_with_nul(converted.as_bytes_with_nul()).unwrap().count_bytes(),
                    len
                );
            }
            let with_nul = text.clone() + "\0" + &text;
            assert!(Text::copy(&with_nul).is_none() && Text::new(with_nul).is_none(), "{len}");
        }
        assert_eq!(size_of::<Text>(), size_of::<String>());
    }
}
