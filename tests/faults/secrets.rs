//! Cases of secrets: none in an error or a log line, none of our own copies in memory afterwards.

use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::harness::peer::http;
use crate::harness::server::{Kind, Server, closed};
use crate::harness::{FaultCase, Harness, case, extend};
use crate::tls_server::{file, text};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(memory_holds_no_secret_after_everything_is_freed),
        case!(errors_and_the_log_hold_no_secret),
        case!(errors_of_configuration_and_request_hold_no_secret),
    ]
}

/// A length, a newline and the masked bytes.
fn masked(text: &[u8]) -> Vec<u8> {
    let bytes: Vec<u8> = text.iter().map(|byte| byte ^ 0x55).collect();
    [format!("{}\n", bytes.len()).as_bytes(), &bytes].concat()
}

/// Runs `secrets.c`, which scans its memory after the last free.
fn scan(harness: &Harness, config: &Value, request: &str, gone: &[&[u8]]) {
    let mut stdin = [masked(config.to_string().as_bytes()), masked(request.as_bytes())].concat();
    stdin.extend(format!("{}\n", gone.len()).bytes());
    stdin.extend(gone.iter().flat_map(|text| masked(text)));
    harness.program("secrets", "wiped").number(3).stdin(&stdin).run();
}

/// Also none of ureq's and rustls': ureq never sees the token, and the buffers that both send from
/// are wiped. What remains is what Authlete itself repeats in an answer, in the freed memory of the
/// reply and of the buffer that it came in; so the server here repeats nothing.
fn memory_holds_no_secret_after_everything_is_freed(harness: &Harness) {
    let token = "acc3ss-t0ken-of-its-own-C4NARY";
    // So long that nothing else takes the place of a copy that was freed.
    let ticket = format!("t1cket-of-its-own-{}-C4NARY", "0123456789".repeat(60));
    let ticket = ticket.as_str();
    let description = "descr1ption-of-its-own-C4NARY";
    let request = json!({ "ticket": ticket, "reason": "DENIED", "description": description });
    let compact = request.to_string();
    // The library makes a copy of each of these: one to compact it, one to decode its strings.
    let pretty = serde_json::to_string_pretty(&request).unwrap();
    let escaped = compact.replace('-', "\\u002d");
    let key = text("client.key");
    let key_text = key.lines().nth(1).unwrap();
    // The end of PKCS #8 is the public key; the private one is 32 bytes from 36 on.
    let key_bytes = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let key_bytes = &key_bytes.secret_der()[36..68];
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, |peer| {
            loop {
                peer.request()?;
                peer.send(http(
                    "200 OK",
                    &[],
                    br#"{"action":"BAD_REQUEST","responseContent":"{}"}"#,
                ))?;
            }
        });
        // Without their beginnings, which the allocator overwrites in what is freed.
        let gone = [token, ticket, description, key_text].map(|text| &text.as_bytes()[16..]);
        let gone = [&gone[..], &[key_bytes]].concat();
        for identity in [
            json!({}),
            json!({ "clientCertFile": file("client.pem"), "clientKeyFile": file("client.key") }),
            json!({ "clientCertPem": text("client.pem"), "clientKeyPem": text("client.key") }),
        ] {
            for max_idle in [0, 1] {
                let mut config = server.config();
                extend(&mut config, identity.clone());
                config["serviceId"] = json!("1");
                config["accessToken"] = json!(token);
                config["maxIdleConnections"] = json!(max_idle);
                for request in [&compact, &pretty, &escaped] {
                    scan(harness, &config, request, &gone);
                }
            }
        }
    }
}

