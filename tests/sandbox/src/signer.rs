//! Signed JWTs: authorization responses (JARM) and ID tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use ring::error::Unspecified;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A signature algorithm (RFC 7518, 3.1; RFC 8037, 3.1).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum SignatureAlgorithm {
    #[default]
    ES256,
    ES384,
    /// With Ed25519.
    EdDSA,
}

impl SignatureAlgorithm {
    /// Name of the algorithm in JOSE headers and metadata.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
        }
    }

    fn key_id(self) -> &'static str {
        match self {
            Self::ES256 => "sandbox",
            Self::ES384 => "sandbox-es384",
            Self::EdDSA => "sandbox-eddsa",
        }
    }

    /// The hash function of `at_hash` and `c_hash` (OpenID Connect Core 1.0, 3.1.3.6); that of Ed25519
    /// is SHA-512.
    pub(crate) fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::ES256 => &digest::SHA256,
            Self::ES384 => &digest::SHA384,
            Self::EdDSA => &digest::SHA512,
        }
    }
}

/// One key for each algorithm, for all services, generated when the sandbox starts.
pub(crate) struct Signer {
    es256: EcdsaKeyPair,
    es384: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
    random: SystemRandom,
}

impl Signer {
    pub fn generate() -> Result<Self, Unspecified> {
        let random = SystemRandom::new();
        let es256 = ecdsa_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?;
        let es384 = ecdsa_key(&ECDSA_P384_SHA384_FIXED_SIGNING, &random)?;
        let ed25519 = Ed25519KeyPair::generate_pkcs8(&random)?;
        let ed25519 = Ed25519KeyPair::from_pkcs8(ed25519.as_ref())?;
        Ok(Self { es256, es384, ed25519, random })
    }

    /// A JWT with the given claims.
    pub fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        claims: Map<String, Value>,
    ) -> Result<String, Unspecified> {
        let header = json!({ "alg": algorithm.name(), "typ": "JWT", "kid": algorithm.key_id() });
        let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(header), encode(Value::Object(claims)));
        let signature = match algorithm {
            SignatureAlgorithm::ES256 => self.es256.sign(&self.random, signed.as_bytes())?,
            SignatureAlgorithm::ES384 => self.es384.sign(&self.random, signed.as_bytes())?,
            SignatureAlgorithm::EdDSA => self.ed25519.sign(signed.as_bytes()),
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public keys for these algorithms (RFC 7517).
    pub fn jwk_set(&self, algorithms: impl IntoIterator<Item = SignatureAlgorithm>) -> Value {
        let keys: Vec<Value> =
            algorithms.into_iter().map(|algorithm| self.jwk(algorithm)).collect();
        json!({ "keys": keys })
    }

    fn jwk(&self, algorithm: SignatureAlgorithm) -> Value {
        let mut jwk = match algorithm {
            SignatureAlgorithm::ES256 => ec_jwk("P-256", &self.es256),
            SignatureAlgorithm::ES384 => ec_jwk("P-384", &self.es384),
            // RFC 8037, 2.
            SignatureAlgorithm::EdDSA => {
                let x = URL_SAFE_NO_PAD.encode(self.ed25519.public_key());
                Map::from_iter([
                    ("kty".to_owned(), json!("OKP")),
                    ("crv".to_owned(), json!("Ed25519")),
                    ("x".to_owned(), json!(x)),
                ])
            }
        };
        let common = [("use", "sig"), ("alg", algorithm.name()), ("kid", algorithm.key_id())];
        jwk.extend(common.map(|(name, value)| (name.to_owned(), json!(value))));
        Value::Object(jwk)
    }
}

fn ecdsa_key(
    algorithm: &'static EcdsaSigningAlgorithm,
    random: &SystemRandom,
) -> Result<EcdsaKeyPair, Unspecified> {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, random)?;
    Ok(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), random)?)
}

/// RFC 7518, 6.2.1.
fn ec_jwk(curve: &str, key: &EcdsaKeyPair) -> Map<String, Value> {
    // An uncompressed point: 4, then the two coordinates of equal length (SEC 1, 2.3.3).
    let point = key.public_key().as_ref().get(1..).unwrap_or_default();
    let (x, y) = point.split_at(point.len() / 2);
    let encode = |coordinate| json!(URL_SAFE_NO_PAD.encode(coordinate));
    Map::from_iter([
        ("kty".to_owned(), json!("EC")),
        ("crv".to_owned(), json!(curve)),
        ("x".to_owned(), encode(x)),
        ("y".to_owned(), encode(y)),
    ])
}
