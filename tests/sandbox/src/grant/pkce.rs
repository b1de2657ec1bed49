//! Proof Key for Code Exchange (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use crate::codes::*;
use crate::request::OAuthRequest;

/// The `code_challenge` of an authorization request.
pub(crate) struct Challenge {
    value: String,
    method: Method,
}

#[derive(Clone, Copy)]
enum Method {
    Plain,
    S256,
}

impl Challenge {
    /// None if the authorization request has no `code_challenge`.
    pub fn read(request: &OAuthRequest) -> Result<Option<Self>, Code> {
        let method = match request.get("code_challenge_method") {
            None | Some("plain") => Method::Plain,
            Some("S256") => Method::S256,
            Some(_) => return Err(A124306),
        };
        match request.get("code_challenge") {
            None => Ok(None),
            Some("") => Err(A124302),
            Some(value) if !is_well_formed(value) => Err(A124304),
            Some(value) => Ok(Some(Self { value: value.to_owned(), method })),
        }
    }

    fn matches(&self, verifier: &str) -> bool {
        match self.method {
            Method::Plain => self.value == verifier,
            Method::S256 => {
                self.value == URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
            }
        }
    }
}

/// Checks the `code_verifier` of a token request.
pub(crate) fn verify(challenge: Option<&Challenge>, request: &OAuthRequest) -> Result<(), Code> {
    match (challenge, request.get("code_verifier")) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(A050317),
        (Some(_), None) => Err(A050312),
        (Some(_), Some("")) => Err(A050313),
        (Some(_), Some(verifier)) if !is_well_formed(verifier) => Err(A050316),
        (Some(challenge), Some(verifier)) if !challenge.matches(verifier) => Err(A050315),
        (Some(_), Some(_)) => Ok(()),
    }
}

/// 43 to 128 unreserved characters (RFC 7636, 4.1 and 4.2).
fn is_well_formed(text: &str) -> bool {
    let is_unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    (43..=128).contains(&text.len()) && text.chars().all(is_unreserved)
}
