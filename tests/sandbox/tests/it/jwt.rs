//! Verifies the JWTs of a sandbox.

use authlete_fail_sandbox::Sandbox;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::api_client::*;

/// The claims of a JWT, whose signature is verified with the published key.
pub fn verified_claims(sandbox: &Sandbox, jwt: &str) -> Value {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();

    let keys = ApiClient::of(sandbox).get("service/jwks/get").json();
    let key = &keys["keys"][0];
    assert_eq!(header, json!({ "alg": "ES256", "typ": "JWT", "kid": key["kid"] }));
    assert_eq!((&key["kty"], &key["crv"]), (&json!("EC"), &json!("P-256")));
    assert!(key.get("d").is_none(), "a private key");
    let coordinate = |name: &str| decode(key[name].as_str().unwrap());
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    serde_json::from_slice(&decode(claims)).unwrap()
}
