//! Signed authorization responses (JWT Secured Authorization Response Mode for OAuth 2.0, JARM).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::Unspecified;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Map, Value, json};

use crate::service::Service;

const KEY_ID: &str = "sandbox";

/// Assumed for the service's `authorizationResponseDuration`: the maximum that JARM 2.1 recommends.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// One ES256 key for all services, generated when the sandbox starts.
pub(crate) struct Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    pub fn generate() -> Result<Self, Unspecified> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random)?;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random)?;
        Ok(Self { key, random })
    }

    /// The `response` parameter, a JWT with the given parameters.
    pub fn sign(
        &self,
        service: &Service,
        client_id: u64,
        parameters: Vec<(&'static str, String)>,
        now: Duration,
    ) -> Result<String, Unspecified> {
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": KEY_ID });
        let mut claims: Map<String, Value> = parameters
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect();
        claims.insert("iss".to_owned(), json!(service.issuer));
        claims.insert("aud".to_owned(), json!(client_id.to_string()));
        claims.insert("exp".to_owned(), json!(now.saturating_add(LIFETIME).as_secs()));

        let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(header), encode(Value::Object(claims)));
        let signature = self.key.sign(&self.random, signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public key (RFC 7517; RFC 7518, 6.2.1).
    pub fn jwk_set(&self) -> Value {
        // An uncompressed point: 4, then the two coordinates of equal length (SEC 1, 2.3.3).
        let point = self.key.public_key().as_ref().get(1..).unwrap_or_default();
        let (x, y) = point.split_at(point.len() / 2);
        let encode = |coordinate| URL_SAFE_NO_PAD.encode(coordinate);
        let key = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KEY_ID,
            "x": encode(x), "y": encode(y),
        });
        json!({ "keys": [key] })
    }
}
