//! Verifies the JWTs of a sandbox.

use authlete_fail_sandbox::Sandbox;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde_json::{Value, json};

use crate::api_client::*;

/// The claims of a JWT, whose signature is verified with the published key.
pub fn verified_claims(sandbox: &Sandbox, jwt: &str) -> Value {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();

    let keys = ApiClient::of(sandbox).get("service/jwks/get").json();
    let keys = keys["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
    assert_eq!(header, json!({ "alg": key["alg"], "typ": "JWT", "kid": key["kid"] }));
    assert!(key.get("d").is_none(), "a private key");
    let coordinate = |name: &str| decode(key[name].as_str().unwrap());
    let point = || [vec![4], coordinate("x"), coordinate("y")].concat();
    let member = |name: &str| key[name].as_str().unwrap();
    let (algorithm, public_key): (&dyn VerificationAlgorithm, _) = match member("alg") {
        "ES256" if (member("kty"), member("crv")) == ("EC", "P-256") => {
            (&ECDSA_P256_SHA256_FIXED, point())
        }
        "ES384" if (member("kty"), member("crv")) == ("EC", "P-384") => {
            (&ECDSA_P384_SHA384_FIXED, point())
        }
        "EdDSA" if (member("kty"), member("crv")) == ("OKP", "Ed25519") => {
            (&ED25519, coordinate("x"))
        }
        _ => panic!("{key}"),
    };
    UnparsedPublicKey::new(algorithm, public_key)
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    serde_json::from_slice(&decode(claims)).unwrap()
}
