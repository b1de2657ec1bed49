//! A PEM parser for private keys (RFC 7468). The one in rustls leaves a copy of the key in a buffer
//! that it does not wipe.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Secret;

const LABELS: &[&[u8]] = &[b"PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY"];

/// Returns the DER encoding of the first unencrypted private key in `pem`.
pub fn private_key(pem: &Secret) -> Option<Secret> {
    let mut lines = pem.expose().split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    loop {
        let Some(label) = boundary(lines.next()?, b"-----BEGIN ") else { continue };
        if !LABELS.contains(&label) {
            continue;
        }
        // Allocated with its final capacity, because a reallocation would leave an unwiped copy.
        let mut base64 = Secret::with_capacity(pem.expose().len());
        loop {
            let line = lines.next()?;
            match boundary(line, b"-----END ") {
                Some(end) if end == label => break,
                _ => base64.extend(line),
            }
        }
        return STANDARD.decode(base64.expose()).ok().map(Secret::new);
    }
}

/// Returns the label if `line` is an encapsulation boundary that starts with `mark`.
fn boundary<'a>(line: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(mark)?.strip_suffix(b"-----")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_between_their_boundaries() {
        let key = |text: &str| {
            let der = private_key(&Secret::new(text.as_bytes().to_vec()));
            der.map(|der| der.expose().to_vec())
        };
        for text in [
            "-----BEGIN PRIVATE KEY-----\nAQ\nID\n-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\r\nAQID\r\n-----END RSA PRIVATE KEY-----\r\n",
            "# the -----BEGIN PRIVATE KEY----- block\n-----BEGIN EC PARAMETERS-----\nBg==\n\
             -----END EC PARAMETERS-----\n  -----BEGIN EC PRIVATE KEY-----  \n  AQID\n\n\
             -----END EC PRIVATE KEY-----\n",
        ] {
            assert_eq!(key(text), Some(vec![1, 2, 3]), "{text}");
        }
        for text in [
            "",
            "-----BEGIN PRIVATE KEY-----\nAQID\n",
            "-----BEGIN PRIVATE KEY-----\nAQID\n-----END EC PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY----\n",
            "-----BEGIN PRIVATE KEY----- AQID -----END PRIVATE KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAQID\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n",
        ] {
            assert_eq!(key(text), None, "{text}");
        }
    }
}
