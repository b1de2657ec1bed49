//! Private keys for DPoP, and the proofs in requests (RFC 9449).

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Map, Value};

use super::{Request, http};

/// The private members of a JWK, of all key types.
pub const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// How much the clock may differ from the time in a proof, in seconds.
const MAX_AGE: u64 = 60;

/// A private JWK of `keys.json`. In the keys of the algorithms, `d` (of an RSA key: `p` and `q`)
/// contains the canaries of the suites. The others are RSA keys of unsupported or the maximum size.
pub fn key(name: &str) -> Value {
    let keys: Value = serde_json::from_str(include_str!("keys.json")).expect("JSON");
    keys.get(name).unwrap_or_else(|| panic!("no key {name}")).clone()
}

/// The API response that requires a proof with `nonce` (RFC 9449, 9).
pub fn challenge(nonce: &str) -> Vec<u8> {
    let challenge = r#"WWW-Authenticate: DPoP error="use_dpop_nonce""#;
    http("401 Unauthorized", &[challenge, &format!("DPoP-Nonce: {nonce}")], b"{}")
}

/// The API response of a successful call to `request`, with `nonce` for the next proof.
pub fn response(request: &Request, nonce: &str) -> Vec<u8> {
    http("200 OK", &[&format!("DPoP-Nonce: {nonce}")], request.document().as_bytes())
}

/// The proof of a request.
#[derive(Debug)]
pub struct Proof {
    pub jti: String,
    pub nonce: Option<String>,
}

impl Proof {
    /// Checks the proof of a request and its credentials. `origin` is the URL of the server, without
    /// a path.
    pub fn check(request: &Request, key: &Value, origin: &str) -> Self {
        let headers = |name: &str| -> Vec<&str> {
            let lines = request.head.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|line| line.0.eq_ignore_ascii_case(name)).map(|line| line.1).collect()
        };
        let ([authorization], [proof]) = (&headers("Authorization")[..], &headers("DPoP")[..])
        else {
            panic!("not one proof and one token: {}", request.head);
        };
        let token = authorization.strip_prefix("DPoP ").expect("the scheme is DPoP");
        let (signed, signature) = proof.rsplit_once('.').expect("a signature");
        let (header, claims) = signed.split_once('.').expect("a header and claims");
        let [header, claims] = [header, claims].map(|part| -> Map<String, Value> {
            serde_json::from_slice(&decode(part)).expect("a JSON object")
        });

        assert_eq!(members(&header), ["alg", "jwk", "typ"].into(), "{header:?}");
        assert_eq!(header["typ"], "dpop+jwt");
        assert_eq!(header["alg"], key["alg"]);
        let mut public = key.as_object().expect("an object").clone();
        public.retain(|name, _| PUBLIC.contains(&name.as_str()));
        assert_eq!(header["jwk"], Value::Object(public));
        verify(key, signed, &decode(signature));

        let mut line = request.head.split_whitespace();
        let (method, target) = (line.next().expect("a method"), line.next().expect("a target"));
        let path = target.split('?').next().expect("a path");
        assert_eq!(claims["htm"], method);
        assert_eq!(claims["htu"], format!("{origin}{path}"));
        let thumbprint = digest(&SHA256, token.as_bytes());
        assert_eq!(claims["ath"], BASE64_URL_SAFE_NO_PAD.encode(thumbprint));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let iat = claims["iat"].as_u64().expect("an integer");
        assert!(now.abs_diff(iat) < MAX_AGE, "iat: {iat} at {now}");
        let jti = claims["jti"].as_str().expect("a string").to_owned();
        assert!(decode(&jti).len() >= 12, "jti has less than 96 bits: {jti}");
        let nonce = claims.get("nonce").map(|nonce| nonce.as_str().expect("a string").to_owned());
        let mut expected = HashSet::from(["ath", "htm", "htu", "iat", "jti"]);
        expected.extend(nonce.as_ref().map(|_| "nonce"));
        assert_eq!(members(&claims), expected, "{claims:?}");
        Self { jti, nonce }
    }
}

/// The members of a JWK that belong in a proof.
const PUBLIC: [&str; 7] = ["kty", "kid", "crv", "x", "y", "n", "e"];

fn members(object: &Map<String, Value>) -> HashSet<&str> {
    object.keys().map(String::as_str).collect()
}

fn decode(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_else(|_| panic!("not base64url: {text}"))
}

fn verify(key: &Value, signed: &str, signature: &[u8]) {
    let member = |name: &str| decode(key[name].as_str().expect("a string"));
    let signed = signed.as_bytes();
    let rsa = |algorithm| {
        RsaPublicKeyComponents { n: member("n"), e: member("e") }
            .verify(algorithm, signed, signature)
    };
    let result = match key["alg"].as_str().expect("a string") {
        "ES256" => {
            let point = [vec![4], member("x"), member("y")].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature)
        }
        "EdDSA" => UnparsedPublicKey::new(&ED25519, member("x")).verify(signed, signature),
        "PS256" => rsa(&RSA_PSS_2048_8192_SHA256),
        _ => rsa(&RSA_PKCS1_2048_8192_SHA256),
    };
    assert!(result.is_ok(), "the signature");
}
