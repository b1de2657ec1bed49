//! Reads the private key from a JWK (RFC 7517; its members: RFC 7518, 6, and RFC 8037, 2).
//!
//! An error states the rule that the JWK violates, as in [`crate::config`]. It follows the name of
//! the setting, and contains the names of members, but never their values.

use std::ops::RangeInclusive;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use ring::rsa::{self, KeyPairComponents, PublicKeyComponents};

use super::key::{self, Algorithm, Key};
use crate::json::{self, Value};
use crate::secret::{Secret, SecretText};

/// The members that are used. Others are ignored (RFC 7517, 4).
const MEMBERS: [&str; 15] =
    ["kty", "alg", "kid", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "oth"];

/// The maximum length of the key ID as JSON, in bytes. It is part of each request.
const MAX_KID_LEN: usize = 256;

/// The lengths of the RSA modulus that ring supports: each prime must have a multiple of 512 bits.
const MODULUS_BITS: [usize; 3] = [2048, 3072, 4096];

/// The lengths of the RSA public exponent that ring supports.
const EXPONENT_BITS: RangeInclusive<usize> = 17..=33;

/// The length of a private key or a coordinate on P-256 and Ed25519, in bytes.
const COORDINATE_LEN: usize = 32;

/// The members of a JWK that are set.
struct Jwk<'a>([Option<Value<'a>>; MEMBERS.len()]);

