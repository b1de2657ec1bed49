//! Services that require DPoP: the checks of RFC 9449, 4.3.

use authlete_fail_sandbox::{
    ACCESS_TOKEN, ApiDpop, NoncePolicy, Options, SERVICE_ID, Sandbox, Service,
};
use serde_json::{Value, json};

use crate::api_client::*;
use crate::dpop_client::*;

#[test]
fn proofs_with_each_algorithm_are_accepted() {
    for algorithm in ["ES256", "ES384", "EdDSA", "PS256", "RS256"] {
        let sandbox = start_with_dpop(NoncePolicy::None);
        let key = Key::new(algorithm);
        let mut proof = Proof::new(&key, &url(&sandbox));
        proof.header["kid"] = json!("1");
        proof.header["jwk"]["kid"] = json!("1");
        proof.header["jwk"]["alg"] = json!(algorithm);
        let response = call_with_proof(&sandbox, &proof.sign(&key));
        assert_eq!(response.status, 200, "{algorithm}: {}", response.text);
        assert_eq!(response.header("DPoP-Nonce"), "");

        let mut signed = Proof::new(&key, &url(&sandbox)).sign(&key).into_bytes();
        let index = signed.len() - 20;
        signed[index] = if signed[index] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(signed).unwrap();
        let response = call_with_proof(&sandbox, &tampered);
        assert_challenge(&response, "invalid_dpop_proof", "A001303", "the signature is invalid");
    }
}

/// A change that makes a proof invalid, the result code, and a part of its message.
type Case = (fn(&mut Proof), &'static str, &'static str);

const CASES: &[Case] = &[
    (|proof| proof.header["typ"] = json!("JWT"), "A001303", "the typ is not dpop+jwt"),
    (|proof| remove(&mut proof.header, "typ"), "A001303", "the typ is not dpop+jwt"),
    (|proof| remove(&mut proof.header, "alg"), "A001306", "algorithm is missing"),
    (|proof| proof.header["alg"] = json!("none"), "A001304", "(none) must not be symmetric"),
    (|proof| proof.header["alg"] = json!("HS256"), "A001304", "(HS256) must not be symmetric"),
    (|proof| proof.header["alg"] = json!("ES512"), "A001303", "the alg is not supported"),
    (|proof| proof.header["alg"] = json!("EdDSA"), "A001303", "the jwk does not match the alg"),
    (|proof| proof.header["alg"] = json!("RS256"), "A001303", "the jwk does not match the alg"),
    (|proof| proof.header["jwk"]["alg"] = json!("ES384"), "A001303", "the jwk has another alg"),
    (|proof| proof.header["crit"] = json!(["b64"]), "A001303", "the header has the member crit"),
    (|proof| remove(&mut proof.header, "jwk"), "A001305", "did not include a public key"),
    (|proof| proof.header["jwk"] = json!("x"), "A001305", "did not include a public key"),
    (|proof| proof.header["jwk"]["d"] = json!("AAAA"), "A001305", "did not include a public key"),
    (|proof| proof.header["jwk"]["k"] = json!("AAAA"), "A001305", "did not include a public key"),
    (|proof| proof.header["jwk"]["x"] = json!("AAAA"), "A001303", "the jwk does not match"),
    (|proof| proof.header["jwk"]["crv"] = json!("P-384"), "A001303", "the jwk does not match"),
    (|proof| remove(&mut proof.claims, "jti"), "A001303", "the jti is missing"),
    (|proof| proof.claims["jti"] = json!(""), "A001303", "the jti is missing"),
    (|proof| proof.claims["jti"] = json!(1), "A001303", "the jti is missing"),
    (|proof| proof.claims["htm"] = json!("GET"), "A001303", "the htm is not the method"),
    (|proof| proof.claims["htm"] = json!("post"), "A001303", "the htm is not the method"),
    (|proof| remove(&mut proof.claims, "htm"), "A001303", "the htm is not the method"),
    (|proof| append(&mut proof.claims["htu"], "/"), "A001303", "the htu is not the URI"),
    (|proof| remove(&mut proof.claims, "htu"), "A001303", "the htu is not the URI"),
    (|proof| proof.claims["htu"] = json!("/auth/token/fail"), "A001303", "the htu is not the URI"),
    (|proof| remove(&mut proof.claims, "iat"), "A001303", "the iat is missing"),
    (|proof| proof.claims["iat"] = json!("1"), "A001303", "the iat is missing"),
    (|proof| proof.claims["iat"] = json!(-1), "A001303", "the iat is missing"),
    (|proof| proof.claims["iat"] = json!(now() - 62), "A001303", "the iat is too old"),
    (|proof| proof.claims["iat"] = json!(now() + 75), "A001303", "the iat is in the future"),
    (|proof| remove(&mut proof.claims, "ath"), "A001303", "the ath is not the hash"),
    (|proof| append(&mut proof.claims["ath"], "A"), "A001303", "the ath is not the hash"),
];

