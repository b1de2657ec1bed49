//! Memory scan cases: after the client is freed, no copy of a secret is left.
//!
//! `c/secrets.c` receives the secrets masked, makes calls, frees the client and scans all its memory.
//! The servers do not echo secrets, because the library does not wipe API responses.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::certificates::{TlsServer, file, text};
use crate::harness::dpop;
use crate::harness::{Kind, Peer, Server, http};
use crate::runner::{FaultCase, NGINX, Runner, case, extend};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(token_ticket_and_description),
        case!(the_secret_of_api_v2),
        case!(the_password_of_the_proxy),
        case!(the_password_of_a_proxy_that_refuses),
        case!(client_keys).needs(NGINX),
        case!(dpop_keys),
        case!(dpop_keys_that_are_refused),
        case!(token_and_headers_of_a_call),
        case!(token_and_headers_of_a_call_that_is_cut_off),
        case!(token_and_headers_that_are_refused),
    ]
}

/// The allocator overwrites the beginning of each freed block, so the scan ignores that part of a
/// secret.
const OVERWRITTEN: usize = 16;

fn tail(secret: impl AsRef<[u8]>) -> Vec<u8> {
    secret.as_ref()[OVERWRITTEN..].to_vec()
}

/// Runs a mode of `secrets.c` that makes named calls. While its client exists, `kept` is in memory, and
/// the scan must find it. Afterwards the scan must find neither `kept` nor any of `gone`.
fn scan(
    runner: &Runner,
    mode: &'static str,
    config: &Value,
    request: &str,
    kept: Vec<u8>,
    gone: &[Vec<u8>],
) {
    scan_call(runner, mode, config, [request, ""], kept, gone);
}

/// Like [`scan`], for calls with these options. If they are not empty, the calls are general calls.
fn scan_call(
    runner: &Runner,
    mode: &'static str,
    config: &Value,
    [request, options]: [&str; 2],
    kept: Vec<u8>,
    gone: &[Vec<u8>],
) {
    let masked = |bytes: &[u8]| {
        let masked: Vec<u8> = bytes.iter().map(|byte| byte ^ 0x55).collect();
        [format!("{}\n", masked.len()).as_bytes(), &masked].concat()
    };
    let needles = [&[kept], gone].concat();
    let config = config.to_string();
    let mut stdin = [&config, request, options].map(|text| masked(text.as_bytes())).concat();
    stdin.extend(format!("{}\n", needles.len()).bytes());
    stdin.extend(needles.iter().flat_map(|needle| masked(needle)));
    runner.program("secrets", mode).number(3).rounds(2).stdin(&stdin).run();
}

/// A server that does not echo any part of the request.
fn server(kind: Kind) -> Server {
    Server::start(kind, serve)
}

fn serve(peer: &mut Peer) -> std::io::Result<()> {
    loop {
        peer.request()?;
        let body = br#"{"action":"BAD_REQUEST","responseContent":"{}"}"#;
        peer.send(http("200 OK", &[], body))?;
    }
}

const TOKEN: &str = "the-access-token-of-the-service";
const REQUEST: &str = r#"{"ticket":"t","reason":"DENIED"}"#;

/// A configuration of API v3 for `server`.
fn v3(server: &Server, extra: Value) -> Value {
    let mut config = server.config();
    extend(&mut config, json!({ "serviceId": "1", "accessToken": TOKEN }));
    extend(&mut config, extra);
    config
}

/// ureq never sees the token, and the buffers that ureq and rustls send from are wiped.
fn token_ticket_and_description(runner: &Runner) {
    // So long that no other allocation overwrites all of a freed copy.
    let ticket = format!("the-ticket-{}", "0123456789".repeat(60));
    let description = "the-description-of-the-request";
    let request = json!({ "ticket": ticket, "reason": "DENIED", "description": description });
    let compact = request.to_string();
    // The library copies each of these: the first to compact it, the second to decode its strings.
    let pretty = serde_json::to_string_pretty(&request).unwrap();
    let escaped = compact.replace('-', "\\u002d");
    for kind in [Kind::Plain, Kind::Tls] {
        let server = server(kind);
        for max_idle in [0, 1] {
            let config = v3(&server, json!({ "maxIdleConnections": max_idle }));
            for request in [&compact, &pretty, &escaped] {
                let gone = [tail(&ticket), tail(description)];
                scan(runner, "wiped", &config, request, tail(TOKEN), &gone);
            }
        }
    }
}