/// Returns the key, and the header of its proofs as JSON.
pub fn parse(text: &str) -> Result<(Key, String), String> {
    let mut values = [None; MEMBERS.len()];
    let problems = json::read(text, &MEMBERS, &mut values).map_err(|error| error.to_string())?;
    if let Some(name) = problems.duplicate {
        return Err(format!("has a duplicate member \"{name}\""));
    }
    let jwk = Jwk(values);
    let algorithm = jwk.algorithm()?;
    let (key, public) = match algorithm {
        Algorithm::Es256 => {
            // The uncompressed form of the point (SEC 1, 2.3.3) begins with a 4.
            jwk.curve(algorithm, ["EC", "P-256"], &[4], &["x", "y"], key::es256)
        }
        Algorithm::EdDsa => jwk.curve(algorithm, ["OKP", "Ed25519"], &[], &["x"], key::ed25519),
        Algorithm::Ps256 => jwk.rsa(algorithm, Key::Ps256),
        Algorithm::Rs256 => jwk.rsa(algorithm, Key::Rs256),
    }?;
    // ring checks some members of an RSA key only when it signs.
    let key = key.filter(|key| key.sign(b"").is_ok());
    let key = key.ok_or("is not a valid key: its members do not match each other")?;
    let (alg, kid) = (algorithm.name(), jwk.key_id()?);
    Ok((key, format!(r#"{{"typ":"dpop+jwt","alg":"{alg}","jwk":{{{public}{kid}}}}}"#)))
}

/// A key, if its members match each other, and its public members as JSON.
type KeyAndPublic = (Option<Key>, String);

impl<'a> Jwk<'a> {
    fn algorithm(&self) -> Result<Algorithm, String> {
        let names = Algorithm::ALL.map(Algorithm::name).join(", ");
        let rule = format!("it must be one of {names}");
        let value = self.get("alg").ok_or(format!("has no member \"alg\"; {rule}"))?;
        let name = value.string();
        let known = Algorithm::ALL.into_iter().find(|known| name.as_deref() == Some(known.name()));
        known.ok_or(format!("has an unsupported \"alg\"; {rule}"))
    }

    /// Reads the key of an elliptic curve. `make` receives the private key, and the public key:
    /// `prefix` and the coordinates.
    fn curve(
        &self,
        algorithm: Algorithm,
        [kty, crv]: [&str; 2],
        prefix: &[u8],
        coordinates: &[&str],
        make: fn(&[u8], &[u8]) -> Option<Key>,
    ) -> Result<KeyAndPublic, String> {
        self.require(algorithm, "kty", kty)?;
        self.require(algorithm, "crv", crv)?;
        let private = self.coordinate("d")?;
        let mut point = prefix.to_vec();
        let mut public = format!(r#""kty":"{kty}","crv":"{crv}""#);
        for name in coordinates {
            let coordinate = self.coordinate(name)?;
            point.extend_from_slice(coordinate.expose());
            public.push_str(&member(name, &coordinate));
        }
        Ok((make(private.expose(), &point), public))
    }

    fn rsa(
        &self,
        algorithm: Algorithm,
        make: fn(rsa::KeyPair) -> Key,
    ) -> Result<KeyAndPublic, String> {
        self.require(algorithm, "kty", "RSA")?;
        let d = self.number("d")?;
        if self.get("oth").is_some() {
            return Err("has more than two primes (\"oth\"), which is not supported".to_owned());
        }
        let [n, e] = [self.number("n")?, self.number("e")?];
        let bits = bit_len(n.expose());
        if !MODULUS_BITS.contains(&bits) {
            let [a, b, c] = MODULUS_BITS;
            return Err(format!("is an RSA key of {bits} bits; it must have {a}, {b} or {c}"));
        }
        let bits = bit_len(e.expose());
        if !EXPONENT_BITS.contains(&bits) {
            let (min, max) = (EXPONENT_BITS.start(), EXPONENT_BITS.end());
            return Err(format!("has a member \"e\" of {bits} bits; it must have {min} to {max}"));
        }
        let [p, q] = [self.number("p")?, self.number("q")?];
        let [dp, dq, qi] = [self.bytes("dp")?, self.bytes("dq")?, self.bytes("qi")?];
        let components = KeyPairComponents {
            public_key: PublicKeyComponents { n: n.expose(), e: e.expose() },
            d: d.expose(),
            p: p.expose(),
            q: q.expose(),
            dP: dp.expose(),
            dQ: dq.expose(),
            qInv: qi.expose(),
        };
        let key = rsa::KeyPair::from_components(&components).ok().map(make);
        Ok((key, format!(r#""kty":"RSA"{}{}"#, member("n", &n), member("e", &e))))
    }

    fn get(&self, name: &str) -> Option<Value<'a>> {
        let mut members = MEMBERS.iter().zip(self.0);
        members.find(|(known, _)| **known == name).and_then(|(_, value)| value)
    }

    /// Checks the type or the curve of the key, which the algorithm determines.
    fn require(&self, algorithm: Algorithm, name: &str, required: &str) -> Result<(), String> {
        let value = self.get(name).and_then(Value::string);
        if value.as_deref() == Some(required) {
            return Ok(());
        }
        let algorithm = algorithm.name();
        Err(format!("must have the \"{name}\" \"{required}\", because its \"alg\" is {algorithm}"))
    }

    fn coordinate(&self, name: &str) -> Result<Secret, String> {
        let bytes = self.bytes(name)?;
        let len = bytes.expose().len();
        if len != COORDINATE_LEN {
            return Err(wrong_len(name, len, &format!("it must have {COORDINATE_LEN}")));
        }
        Ok(bytes)
    }

    fn bytes(&self, name: &str) -> Result<Secret, String> {
        let Some(value) = self.get(name) else {
            let hint =
                if name == "d" { ", so it is a public key; set the private key" } else { "" };
            return Err(format!("has no member \"{name}\"{hint}"));
        };
        let text = string(name, value)?;
        let mut bytes = Vec::new();
        let decoded = BASE64_URL_SAFE_NO_PAD.decode_vec(text.0.as_bytes(), &mut bytes);
        // After an error, it contains the bytes that were decoded before.
        let bytes = Secret::new(bytes);
        decoded.map(|()| bytes).map_err(|_| wrong(name, "must be base64url without padding"))
    }

    /// Reads a number that has no leading zeros (RFC 7518, 2). ring rejects some numbers that have.
    fn number(&self, name: &str) -> Result<Secret, String> {
        let bytes = self.bytes(name)?;
        if bytes.expose().first().is_none_or(|byte| *byte == 0) {
            return Err(wrong(name, "must be a positive number without leading zeros"));
        }
        Ok(bytes)
    }

    /// Returns the member "kid" of the header of a proof, with a comma before it; "" if there is none.
    fn key_id(&self) -> Result<String, String> {
        let Some(value) = self.get("kid") else {
            return Ok(String::new());
        };
        string("kid", value)?;
        let len = value.text().len();
        if len > MAX_KID_LEN {
            return Err(wrong_len("kid", len, &format!("the limit is {MAX_KID_LEN}")));
        }
        Ok(format!(",\"kid\":{}", value.text()))
    }
}

fn string<'a>(name: &str, value: Value<'a>) -> Result<SecretText<'a>, String> {
    value.string().map(SecretText).ok_or_else(|| wrong(name, &value.string_error()))
}

fn wrong(name: &str, rule: &str) -> String {
    format!("has a member \"{name}\" that {rule}")
}

fn wrong_len(name: &str, len: usize, rule: &str) -> String {
    format!("has a member \"{name}\" of {len} bytes; {rule}")
}

/// A public member as JSON, with a comma before it.
fn member(name: &str, value: &Secret) -> String {
    format!(r#","{name}":"{}""#, BASE64_URL_SAFE_NO_PAD.encode(value.expose()))
}

/// The number of bits of a number without leading zeros.
fn bit_len(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |byte| byte.leading_zeros() as usize);
    number.len() * 8 - zeros
}
