//! Cases of secrets that must appear in no error and no log line. `wiped` scans the memory.

use serde_json::{Value, json};

use crate::harness::server::{Kind, Server, closed};
use crate::harness::{FaultCase, Harness, case};
use crate::tls_server::text;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(errors_and_the_log_hold_no_secret),
        case!(errors_of_configuration_and_request_hold_no_secret),
    ]
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
    // They send back the headers of the request, with the credentials.
    let echo = |kind| {
        Server::start(kind, |peer| {
            let head = peer.head()?.replace("\r\n", " ");
            peer.send(format!("HTTP/1.1 403 {head}\r\nX-Echo: {head}\r\n"))?;
            peer.send(format!("Content-Length: {}\r\n\r\n{head}", head.len()))
        })
    };
    let servers: Vec<_> = servers.into_iter().chain([Kind::Plain, Kind::Tls].map(echo)).collect();
    let proxy = Server::start(Kind::Plain, |peer| {
        peer.head()?;
        peer.send("HTTP/1.1 407 C4NARY\r\nProxy-Authenticate: C4NARY\r\n\r\n")
    });
    let echoing_proxy = echo(Kind::Plain);
    harness.run(|host| {
        // Called::check looks for the canary, which is in token, ticket and description too.
        for server in &servers {
            host.client(server, json!({ "userAgent": "user-agent-C4NARY", "serviceId": "C4NARY" }));
            host.call();
            host.client(server, v2("key-C4NARY", "secret-C4NARY"));
            host.call();
        }
        for at in [proxy.address(), echoing_proxy.address(), closed()] {
            host.client_with(json!({
                "baseUrl": "https://authlete.test",
                "proxy": format!("http://user-C4NARY:password-C4NARY@{at}"),
            }));
            host.call().is("CONNECT", "UNTOUCHED", 1);
        }
    });
}

/// Credentials of API v2 instead of v3.
fn v2(key: &str, secret: &str) -> Value {
    json!({
        "apiVersion": "v2", "apiKey": key, "apiSecret": secret, "serviceId": null, "accessToken": null,
    })
}

fn errors_of_configuration_and_request_hold_no_secret(harness: &Harness) {
    let url = "https://localhost";
    let key = "-----BEGIN PRIVATE KEY-----\nC4NARYC4NARY\n-----END PRIVATE KEY-----\n";
    let configs = [
        json!({ "baseUrl": "https://user:C4NARY@localhost", "accessToken": "t", "serviceId": "1" }),
        json!({ "baseUrl": "https://localhost?C4NARY", "accessToken": "t", "serviceId": "1" }),
        json!({ "baseUrl": url, "accessToken": "C4NARY \u{e9}", "serviceId": "1" }),
        json!({ "baseUrl": url, "accessToken": ["C4NARY"], "serviceId": "1" }),
        json!({ "baseUrl": url, "apiKey": "C4NARY", "accessToken": "C4NARY", "serviceId": "1" }),
        json!({ "baseUrl": url, "apiVersion": "v2", "apiKey": "C4NARY:", "apiSecret": "C4NARY" }),
        json!({ "baseUrl": url, "apiVersion": "v2", "apiKey": "1", "apiSecret": "C4NARY " }),
        json!({ "baseUrl": url, "apiVersion": "v2", "apiSecret": "C4NARY" }),
        json!({ "baseUrl": url, "accessToken": "t", "serviceId": "1", "caPem": "C4NARY" }),
        json!({ "baseUrl": url, "accessToken": "t", "serviceId": "1", "proxy": "http://C4NARY@h" }),
        json!({ "baseUrl": url, "accessToken": "t", "serviceId": "1", "proxy": "http://u:C4NARY@" }),
        json!({ "baseUrl": url, "accessToken": "t", "serviceId": "1",
                "clientCertPem": text("client.pem"), "clientKeyPem": "C4NARY" }),
        json!({ "baseUrl": url, "accessToken": "t", "serviceId": "1",
                "clientCertPem": text("client.pem"), "clientKeyPem": key }),
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
