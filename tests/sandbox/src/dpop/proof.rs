//! Proofs: signed JWTs in the header `DPoP` (RFC 9449, 4).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

use super::key::{self, Algorithm, PublicKey};
use super::refusal::Refusal;
use super::uri;

/// A proof is accepted if its `iat` differs from the time of the sandbox by at most this many seconds.
const WINDOW: Duration = Duration::from_secs(60);

/// The request to which a proof must belong.
pub(super) struct Expected<'r> {
    pub method: &'r str,
    /// Normalized.
    pub uri: &'r str,
    pub token: &'r str,
    /// By the wall clock, because the clock of a service may have been moved.
    pub now: Duration,
}

/// A proof that is valid for its request.
pub(super) struct Proof {
    pub jti: String,
    pub nonce: Option<String>,
    /// Thumbprint of the key.
    pub thumbprint: String,
    /// From then on, its `iat` is too old.
    pub expires_at: Duration,
}

struct Parts<'p> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signed: &'p str,
    signature: Vec<u8>,
}

impl Proof {
    pub fn verify(jws: &str, expected: &Expected) -> Result<Self, Refusal> {
        let Parts { header, claims, signed, signature } =
            split(jws).ok_or(Refusal::InvalidProof("the proof is not a JWS"))?;
        if header.get("typ").and_then(Value::as_str) != Some("dpop+jwt") {
            return Err(Refusal::InvalidProof("the typ is not dpop+jwt"));
        }
        let algorithm = header.get("alg").ok_or(Refusal::NoAlgorithm)?;
        let algorithm = Algorithm::find(algorithm.as_str().unwrap_or_default())?;
        // RFC 7515, 4.1.11: the sandbox implements no extension.
        if header.contains_key("crit") {
            return Err(Refusal::InvalidProof("the header has the member crit"));
        }
        let jwk = header.get("jwk").and_then(Value::as_object).ok_or(Refusal::NoPublicKey)?;
        let key = PublicKey::new(jwk, algorithm)?;
        key.verify(signed.as_bytes(), &signature)?;
        let expires_at = check_claims(&claims, expected)?;
        let text = |name| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let jti = text("jti").filter(|jti| !jti.is_empty());
        Ok(Self {
            jti: jti.ok_or(Refusal::InvalidProof("the jti is missing"))?,
            nonce: text("nonce"),
            thumbprint: key.thumbprint(),
            expires_at,
        })
    }
}

/// Whether a text is a proof with a public key, which is not a secret.
pub(crate) fn is_public(jws: &str) -> bool {
    let jwk = split(jws).and_then(|parts| parts.header.get("jwk")?.as_object().cloned());
    jwk.is_some_and(|jwk| !key::is_private(&jwk))
}

fn split(jws: &str) -> Option<Parts<'_>> {
    let (signed, signature) = jws.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let object = |part| serde_json::from_slice(&decode(part)?).ok();
    Some(Parts {
        header: object(header)?,
        claims: object(claims)?,
        signed,
        signature: decode(signature)?,
    })
}

/// Returns the time at which the `iat` becomes too old.
fn check_claims(claims: &Map<String, Value>, expected: &Expected) -> Result<Duration, Refusal> {
    let text = |name| claims.get(name).and_then(Value::as_str);
    if text("htm") != Some(expected.method) {
        return Err(Refusal::InvalidProof("the htm is not the method of the request"));
    }
    if text("htu").and_then(uri::normalized).as_deref() != Some(expected.uri) {
        return Err(Refusal::InvalidProof("the htu is not the URI of the request"));
    }
    let issued_at = claims.get("iat").and_then(Value::as_f64);
    let issued_at = issued_at.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let issued_at = issued_at.ok_or(Refusal::InvalidProof("the iat is missing"))?;
    let expires_at = issued_at.saturating_add(WINDOW);
    if expires_at < expected.now {
        return Err(Refusal::InvalidProof("the iat is too old"));
    }
    if issued_at > expected.now.saturating_add(WINDOW) {
        return Err(Refusal::InvalidProof("the iat is in the future"));
    }
    let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, expected.token.as_bytes()));
    if text("ath") != Some(&*hash) {
        return Err(Refusal::InvalidProof("the ath is not the hash of the access token"));
    }
    Ok(expires_at)
}
