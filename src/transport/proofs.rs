//! The DPoP proofs of requests, and the nonces that they need.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ureq::http::response::Parts;
use ureq::http::{HeaderMap, HeaderName, StatusCode, header};

use super::failure::Failure;
use super::{ApiRequest, Target};
use crate::config::Config;
use crate::dpop::{Dpop, Nonce};
use crate::secret::Secret;

const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The start of the header line that contains a proof.
const PROOF: &[u8] = b"DPoP: ";

/// Adds proofs to the requests of one client in one process.
#[derive(Debug)]
pub struct Proofs {
    config: Arc<Config>,
    dpop: Arc<Dpop>,
    /// The nonce that the last API response left for the next request. All threads use it, until a
    /// later response replaces it (RFC 9449, 8.2).
    last_nonce: Mutex<Option<Nonce>>,
}

impl Proofs {
    /// Returns `None` if the configuration has no key.
    pub fn new(config: &Arc<Config>) -> Option<Self> {
        let dpop = Arc::clone(config.dpop.as_ref()?);
        Some(Self { config: Arc::clone(config), dpop, last_nonce: Mutex::default() })
    }

    /// Returns `request` with a new proof. `required_nonce` is the nonce of the 401 that an earlier
    /// attempt of the call received. It replaces the last nonce.
    pub fn add_to<'a>(
        &self,
        request: &ApiRequest<'a>,
        required_nonce: Option<&Nonce>,
    ) -> Result<ApiRequest<'a>, Failure> {
        let (method, Target(uri)) = (request.method, request.target);
        let last_nonce = self.last_nonce().clone();
        let nonce = required_nonce.or(last_nonce.as_ref());
        let access_token = request.access_token.map(Secret::expose);
        let proof = self
            .dpop
            .proof(method.name(), uri.path(), access_token, nonce)
            .map_err(Failure::CannotSign)?;
        let headers = request.headers.as_deref().unwrap_or(&self.config.headers).expose();
        let headers = Secret::concat(&[headers, PROOF, proof.as_bytes(), b"\r\n"]);
        Ok(ApiRequest { headers: Some(Arc::new(headers)), ..*request })
    }

    /// Stores the nonce of an API response for later requests. Returns it instead if Authlete refused
    /// the request because its proof does not contain this nonce (RFC 9449, 9): the next attempt of
    /// the call needs it, and Authlete may accept it only once, so no other thread may use it first.
    ///
    /// If a response to that attempt has no nonce, `required_nonce` is still the newest one.
    pub fn receive(&self, parts: &Parts, required_nonce: Option<&Nonce>) -> Option<Nonce> {
        match nonce(&parts.headers) {
            Some(nonce) if is_required(parts) => return Some(nonce),
            Some(nonce) => *self.last_nonce() = Some(nonce),
            None => {
                if let Some(nonce) = required_nonce {
                    *self.last_nonce() = Some(nonce.clone());
                }
            }
        }
        None
    }

    fn last_nonce(&self) -> MutexGuard<'_, Option<Nonce>> {
        self.last_nonce.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The maximum length of the header line that contains a proof for `target`.
pub fn max_line_len(config: &Config, Target(uri): &Target) -> usize {
    let dpop = config.dpop.as_ref();
    dpop.map_or(0, |dpop| PROOF.len() + dpop.max_proof_len(uri.path()) + "\r\n".len())
}

/// Returns the nonce of a response, if it has exactly one valid nonce.
fn nonce(headers: &HeaderMap) -> Option<Nonce> {
    let mut values = headers.get_all(NONCE).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Nonce::new(value.to_str().ok()?),
        _ => None,
    }
}

/// Whether the response is a challenge such as `DPoP error="use_dpop_nonce"`. If the text
/// is elsewhere in the header, for example in a description, the only effect is one more request.
fn is_required(parts: &Parts) -> bool {
    let mut challenges = parts.headers.get_all(header::WWW_AUTHENTICATE).iter();
    parts.status == StatusCode::UNAUTHORIZED
        && challenges.any(|challenge| {
            memchr::memmem::find(challenge.as_bytes(), b"use_dpop_nonce").is_some()
        })
}
