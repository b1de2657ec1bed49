//! Public keys in proofs (RFC 7517, RFC 7518, RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaVerificationAlgorithm,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A signature algorithm with the name that it has in the `alg` of a JWS.
pub(super) struct Algorithm {
    name: &'static str,
    kind: Kind,
}

enum Kind {
    Ecdsa {
        curve: &'static str,
        coordinate_length: usize,
        verification: &'static EcdsaVerificationAlgorithm,
    },
    Ed25519,
    /// With a key of 2,048 to 8,192 bits.
    Rsa(&'static RsaParameters),
}

static ALGORITHMS: &[Algorithm] = &[
    ecdsa("ES256", "P-256", 32, &ECDSA_P256_SHA256_FIXED),
    ecdsa("ES384", "P-384", 48, &ECDSA_P384_SHA384_FIXED),
    Algorithm { name: "EdDSA", kind: Kind::Ed25519 },
    Algorithm { name: "PS256", kind: Kind::Rsa(&RSA_PSS_2048_8192_SHA256) },
    Algorithm { name: "RS256", kind: Kind::Rsa(&RSA_PKCS1_2048_8192_SHA256) },
];

const fn ecdsa(
    name: &'static str,
    curve: &'static str,
    coordinate_length: usize,
    verification: &'static EcdsaVerificationAlgorithm,
) -> Algorithm {
    Algorithm { name, kind: Kind::Ecdsa { curve, coordinate_length, verification } }
}

/// The private members of asymmetric keys, and the member of symmetric ones (RFC 7518, 6).
const PRIVATE_MEMBERS: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The names as in the parameter `algs` of a challenge.
pub(super) fn algorithm_names() -> String {
    ALGORITHMS.iter().map(|algorithm| algorithm.name).collect::<Vec<_>>().join(" ")
}

impl Algorithm {
    pub fn find(name: &str) -> Result<&'static Self, Refusal> {
        if name == "none" || name.starts_with("HS") {
            return Err(Refusal::Algorithm(name.to_owned()));
        }
        let algorithm = ALGORITHMS.iter().find(|algorithm| algorithm.name == name);
        algorithm.ok_or(Refusal::InvalidProof("the alg is not supported"))
    }
}

pub(super) fn is_private(jwk: &Map<String, Value>) -> bool {
    PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name))
}

pub(super) struct PublicKey {
    material: Material,
    /// The required members as JSON, in lexicographic order and without spaces (RFC 7638, 3).
    canonical: String,
}

enum Material {
    Ecdsa { verification: &'static EcdsaVerificationAlgorithm, point: Vec<u8> },
    Ed25519(Vec<u8>),
    Rsa { parameters: &'static RsaParameters, n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    /// Reads the key for an algorithm.
    pub fn new(jwk: &Map<String, Value>, algorithm: &Algorithm) -> Result<Self, Refusal> {
        if is_private(jwk) {
            return Err(Refusal::NoPublicKey);
        }
        if jwk.get("alg").is_some_and(|name| name != algorithm.name) {
            return Err(Refusal::InvalidProof("the jwk has another alg than the proof"));
        }
        parse(jwk, algorithm).ok_or(Refusal::InvalidProof("the jwk does not match the alg"))
    }

    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        let result = match &self.material {
            Material::Ecdsa { verification, point } => {
                UnparsedPublicKey::new(*verification, point).verify(message, signature)
            }
            Material::Ed25519(key) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature)
            }
            Material::Rsa { parameters, n, e } => {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
        };
        result.map_err(|_| Refusal::InvalidProof("the signature is invalid"))
    }

    /// SHA-256, in base64url.
    pub fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.canonical.as_bytes()))
    }
}

/// Returns `None` if the key is not for this algorithm.
fn parse(jwk: &Map<String, Value>, algorithm: &Algorithm) -> Option<PublicKey> {
    let member = |name| jwk.get(name)?.as_str();
    let bytes = |name| URL_SAFE_NO_PAD.decode(member(name)?).ok();
    let of_length = |name, length| bytes(name).filter(|bytes| bytes.len() == length);
    let (material, canonical) = match (member("kty")?, &algorithm.kind) {
        ("EC", Kind::Ecdsa { curve, coordinate_length, verification })
            if member("crv") == Some(*curve) =>
        {
            let (x, y) = (of_length("x", *coordinate_length)?, of_length("y", *coordinate_length)?);
            // An uncompressed point (SEC 1, 2.3.3).
            let point = [&[4], &*x, &*y].concat();
            let (x, y) = (member("x")?, member("y")?);
            let canonical = format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#);
            (Material::Ecdsa { verification, point }, canonical)
        }
        ("OKP", Kind::Ed25519) if member("crv") == Some("Ed25519") => {
            let key = of_length("x", 32)?;
            let x = member("x")?;
            let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
            (Material::Ed25519(key), canonical)
        }
        ("RSA", Kind::Rsa(parameters)) => {
            let (n, e) = (bytes("n")?, bytes("e")?);
            let canonical =
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, member("e")?, member("n")?);
            (Material::Rsa { parameters, n, e }, canonical)
        }
        _ => return None,
    };
    Some(PublicKey { material, canonical })
}