fn remove(object: &mut Value, name: &str) {
    object.as_object_mut().unwrap().remove(name).unwrap();
}

fn append(text: &mut Value, more: &str) {
    *text = json!(text.as_str().unwrap().to_owned() + more);
}

/// The token is bound to the key, so that the proofs differ from an accepted one only by the change.
#[test]
fn invalid_proofs_are_refused() {
    let sandbox = start_with_dpop(NoncePolicy::None);
    let key = Key::new("ES256");
    assert_eq!(call_with_proof(&sandbox, &Proof::new(&key, &url(&sandbox)).sign(&key)).status, 200);
    for (change, code, text) in CASES {
        let mut proof = Proof::new(&key, &url(&sandbox));
        change(&mut proof);
        let response = call_with_proof(&sandbox, &proof.sign(&key));
        assert_challenge(&response, "invalid_dpop_proof", code, text);
    }
    for text in ["", "x", "a.b.c", "e30.e30", "e30.e30.e30.e30", "e30.W10."] {
        let response = call_with_proof(&sandbox, &format!("{text} "));
        assert_challenge(&response, "invalid_dpop_proof", "A001303", "the proof is not a JWS");
    }
    let proof = Proof::new(&key, &url(&sandbox));
    assert_eq!(call_with_proof(&sandbox, &proof.sign(&key)).status, 200);
}

#[test]
fn the_time_may_differ_by_a_minute() {
    let sandbox = start_with_dpop(NoncePolicy::None);
    let key = Key::new("ES256");
    for iat in [json!(now() - 50), json!(now() + 58), json!(now() as f64 + 0.5)] {
        let mut proof = Proof::new(&key, &url(&sandbox));
        proof.claims["iat"] = iat.clone();
        assert_eq!(call_with_proof(&sandbox, &proof.sign(&key)).status, 200, "{iat}");
    }
}

#[test]
fn there_must_be_exactly_one_proof_and_the_scheme_dpop() {
    let sandbox = start_with_dpop(NoncePolicy::None);
    let key = Key::new("ES256");
    let proof = || Proof::new(&key, &url(&sandbox)).sign(&key);
    let (dpop, bearer) = (format!("DPoP {ACCESS_TOKEN}"), format!("Bearer {ACCESS_TOKEN}"));
    let response = call(&sandbox, &dpop, &[&proof(), &proof()]);
    assert_challenge(&response, "invalid_dpop_proof", "A001303", "more than one DPoP header");
    for authorization in [&dpop, &bearer] {
        let response = call(&sandbox, authorization, &[]);
        assert_challenge(&response, "invalid_token", "A001301", "Expected a DPoP header");
    }
    let response = call(&sandbox, &bearer, &[&proof()]);
    assert_challenge(&response, "invalid_token", "A001303", "scheme must be DPoP");
    let basic = "Basic MjE2NTM4MzUzNDg3NjI6c2FuZGJveC1hcGktc2VjcmV0";
    let response = ApiClient::v2(&sandbox, basic).post(TOKEN_FAIL, JSON, "{}");
    assert_challenge(&response, "invalid_token", "A001301", "Expected a DPoP header");

    let response = call(&sandbox, "DPoP wrong", &[&proof()]);
    assert_challenge(&response, "invalid_token", "A172101", "");
    let response = call(&sandbox, "", &[]);
    assert_eq!((response.status, &response.json()["resultCode"]), (401, &json!("A001202")));
    let challenge = response.header("WWW-Authenticate");
    assert_eq!(challenge, "DPoP algs=\"ES256 ES384 EdDSA PS256 RS256\"");
    assert_eq!(call(&sandbox, &dpop.replace("DPoP", "dpop"), &[&proof()]).status, 200);
}

