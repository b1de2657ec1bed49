//! ID tokens (OpenID Connect Core 1.0, 2).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::digest;
use ring::error::Unspecified;
use serde_json::{Map, Value, json};

use crate::body::Parameters;
use crate::codes::Code;
use crate::service::Service;
use crate::signer::{SignatureAlgorithm, Signer};

/// The claims about the end-user from an issue or complete request. Fails with `malformed` if the
/// member `claims` is not a JSON object. Assumed: all of its claims are in the ID token.
pub(crate) fn claims(
    parameters: &Parameters,
    subject: &str,
    malformed: Code,
) -> Result<Map<String, Value>, Code> {
    let text = parameters.get("claims").filter(|text| !text.is_empty()).unwrap_or("{}");
    let mut claims: Map<String, Value> = serde_json::from_str(text).map_err(|_| malformed)?;
    let sub = parameters.get("sub").filter(|sub| !sub.is_empty()).unwrap_or(subject);
    claims.insert("sub".to_owned(), json!(sub));
    // Assumed: the default of Authlete's Java client, 0, counts as absent, and so does any other text.
    let auth_time = parameters.get("authTime").and_then(|time| time.parse::<u64>().ok());
    if let Some(auth_time) = auth_time.filter(|time| *time > 0) {
        claims.insert("auth_time".to_owned(), auth_time.into());
    }
    if let Some(acr) = parameters.get("acr").filter(|acr| !acr.is_empty()) {
        claims.insert("acr".to_owned(), json!(acr));
    }
    Ok(claims)
}

/// An ID token. `hashes` has a claim name for each value whose hash is in the token.
pub(crate) fn sign(
    signer: &Signer,
    service: &Service,
    client_id: u64,
    mut claims: Map<String, Value>,
    hashes: &[(&str, &str)],
    now: Duration,
) -> Result<String, Unspecified> {
    let algorithm = service.algorithm(client_id, |client| client.id_token_sign_alg);
    let expires_at = now.saturating_add(Duration::from_secs(service.id_token_duration.into()));
    claims.insert("iss".to_owned(), json!(service.issuer));
    claims.insert("aud".to_owned(), json!([client_id.to_string()]));
    claims.insert("iat".to_owned(), json!(now.as_secs()));
    claims.insert("exp".to_owned(), json!(expires_at.as_secs()));
    for (name, value) in hashes {
        claims.insert((*name).to_owned(), json!(hash(algorithm, value)));
    }
    signer.sign(algorithm, claims)
}

/// OpenID Connect Core 1.0, 3.1.3.6: the left half of the hash.
fn hash(algorithm: SignatureAlgorithm, value: &str) -> String {
    let digest = digest(algorithm.digest(), value.as_bytes());
    let (left, _) = digest.as_ref().split_at(digest.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}
