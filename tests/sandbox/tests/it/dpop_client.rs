//! DPoP proofs, valid and invalid, and requests with them.

use std::time::{SystemTime, UNIX_EPOCH};

use authlete_fail_sandbox::{ACCESS_TOKEN, ApiDpop, NoncePolicy, Options, SERVICE_ID, Sandbox};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{self, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::api_client::*;

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn thumbprint(jwk: &Value, members: &[&str]) -> String {
    let members: Vec<_> = members.iter().map(|name| format!("\"{name}\":{}", jwk[*name])).collect();
    encode(digest(&SHA256, format!("{{{}}}", members.join(",")).as_bytes()))
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

pub struct Key {
    pub algorithm: &'static str,
    pub jwk: Value,
    pair: Pair,
}

impl Key {
    pub fn new(algorithm: &'static str) -> Self {
        let random = SystemRandom::new();
        let (curve, ecdsa) = match algorithm {
            "ES256" => ("P-256", &ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ("P-384", &ECDSA_P384_SHA384_FIXED_SIGNING),
            "EdDSA" => {
                let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
                let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key()) });
                return Self { algorithm, jwk, pair: Pair::Ed25519(pair) };
            }
            _ => {
                let key = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("rsa.pem")).unwrap();
                let pair = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
                let RsaPublicKeyComponents::<Vec<u8>> { n, e } = pair.public().into();
                let jwk = json!({ "kty": "RSA", "n": encode(n), "e": encode(e) });
                return Self { algorithm, jwk, pair: Pair::Rsa(pair) };
            }
        };
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(ecdsa, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(ecdsa, pkcs8.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
        let jwk = json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) });
        Self { algorithm, jwk, pair: Pair::Ecdsa(pair) }
    }

    fn signature(&self, signed: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ecdsa(pair) => pair.sign(&random, signed).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(signed).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let padding: &dyn ring::signature::RsaEncoding =
                    if self.algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &random, signed, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// A proof before it is signed.
pub struct Proof {
    pub header: Value,
    pub claims: Value,
}

impl Proof {
    /// A valid proof for a POST request to `url` with the built-in access token.
    pub fn new(key: &Key, url: &str) -> Self {
        let jti: [u8; 16] = rand::generate(&SystemRandom::new()).unwrap().expose();
        let header = json!({ "typ": "dpop+jwt", "alg": key.algorithm, "jwk": key.jwk });
        let claims = json!({
            "jti": encode(jti), "htm": "POST", "htu": url, "iat": now(),
            "ath": encode(digest(&SHA256, ACCESS_TOKEN.as_bytes())),
        });
        Self { header, claims }
    }

    pub fn with_nonce(mut self, nonce: &str) -> Self {
        self.claims["nonce"] = json!(nonce);
        self
    }

    pub fn sign(&self, key: &Key) -> String {
        let encode_part = |part: &Value| encode(part.to_string());
        let signed = format!("{}.{}", encode_part(&self.header), encode_part(&self.claims));
        let signature = key.signature(signed.as_bytes());
        format!("{signed}.{}", encode(signature))
    }
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A sandbox whose services require DPoP.
pub fn start_with_dpop(nonce: NoncePolicy) -> Sandbox {
    let api_dpop = Some(ApiDpop { nonce, ..ApiDpop::default() });
    Sandbox::start(Options { api_dpop, ..Options::default() }).unwrap()
}

/// The URL of token/fail of the built-in service.
pub fn url(sandbox: &Sandbox) -> String {
    format!("{}/api/{SERVICE_ID}/{TOKEN_FAIL}", sandbox.base_url())
}

/// Calls token/fail; an accepted call has the status 200.
pub fn call(sandbox: &Sandbox, authorization: &str, proofs: &[&str]) -> Response {
    let mut headers = vec![("Authorization", authorization), ("Content-Type", JSON)];
    headers.extend(proofs.iter().map(|proof| ("DPoP", *proof)));
    send("POST", &url(sandbox), &headers, "{}")
}

pub fn call_with_proof(sandbox: &Sandbox, proof: &str) -> Response {
    call(sandbox, &format!("DPoP {ACCESS_TOKEN}"), &[proof])
}

/// Asserts that a response is a 401 with a challenge; `code` is empty if Authlete publishes none.
pub fn assert_challenge(response: &Response, error: &str, code: &str, text: &str) {
    assert_eq!(response.status, 401, "{text}: {}", response.text);
    let challenge = response.header("WWW-Authenticate");
    assert!(challenge.starts_with(&format!("DPoP error=\"{error}\", ")), "{text}: {challenge}");
    assert!(challenge.ends_with(", algs=\"ES256 ES384 EdDSA PS256 RS256\""), "{challenge}");
    let document = response.json();
    assert_eq!(document["resultCode"].as_str().unwrap_or_default(), code, "{text}: {document}");
    assert!(document["resultMessage"].as_str().unwrap().contains(text), "{text}: {document}");
}