#[test]
fn a_proof_is_accepted_once() {
    let sandbox = start_with_dpop(NoncePolicy::None);
    let key = Key::new("EdDSA");
    let proof = Proof::new(&key, &url(&sandbox));
    let captured = proof.sign(&key);
    assert_eq!(call_with_proof(&sandbox, &captured).status, 200);
    let mut same_jti = Proof::new(&key, &url(&sandbox));
    same_jti.claims["jti"] = proof.claims["jti"].clone();
    for proof in [captured, same_jti.sign(&key)] {
        let response = call_with_proof(&sandbox, &proof);
        assert_challenge(&response, "invalid_dpop_proof", "A001303", "the jti was used before");
    }
}

#[test]
fn the_first_valid_proof_binds_the_token_to_its_key() {
    let sandbox = start_with_dpop(NoncePolicy::None);
    let (key, other) = (Key::new("ES256"), Key::new("ES256"));
    let mut invalid = Proof::new(&other, &url(&sandbox));
    invalid.claims["htm"] = json!("GET");
    assert_eq!(call_with_proof(&sandbox, &invalid.sign(&other)).status, 401);
    for _ in 0..2 {
        let proof = Proof::new(&key, &url(&sandbox)).sign(&key);
        assert_eq!(call_with_proof(&sandbox, &proof).status, 200);
        let proof = Proof::new(&other, &url(&sandbox)).sign(&other);
        let response = call_with_proof(&sandbox, &proof);
        assert_challenge(&response, "invalid_token", "A001302", "does not match the expected");
    }
}

#[test]
fn the_key_may_be_configured() {
    let members: [(_, &[&str]); 3] = [
        ("ES256", &["crv", "kty", "x", "y"]),
        ("EdDSA", &["crv", "kty", "x"]),
        ("PS256", &["e", "kty", "n"]),
    ];
    for (algorithm, members) in members {
        let (key, other) = (Key::new(algorithm), Key::new("EdDSA"));
        let mut services = Service::defaults();
        let key_thumbprint = thumbprint(&key.jwk, members);
        services[0].api_dpop = Some(ApiDpop { key_thumbprint, ..ApiDpop::default() });
        let sandbox = Sandbox::start(Options { services, ..Options::default() }).unwrap();
        let proof = Proof::new(&other, &url(&sandbox)).sign(&other);
        assert_challenge(&call_with_proof(&sandbox, &proof), "invalid_token", "A001302", "");
        let proof = Proof::new(&key, &url(&sandbox)).sign(&key);
        assert_eq!(call_with_proof(&sandbox, &proof).status, 200, "{algorithm}");
    }
}

#[test]
fn the_htu_is_compared_after_normalization() {
    let sandbox = start_with_dpop(NoncePolicy::None);
    let key = Key::new("ES256");
    let url = url(&sandbox);
    for htu in [
        url.replace("http:", "HTTP:"),
        format!("{url}?query"),
        format!("{url}#fragment"),
        url.replace("/token/", "/t%6fken/"),
        url.replace("/api/", "/./x/../api/"),
    ] {
        let mut proof = Proof::new(&key, &url);
        proof.claims["htu"] = json!(htu);
        assert_eq!(call_with_proof(&sandbox, &proof.sign(&key)).status, 200, "{htu}");
    }
    let mut proof = Proof::new(&key, &url);
    proof.claims["htu"] = json!(format!("http://authlete/api/{SERVICE_ID}/{TOKEN_FAIL}"));
    let (authorization, proof) = (format!("DPoP {ACCESS_TOKEN}"), proof.sign(&key));
    let headers = [("Host", "AUTHLETE:80"), ("Authorization", &authorization), ("DPoP", &proof)];
    assert_eq!(send("GET", &url, &headers, "").status, 405);
    let headers = [&headers[..], &[("Content-Type", JSON)]].concat();
    assert_eq!(send("POST", &url, &headers, "{}").status, 200);

    for htu in [
        url.replace("http:", "https:"),
        url.replace("127.0.0.1", "localhost"),
        url.replace("http://", "http://user@"),
        url.replace("/token/", "/t%6Fken%2F"),
        url.replace("/token/", "/t%zzken/"),
        url.replace("/token/", "/Token/"),
    ] {
        let mut proof = Proof::new(&key, &url);
        proof.claims["htu"] = json!(htu);
        let response = call_with_proof(&sandbox, &proof.sign(&key));
        assert_challenge(&response, "invalid_dpop_proof", "A001303", "the htu is not the URI");
    }
}
