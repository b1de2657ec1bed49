//! Secrets: bytes that are wiped on drop and never printed.

use std::borrow::Cow;
use std::fmt;
use std::mem;

use crate::sys;

/// Secret bytes. They are wiped on drop and redacted in Debug output.
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes ownership of `bytes`. Copies in buffers that earlier reallocations freed are not
    /// wiped.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Creates an empty secret with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Appends `bytes`. The capacity must be sufficient: a reallocation would leave an unwiped
    /// copy.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Concatenates `parts` without an intermediate copy.
    pub fn concat(parts: &[&[u8]]) -> Self {
        Self(parts.concat())
    }

    /// Returns the bytes. The caller must not keep a copy.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        sys::wipe(&mut self.0);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Text decoded from a JSON document. If decoding made a copy, the copy is wiped on drop.
pub struct SecretText<'a>(pub Cow<'a, str>);

impl Drop for SecretText<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.0 {
            drop(Secret(mem::take(text).into_bytes()));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Instant;

    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
    use serde_json::json;

    use crate::client::{Arguments, Client};
    use crate::endpoint::FailEndpoint;
    use crate::status::Status;

    const RESPONSE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 47\r\n\r\n\
        {\"action\":\"BAD_REQUEST\",\"responseContent\":\"{}\"}";

    /// Checks that the Debug output of a client after a call contains none of `secrets`. It
    /// includes the configuration, the idle connection and its buffers.
    fn check(config: &serde_json::Value, expected: Status, secrets: &[&[u8]]) {
        let client = Client::new(&config.to_string(), None).unwrap();
        let request = r#"{"ticket":"the-ticket","reason":"DENIED"}"#;
        let path = FailEndpoint::Authorization.spec().path;
        let options = r#"{"accessToken":"own-token","headers":{"X-Key":"own-key"}}"#;
        for options in [options, ""] {
            let arguments =
                Arguments { path: Ok(path), request: Ok(request), options: Ok(options) };
            assert_eq!(client.call(arguments, Instant::now()).status, expected);
        }
        let debug = format!("{client:?}");
        let own: [&[u8]; 3] = [b"the-ticket", b"own-token", b"own-key"];
        for secret in secrets.iter().chain(&own) {
            let text = String::from_utf8_lossy(secret);
            let numbers = format!("{secret:?}");
            for form in [&*text, &BASE64_STANDARD.encode(secret), numbers.trim_matches(['[', ']'])]
            {
                assert!(!debug.contains(form), "{form}: {debug}");
            }
        }
    }

    #[test]
    fn debug_output_contains_no_secret() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                while stream.read(&mut [0; 4096]).is_ok_and(|len| len > 0) {
                    stream.write_all(RESPONSE.as_bytes()).unwrap();
                }
            }
        });
        let v3 = json!({ "baseUrl": base_url, "serviceId": "1", "accessToken": "the-token" });
        check(&v3, Status::Ok, &[b"the-token"]);
        let v2 = json!({
            "baseUrl": base_url, "apiVersion": "v2", "apiKey": "key", "apiSecret": "the-secret",
        });
        check(&v2, Status::Ok, &[b"the-secret", b"key:the-secret"]);

        let identity = rcgen::generate_simple_self_signed(["client".to_owned()]).unwrap();
        // In the PKCS #8 encoding of a P-256 key, the private key starts at byte 36.
        let private = identity.signing_key.serialized_der().get(36..68).unwrap();
        let d = BASE64_URL_SAFE_NO_PAD.encode(private);
        let point = identity.signing_key.public_key_raw();
        let [x, y] = [1..33, 33..65].map(|range| point.get(range).unwrap());
        let dpop = json!({
            "baseUrl": base_url, "serviceId": "1", "accessToken": "the-token",
            "dpopKey": {
                "kty": "EC", "crv": "P-256", "alg": "ES256", "d": d,
                "x": BASE64_URL_SAFE_NO_PAD.encode(x), "y": BASE64_URL_SAFE_NO_PAD.encode(y),
            },
        });
        check(&dpop, Status::Ok, &[b"the-token", private, d.as_bytes()]);

        let key = identity.signing_key.serialize_pem();
        let tls = json!({
            "baseUrl": "https://localhost", "serviceId": "1", "accessToken": "the-token",
            "proxy": "http://user:the-password@127.0.0.1:1",
            "clientCertPem": identity.cert.pem(), "clientKeyPem": key,
        });
        let key_line = key.lines().nth(1).unwrap();
        let secrets: [&[u8]; 5] =
            [b"the-token", b"the-password", b"user:the-password", key_line.as_bytes(), private];
        check(&tls, Status::Connect, &secrets);
    }
}
