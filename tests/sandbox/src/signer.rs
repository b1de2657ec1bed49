//! Signed JWTs: authorization responses (JARM) and ID tokens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use ring::error::Unspecified;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::state::lock;

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

/// One key for each algorithm, for all services. A key is generated when it is first used, because a
/// P-384 key would double the time that the sandbox takes to start.
pub(crate) struct Signer {
    keys: Mutex<BTreeMap<SignatureAlgorithm, Arc<Key>>>,
    random: SystemRandom,
}

enum Key {
    Ecdsa { curve: &'static str, pair: EcdsaKeyPair },
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    pub fn new() -> Self {
        Self { keys: Mutex::default(), random: SystemRandom::new() }
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
        let signature = match &*self.key(algorithm)? {
            Key::Ecdsa { pair, .. } => pair.sign(&self.random, signed.as_bytes())?,
            Key::Ed25519(pair) => pair.sign(signed.as_bytes()),
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public keys for these algorithms (RFC 7517).
    pub fn jwk_set(
        &self,
        algorithms: impl IntoIterator<Item = SignatureAlgorithm>,
    ) -> Result<Value, Unspecified> {
        let keys = algorithms.into_iter().map(|algorithm| {
            let mut members = self.key(algorithm)?.public_members();
            let common = [("use", "sig"), ("alg", algorithm.name()), ("kid", algorithm.key_id())];
            members.extend(common.map(|(name, value)| (name, value.to_owned())));
            let jwk = members.into_iter().map(|(name, value)| (name.to_owned(), json!(value)));
            Ok(Value::Object(jwk.collect()))
        });
        Ok(json!({ "keys": keys.collect::<Result<Vec<Value>, Unspecified>>()? }))
    }

    fn key(&self, algorithm: SignatureAlgorithm) -> Result<Arc<Key>, Unspecified> {
        let mut keys = lock(&self.keys);
        if let Some(key) = keys.get(&algorithm) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(Key::generate(algorithm, &self.random)?);
        keys.insert(algorithm, Arc::clone(&key));
        Ok(key)
    }
}

impl Key {
    fn generate(algorithm: SignatureAlgorithm, random: &SystemRandom) -> Result<Self, Unspecified> {
        let (curve, ecdsa) = match algorithm {
            SignatureAlgorithm::ES256 => ("P-256", &ECDSA_P256_SHA256_FIXED_SIGNING),
            SignatureAlgorithm::ES384 => ("P-384", &ECDSA_P384_SHA384_FIXED_SIGNING),
            SignatureAlgorithm::EdDSA => {
                let pkcs8 = Ed25519KeyPair::generate_pkcs8(random)?;
                return Ok(Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref())?));
            }
        };
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(ecdsa, random)?;
        let pair = EcdsaKeyPair::from_pkcs8(ecdsa, pkcs8.as_ref(), random)?;
        Ok(Self::Ecdsa { curve, pair })
    }

    /// The members of the public key (RFC 7518, 6.2.1; RFC 8037, 2).
    fn public_members(&self) -> Vec<(&'static str, String)> {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Ecdsa { curve, pair } => {
                // An uncompressed point: 4, then the two coordinates of equal length (SEC 1, 2.3.3).
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                let (kty, crv) = ("EC".to_owned(), (*curve).to_owned());
                vec![("kty", kty), ("crv", crv), ("x", encode(x)), ("y", encode(y))]
            }
            Self::Ed25519(pair) => {
                let x = encode(pair.public_key().as_ref());
                vec![("kty", "OKP".to_owned()), ("crv", "Ed25519".to_owned()), ("x", x)]
            }
        }
    }
}
