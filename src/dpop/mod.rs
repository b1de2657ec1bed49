//! DPoP (RFC 9449): proofs that the client has the private key to which its access token is bound.
//!
//! An access token that is bound to a key cannot be used without the key. The client sends such a
//! token with the scheme `DPoP` instead of `Bearer`, and adds the header `DPoP`, whose value is a
//! signed JWT, the proof:
//!
//! ```text
//! BASE64URL({"typ":"dpop+jwt","alg":"ES256","jwk":{…}}) . BASE64URL({…}) . BASE64URL(signature)
//! ```
//!
//! The claims of a proof bind it to one request (RFC 9449, 4.2):
//!
//! - `htm` and `htu` are the method and the URL. The URL has no query, and no port if the port is
//!   the default of the scheme, because a server may compare it with a normalised one.
//! - `ath` is the hash of the access token. The token of the configuration and that of a single call
//!   have different hashes.
//! - `jti` is random, and `iat` is the time. A server refuses a proof whose `jti` it has seen, and an
//!   old proof. So each attempt of a call has a new proof, including a retry after a lost connection.
//! - `nonce` is the last nonce that the server sent, if any. The server sends it in the header
//!   `DPoP-Nonce` of any response, and requests one with status 401 and the error `use_dpop_nonce`
//!   (RFC 9449, 9). `transport` stores the nonce, and `retry` repeats the request with the nonce of
//!   the 401. The server has not processed the refused request, so the ticket is untouched.

mod jwk;
mod key;
mod nonce;

use std::time::{SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

use key::Key;
use nonce::MAX_NONCE_LEN;
pub use nonce::Nonce;

/// The number of random bytes in `jti`. RFC 9449, 4.2, requires 96 random bits.
const JTI_LEN: usize = 16;

/// Creates the proofs of one client.
#[derive(Debug)]
pub struct Dpop {
    key: Key,
    /// The first part of each proof: the header, encoded.
    header: String,
    /// The scheme, host and port of the URLs.
    origin: String,
    /// The hash of the access token in the configuration.
    token_hash: String,
}

/// The system returned no random numbers, or ring detected a hardware error.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign the DPoP proof (no random numbers)")]
pub struct CannotSign;

impl Dpop {
    /// `jwk` is the text of a private JWK, and `access_token` the token of the configuration. An
    /// error is the rule that the JWK violates.
    pub fn new(jwk: &str, origin: String, access_token: &[u8]) -> Result<Self, String> {
        let (key, header) = jwk::parse(jwk)?;
        let header = BASE64_URL_SAFE_NO_PAD.encode(header);
        Ok(Self { key, header, origin, token_hash: hash(access_token) })
    }

    /// Returns a new proof for a request. `path` has no query. `access_token` is the token of the
    /// call, if it has one.
    pub fn proof(
        &self,
        method: &str,
        path: &str,
        access_token: Option<&[u8]>,
        nonce: Option<&Nonce>,
    ) -> Result<String, CannotSign> {
        let jti = BASE64_URL_SAFE_NO_PAD.encode(random::<JTI_LEN>()?);
        let iat = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let own_hash = access_token.map(hash);
        let (ath, origin) = (own_hash.as_ref().unwrap_or(&self.token_hash), &self.origin);
        // No value has a character that JSON escapes.
        let mut claims = format!(
            r#"{{"jti":"{jti}","htm":"{method}","htu":"{origin}{path}","iat":{iat},"ath":"{ath}""#
        );
        if let Some(nonce) = nonce {
            claims.push_str(r#","nonce":""#);
            claims.push_str(nonce.as_str());
            claims.push('"');
        }
        claims.push('}');
        let mut proof = String::with_capacity(self.max_proof_len(path));
        proof.push_str(&self.header);
        proof.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut proof);
        let signature = self.key.sign(proof.as_bytes())?;
        proof.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut proof);
        Ok(proof)
    }

    /// The maximum length of a proof for a request to `path`.
    pub fn max_proof_len(&self, path: &str) -> usize {
        // The names, the longest method, a jti, the latest time and a hash.
        const FRAME: &str = r#"{"jti":"0123456789012345678901","htm":"DELETE","htu":"","iat":18446744073709551615,"ath":"0123456789012345678901234567890123456789012","nonce":""}"#;
        let base64_len = |len: usize| len.div_ceil(3) * 4;
        let claims_len = FRAME.len() + self.origin.len() + path.len() + MAX_NONCE_LEN;
        let signature_len = base64_len(self.key.signature_len());
        self.header.len() + base64_len(claims_len) + signature_len + "..".len()
    }
}

/// Returns random bytes from the system.
pub fn random<const LEN: usize>() -> Result<[u8; LEN], CannotSign> {
    let mut bytes = [0; LEN];
    SystemRandom::new().fill(&mut bytes).map(|()| bytes).map_err(|_| CannotSign)
}

/// The value of the claim `ath`.
fn hash(access_token: &[u8]) -> String {
    let hash = digest(&SHA256, access_token);
    // ring leaves the last block of its input, 64 bytes, on the stack. This overwrites it.
    digest(&SHA256, &[0; 63]);
    BASE64_URL_SAFE_NO_PAD.encode(hash)
}