fn the_secret_of_api_v2(runner: &Runner) {
    let (key, secret) = ("1234567890", "the-secret-of-the-service-of-api-v2");
    let basic = BASE64_STANDARD.encode(format!("{key}:{secret}"));
    for kind in [Kind::Plain, Kind::Tls] {
        let server = server(kind);
        let mut config = server.config();
        extend(&mut config, json!({ "apiVersion": "v2", "apiKey": key, "apiSecret": secret }));
        scan(runner, "wiped", &config, REQUEST, tail(&basic), &[tail(secret)]);
    }
}

fn the_password_of_the_proxy(runner: &Runner) {
    // One server is both the proxy and Authlete.
    let server = Server::start(Kind::Handshake, |peer| {
        peer.head()?;
        peer.send("HTTP/1.1 200 OK\r\n\r\n")?;
        peer.upgrade()?;
        serve(peer)
    });
    let (encoded, password) =
        ("the-password-of-the-user%40the-proxy", "the-password-of-the-user@the-proxy");
    let basic = BASE64_STANDARD.encode(format!("user:{password}"));
    for max_idle in [0, 1] {
        let proxy = format!("http://user:{encoded}@{}", server.address());
        let config = v3(&server, json!({ "proxy": proxy, "maxIdleConnections": max_idle }));
        scan(runner, "wiped", &config, REQUEST, tail(&basic), &[tail(encoded), tail(password)]);
    }
}

/// Little is allocated after the request to the proxy, so it does not overwrite all of a freed copy. The
/// password is periodic, so that the scan finds any part of it.
fn the_password_of_a_proxy_that_refuses(runner: &Runner) {
    let proxy = Server::start(Kind::Handshake, |peer| {
        peer.head()?;
        peer.send("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")?;
        peer.hold()
    });
    let password = "0123456789".repeat(60);
    let basic = BASE64_STANDARD.encode(format!("user:{password}"));
    let url = format!("http://user:{password}@{}", proxy.address());
    let config = v3(&proxy, json!({ "proxy": url }));
    let (kept, gone) = (basic[80..160].into(), password[..60].into());
    scan(runner, "wiped-without-connection", &config, REQUEST, kept, &[gone]);
}

/// Parts of the forms of a key from which the library reads it: a line of the PEM text; Base64 across
/// the end of that line, which exists only after the lines are joined; and DER. None of them is in the
/// public key.
fn copies(key: &str) -> [Vec<u8>; 3] {
    let der = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let (line, private) = match der.secret_der() {
        // In PKCS #8, the private key of a P-256 key begins at byte 36. An RSA key of 2,048 bits has
        // exponent and primes in the range below, and the coefficient in its last complete line. Later
        // allocations overwrite most of a freed copy, but not its end.
        der if der.len() < 200 => (0, &der[36..68]),
        der => (24, &der[300..600]),
    };
    let lines: Vec<_> = key.lines().filter(|line| !line.starts_with('-')).collect();
    let end = (line + 1) * 64;
    [tail(lines[line]), lines.concat()[end - 16..end + 16].into(), private.into()]
}

/// ring converts the key to its own little-endian form, and does not wipe it: one copy of an EC key was
/// found in freed memory. This test does not search for that form.
fn client_keys(runner: &Runner) {
    let wanted = format!("ssl_verify_client on; ssl_client_certificate {};", file("ca.pem"));
    let nginx = TlsServer::start("wiped", &[("good", &wanted)]);
    let config = json!({
        "baseUrl": format!("https://localhost:{}", nginx.port(0)),
        "caFile": file("ca.pem"),
        "serviceId": "1",
        "accessToken": TOKEN,
        "maxIdleConnections": 0,
    });
    for name in ["client", "client-rsa"] {
        let (cert, key) = (format!("{name}.pem"), format!("{name}.key"));
        for identity in [
            json!({ "clientCertFile": file(&cert), "clientKeyFile": file(&key) }),
            json!({ "clientCertPem": text(&cert), "clientKeyPem": text(&key) }),
        ] {
            let mut config = config.clone();
            extend(&mut config, identity);
            scan(runner, "wiped", &config, REQUEST, tail(TOKEN), &copies(&text(&key)));
        }
    }
}

