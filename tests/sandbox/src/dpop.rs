//! DPoP for API requests (RFC 9449): a service can require that its access token is bound to the key of
//! the Authlete client.
//!
//! The DPoP proofs of OAuth clients and the member `dpopNonce` of API responses are a different matter:
//! they concern requests to the authorization server, not to Authlete.

mod key;
mod nonce;
mod proof;
mod refusal;
mod replay;
mod uri;

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use serde::Deserialize;

use crate::credentials::Credentials;
use crate::dpop::nonce::Nonces;
use crate::dpop::proof::{Expected, Proof};
use crate::dpop::refusal::{Refusal, challenge};
use crate::dpop::replay::Replay;
use crate::response::Response;
use crate::service::Service;
use crate::state::{State, lock};

pub use nonce::NoncePolicy;
pub(crate) use proof::is_public as is_public_proof;

pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The length of a SHA-256 hash in base64url.
const THUMBPRINT_LENGTH: usize = 43;

/// The DPoP requirements of a service for its API requests.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiDpop {
    #[serde(default)]
    pub nonce: NoncePolicy,
    /// SHA-256 thumbprint of the key to which the access token is bound (RFC 7638). If it is empty, the
    /// first valid proof binds the token to its key.
    #[serde(default)]
    pub key_thumbprint: String,
}

impl ApiDpop {
    pub(crate) fn check(&self) -> Result<(), String> {
        let thumbprint = &self.key_thumbprint;
        let is_base64url = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if thumbprint.is_empty()
            || (thumbprint.len() == THUMBPRINT_LENGTH && thumbprint.chars().all(is_base64url))
        {
            return Ok(());
        }
        Err("apiDpop: keyThumbprint must be a SHA-256 JWK thumbprint in base64url".to_owned())
    }
}

/// The keys, nonces and proofs of each service.
#[derive(Default)]
pub(crate) struct DpopRecords(HashMap<String, Record>);

#[derive(Default)]
struct Record {
    /// The thumbprint to which the first valid proof bound the access token.
    bound_key: Option<String>,
    nonces: Nonces,
    replay: Replay,
}

impl DpopRecords {
    pub fn remove_service(&mut self, service_id: &str) {
        self.0.remove(service_id);
    }

    fn of(&mut self, service: &Service) -> &mut Record {
        self.0.entry(service.service_id.clone()).or_default()
    }
}

/// Verifies that a request with these credentials satisfies the requirements of the service, if it has
/// any.
pub(crate) fn check(
    state: &State,
    service: &Service,
    credentials: &Credentials,
    head: &Parts,
) -> Result<(), Response> {
    let Some(requirements) = &service.api_dpop else { return Ok(()) };
    verify(state, service, requirements, credentials, head).map_err(Response::from)
}

/// The checks of RFC 9449, 4.3 and 7. The key, the `jti` and the nonce are checked last, because these
/// checks record the proof, which must be valid otherwise.
fn verify(
    state: &State,
    service: &Service,
    requirements: &ApiDpop,
    credentials: &Credentials,
    head: &Parts,
) -> Result<(), Refusal> {
    let token = match credentials {
        Credentials::Bearer(token) if *token == service.unbound_token => return Ok(()),
        Credentials::Dpop(token) => token,
        Credentials::Bearer(_) | Credentials::Basic { .. } => {
            let has_proof = head.headers.contains_key(DPOP);
            return Err(if has_proof { Refusal::Scheme } else { Refusal::NoProof });
        }
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let method = head.method.as_str();
    let uri =
        request_uri(state, head).ok_or(Refusal::InvalidProof("the request URI is invalid"))?;
    let expected = Expected { method, uri: &uri, token, now };
    let proof = Proof::verify(only_proof(&head.headers)?, &expected)?;

    let nonce_time = state.now(service);
    let mut records = lock(&state.dpop_records);
    let record = records.of(service);
    let bound_key = match &*requirements.key_thumbprint {
        "" => record.bound_key.as_deref(),
        configured => Some(configured),
    };
    if bound_key.is_some_and(|bound| bound != proof.thumbprint) {
        return Err(Refusal::OtherKey);
    }
    if !record.replay.insert(&proof.jti, proof.expires_at, now) {
        return Err(Refusal::InvalidProof("the jti was used before"));
    }
    record.nonces.check(requirements.nonce, proof.nonce.as_deref(), nonce_time)?;
    record.bound_key.get_or_insert(proof.thumbprint);
    Ok(())
}

/// RFC 9449, 4.3, check 1.
fn only_proof(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(DPOP).iter();
    let value = values.next().ok_or(Refusal::NoProof)?;
    if values.next().is_some() {
        return Err(Refusal::InvalidProof("there is more than one DPoP header"));
    }
    value.to_str().map_err(|_| Refusal::InvalidProof("the proof is not a JWS"))
}

/// The URI of the request, normalized. Its host is the one that the client used, which may differ from
/// the address on which the sandbox listens, for example in a container.
fn request_uri(state: &State, head: &Parts) -> Option<String> {
    let (scheme, own_authority) = state.base_url.split_once("://")?;
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = head.uri.authority().map(|authority| authority.as_str()).or(host);
    let authority = authority.unwrap_or(own_authority);
    uri::normalized(&format!("{scheme}://{authority}{}", head.uri.path()))
}

pub(crate) fn unknown_token_challenge() -> String {
    challenge(Some(("invalid_token", "The access token is unknown.")))
}

/// Adds the headers of a response if the service requires DPoP: a nonce, and a challenge if the status is
/// 401 for another reason than the proof.
pub(crate) fn complete(
    state: &State,
    service: &Service,
    headers: &HeaderMap,
    mut response: Response,
) -> Response {
    let Some(requirements) = &service.api_dpop else { return response };
    if response.status() == StatusCode::UNAUTHORIZED && !response.has_header(&WWW_AUTHENTICATE) {
        let challenge = match headers.contains_key(AUTHORIZATION) {
            true => unknown_token_challenge(),
            false => challenge(None),
        };
        response = response.with_header(WWW_AUTHENTICATE, &challenge);
    }
    if requirements.nonce == NoncePolicy::None {
        return response;
    }
    let now = state.now(service);
    match lock(&state.dpop_records).of(service).nonces.issue(now) {
        Ok(nonce) => response.with_header(DPOP_NONCE, &nonce),
        Err(error) => error.into(),
    }
}
