//! The nonces that a server chooses for DPoP proofs.

/// The maximum length in bytes. RFC 9449 specifies none.
pub(super) const MAX_NONCE_LEN: usize = 256;

/// A nonce that is safe in a JSON string and in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(Box<str>);

impl Nonce {
    /// Returns `None` if `text` is not a nonce (RFC 9449, 8.1) or too long.
    pub fn new(text: &str) -> Option<Self> {
        Self::is_valid(text).then(|| Self(text.into()))
    }

    pub fn is_valid(text: &str) -> bool {
        let is_nonce_character = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\');
        (1..=MAX_NONCE_LEN).contains(&text.len()) && text.bytes().all(is_nonce_character)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
