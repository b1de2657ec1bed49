//! Private keys in PEM (RFC 7468). rustls reads them too, but leaves a copy in a buffer that it does
//! not wipe.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use crate::secret::Secret;

const LABELS: &[&[u8]] = &[b"PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY"];

/// The DER of the first private key of `pem`.
pub fn private_key(pem: &Secret) -> Option<Secret> {
    let mut rest = pem.expose();
    loop {
        rest = after(rest, b"-----BEGIN ")?;
        let label_len = memmem::find(rest, b"-----")?;
        let label = rest.get(..label_len)?;
        rest = after(rest, b"-----")?;
        if LABELS.contains(&label) {
            return decode(rest.get(..memmem::find(rest, b"-----END ")?)?);
        }
    }
}

fn after<'a>(text: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    text.get(memmem::find(text, mark)? + mark.len()..)
}

fn decode(lines: &[u8]) -> Option<Secret> {
    // With its final capacity, so that no reallocation leaves a copy behind.
    let mut base64 = Vec::with_capacity(lines.len());
    base64.extend(lines.iter().filter(|byte| !byte.is_ascii_whitespace()));
    let base64 = Secret::new(base64);
    STANDARD.decode(base64.expose()).ok().map(Secret::new)
}