/// What the servers of this table say, and what they are asked, must come out nowhere.
fn errors_and_the_log_hold_no_secret(harness: &Harness) {
    let answers: &[&str] = &[
        "HTTP/1.1 200 C4NARY\r\nContent-Length: 2\r\nC4NARY: C4NARY\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"action\":\"C4NARY\"}",
        "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"C4NARY\":\"\"}}",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nC4NARY",
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nC4NARY",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nC4NARY\r\n",
        "HTTP/1.1 302 C4NARY\r\nLocation: http://C4NARY/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 400 C4NARY\r\nContent-Length: 23\r\n\r\n{\"resultCode\":\"C4NARY\"}",
        "HTTP/1.1 401 C4NARY\r\nWWW-Authenticate: C4NARY\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 429 C4NARY\r\nRetry-After: C4NARY\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 C4NARY\r\nContent-Length: 6\r\n\r\nC4NARY",
        "HTTP/1.1 C4NARY\r\n\r\n",
        "C4NARY C4NARY C4NARY\r\n\r\n",
        "",
    ];
    let servers: Vec<_> = [Kind::Plain, Kind::Tls]
        .into_iter()
        .flat_map(|kind| answers.iter().map(move |&answer| (kind, answer)))
        .map(|(kind, answer)| {
            Server::start(kind, move |peer| {
                peer.request()?;
                peer.send(answer)
            })
        })
        .collect();
    let proxy = Server::start(Kind::Plain, |peer| {
        peer.head()?;
        peer.send("HTTP/1.1 407 C4NARY\r\nProxy-Authenticate: C4NARY\r\n\r\n")
    });
    harness.run(|host| {
        // Called::check looks for the canary, which is in token, ticket and description too.
        for server in &servers {
            host.client(server, json!({ "userAgent": "user-agent-C4NARY", "serviceId": "C4NARY" }));
            host.call();
        }
        for at in [proxy.address(), closed()] {
            host.client_with(json!({
                "baseUrl": "https://authlete.test",
                "proxy": format!("http://user-C4NARY:password-C4NARY@{at}"),
            }));
            host.call().is("CONNECT", "UNTOUCHED", 1);
        }
    });
}

fn errors_of_configuration_and_request_hold_no_secret(harness: &Harness) {
    let url = "https://localhost";
    let configs = [
        json!({ "baseUrl": "https://user:C4NARY@localhost", "accessToken": "t", "serviceId": "1" }),
        json!({ "baseUrl": "https://localhost?C4NARY", "accessToken": "t", "serviceId": "1" }),
        json!({ "baseUrl": url, "accessToken": "C4NARY \u{e9}", "serviceId": "1" }),
        json!({ "baseUrl": url, "accessToken": ["C4NARY"], "serviceId": "1" }),
        json!({ "baseUrl": url, "apiKey": "C4NARY", "accessToken": "C4NARY", "serviceId": "1" }),
        json!({ "baseUrl": url, "accessToken": "t", "serviceId": "1", "caPem": "C4NARY" }),
        json!({ "baseUrl": url, "accessToken": "t", "serviceId": "1", "proxy": "http://C4NARY@h" }),
        json!({ "baseUrl": url, "accessToken": "t", "serviceId": "1", "proxy": "http://u:C4NARY@" }),
        json!({ "baseUrl": url, "accessToken": "t", "serviceId": "1",
                "clientCertPem": text("client.pem"), "clientKeyPem": "C4NARY" }),
    ];
    let server = Server::start(Kind::Plain, |peer| peer.serve());
    harness.run(|host| {
        for config in &configs {
            let called = host.request("client", &config.to_string());
            assert_eq!(called.reply.text("status"), "INVALID_CONFIG", "{config}");
        }
        host.client(&server, json!({}));
        for request in [
            r#"{"ticket":"C4NARY","reason":1}"#,
            r#"{"ticket":"C4NARY"}"#,
            r#"{"ticket":"C4NARY","ticket":"C4NARY","reason":"DENIED"}"#,
            r#"{"ticket":"C4NARY\u0000","reason":"DENIED"}"#,
            r#"{"ticket":"C4NARY","reason":"DENIED"} C4NARY"#,
            r#"{"ticket":"C4NARY","#,
            "C4NARY",
        ] {
            let called = host.request("authorization", request);
            assert_eq!(called.reply.text("status"), "INVALID_REQUEST", "{request}");
        }
    });
    assert_eq!(server.connections(), 0);
}