/// ring converts the keys to its own forms, and does not wipe them. This test does not search for those
/// forms, only for Base64 and for the bytes that it encodes.
fn dpop_keys(runner: &Runner) {
    for (name, member) in [("ES256", "d"), ("EdDSA", "d"), ("RS256", "d"), ("RS256", "p")] {
        let key = dpop::key(name);
        let text = key[member].as_str().unwrap();
        let gone = [tail(text), tail(BASE64_URL_SAFE_NO_PAD.decode(text).unwrap())];
        // The library decodes the string into a copy of the JWK, and the escapes into one of the member.
        let escaped = key.to_string().replace(text, &text.replace('A', "\\u0041"));
        let server = server(Kind::Plain);
        for key in [json!(key), json!(key.to_string()), json!(escaped)] {
            let config = v3(&server, json!({ "dpopKey": key }));
            scan(runner, "wiped", &config, REQUEST, tail(TOKEN), &gone);
        }
    }
}

/// The key is refused before its private members are decoded, after one of them or after all of them.
/// Later allocations may overwrite the beginning of a freed copy.
fn dpop_keys_that_are_refused(runner: &Runner) {
    for (name, member, changed) in [
        ("ES256", "d", "alg"),
        ("ES256", "d", "kid"),
        ("EdDSA", "d", "alg"),
        ("EdDSA", "d", "kid"),
        ("RS256", "d", "n"),
        ("RS256", "p", "alg"),
        ("RS256", "p", "kid"),
    ] {
        let mut key = dpop::key(name);
        key[changed] = json!(1);
        let text = key[member].as_str().unwrap();
        let decoded = tail(BASE64_URL_SAFE_NO_PAD.decode(text).unwrap());
        let gone: Vec<_> = decoded.rchunks_exact(16).take(4).map(<[u8]>::to_vec).collect();
        let config = v3(&server(Kind::Plain), json!({ "dpopKey": key }));
        let mode = "wiped-after-an-invalid-configuration";
        scan(runner, mode, &config, REQUEST, tail(text), &gone);
    }
}

/// The options of a call with secrets, once as they are and once with escapes, which the library decodes
/// into a copy; and parts of the secrets, which are periodic, so that the scan finds any part of them.
fn own_secrets() -> ([String; 2], [Vec<u8>; 2]) {
    let [token, header] = ["0123456789", "9876543210"].map(|period| period.repeat(60));
    let options = json!({ "accessToken": token, "headers": { "X-Secret": header } }).to_string();
    let escaped = options.replace("\":\"0", "\":\"\\u0030").replace("\":\"9", "\":\"\\u0039");
    assert_ne!(options, escaped);
    ([options, escaped], [token, header].map(|secret| secret[..60].into()))
}

fn token_and_headers_of_a_call(runner: &Runner) {
    let (options, gone) = own_secrets();
    for kind in [Kind::Plain, Kind::Tls] {
        let server = server(kind);
        for max_idle in [0, 1] {
            let config = v3(&server, json!({ "maxIdleConnections": max_idle }));
            for options in &options {
                scan_call(runner, "wiped", &config, [REQUEST, options], tail(TOKEN), &gone);
            }
        }
    }
}

/// The connection is reset while the request is being sent, in both attempts.
fn token_and_headers_of_a_call_that_is_cut_off(runner: &Runner) {
    let (options, gone) = own_secrets();
    let body = "-the-body".repeat(20_000);
    let request = json!({ "ticket": "t", "parameters": body }).to_string();
    let gone = [&gone[..], &[body[..63].into()]].concat();
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, |peer| {
            peer.head()?;
            peer.reset()
        });
        let config = v3(&server, json!({}));
        let texts = [&*request, &options[0]];
        scan_call(runner, "wiped-after-a-loss", &config, texts, tail(TOKEN), &gone);
    }
}

fn token_and_headers_that_are_refused(runner: &Runner) {
    let (options, gone) = own_secrets();
    // A part of a freed copy may have been overwritten.
    let gone = gone.map(|secret| secret[..50].to_vec());
    let server = server(Kind::Plain);
    for options in options {
        // The last header is invalid, after the others have been copied.
        let header = options.replace("}}", r#","X-Line":"\n"}}"#);
        // The token ends with a line break, for example because it was read from a file.
        let line = options.replace(r#"","headers"#, r#"\n","headers"#);
        for invalid in [header, line] {
            assert_ne!(invalid, options);
            let texts = [REQUEST, &invalid];
            let config = v3(&server, json!({}));
            scan_call(runner, "wiped-after-a-refusal", &config, texts, tail(TOKEN), &gone);
        }
    }
    assert_eq!(server.connections(), 0);
}
