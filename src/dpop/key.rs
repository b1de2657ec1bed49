//! The private keys that sign proofs.

use std::fmt;

use ring::rand::SystemRandom;
use ring::rsa;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding,
};

use super::CannotSign;

/// The algorithms, by their names in JOSE (RFC 7518, 3.1; RFC 8037, 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Es256,
    EdDsa,
    Ps256,
    Rs256,
}

impl Algorithm {
    pub(super) const ALL: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Ps256, Self::Rs256];

    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

/// A private key. ring does not wipe its copy when the key is dropped.
pub enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Ps256(rsa::KeyPair),
    Rs256(rsa::KeyPair),
}

impl Key {
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CannotSign> {
        let random = SystemRandom::new();
        let (key, padding): (_, &dyn RsaEncoding) = match self {
            Self::Es256(key) => {
                let signature = key.sign(&random, message).map_err(|_| CannotSign)?;
                return Ok(signature.as_ref().to_vec());
            }
            Self::EdDsa(key) => return Ok(key.sign(message).as_ref().to_vec()),
            Self::Ps256(key) => (key, &RSA_PSS_SHA256),
            Self::Rs256(key) => (key, &RSA_PKCS1_SHA256),
        };
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(padding, &random, message, &mut signature).map_err(|_| CannotSign)?;
        Ok(signature)
    }

    /// The length of a signature in bytes.
    pub fn signature_len(&self) -> usize {
        match self {
            Self::Es256(_) | Self::EdDsa(_) => 64,
            Self::Ps256(key) | Self::Rs256(key) => key.public().modulus_len(),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Creates a key from the private key and the uncompressed point. `None` if they do not match.
pub fn es256(private: &[u8], public: &[u8]) -> Option<Key> {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let key =
        EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, &random).ok()?;
    Some(Key::Es256(key))
}

/// Like [`es256`]. The private key is the seed of RFC 8032.
pub fn ed25519(private: &[u8], public: &[u8]) -> Option<Key> {
    Ed25519KeyPair::from_seed_and_public_key(private, public).ok().map(Key::EdDsa)
}
