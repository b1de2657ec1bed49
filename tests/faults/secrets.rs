//! Secrets must not appear in errors or log lines. `wiped` scans the memory for them.

use serde_json::json;

use crate::harness::dpop::key;
use crate::harness::{Kind, Server};
use crate::runner::{FaultCase, Runner, case};
use crate::support::unused_address;

pub fn cases() -> Vec<FaultCase> {
    vec![case!(errors_and_the_log_contain_no_secret)]
}

/// No secret that a server or the library sends may appear.
fn errors_and_the_log_contain_no_secret(runner: &Runner) {
    let responses: &[&str] = &[
        "HTTP/1.1 200 c4n4ry\r\nContent-Length: 2\r\nc4n4ry: c4n4ry\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"action\":\"c4n4ry\"}",
        "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"c4n4ry\":\"\"}}",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nc4n4ry",
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nc4n4ry",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc4n4ry\r\n",
        "HTTP/1.1 302 c4n4ry\r\nLocation: http://c4n4ry/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 400 c4n4ry\r\nContent-Length: 23\r\n\r\n{\"resultCode\":\"c4n4ry\"}",
        "HTTP/1.1 401 c4n4ry\r\nWWW-Authenticate: c4n4ry\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 429 c4n4ry\r\nRetry-After: c4n4ry\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 c4n4ry\r\nContent-Length: 6\r\n\r\nc4n4ry",
        "HTTP/1.1 c4n4ry\r\n\r\n",
        "c4n4ry c4n4ry c4n4ry\r\n\r\n",
        "",
    ];
    let responds = |kind, response| {
        Server::start(kind, move |peer| {
            peer.request()?;
            peer.send(response)
        })
    };
    // A server that sends back the headers of the request, with the credentials.
    let echo = |kind| {
        Server::start(kind, |peer| {
            let head = peer.head()?.replace("\r\n", " ");
            peer.send(format!("HTTP/1.1 403 {head}\r\nX-Echo: {head}\r\n"))?;
            peer.send(format!("Content-Length: {}\r\n\r\n{head}", head.len()))
        })
    };
    let mut servers = Vec::new();
    for kind in [Kind::Plain, Kind::Tls] {
        servers.extend(responses.iter().map(|&response| responds(kind, response)));
        servers.push(echo(kind));
    }
    let proxy = Server::start(Kind::Plain, |peer| {
        peer.head()?;
        peer.send("HTTP/1.1 407 c4n4ry\r\nProxy-Authenticate: c4n4ry\r\n\r\n")
    });
    let echoing_proxy = echo(Kind::Plain);
    runner.run(|host| {
        // `Called::check` searches for the canary, which is also in token, ticket and description.
        for server in &servers {
            host.client(server, json!({ "userAgent": "user-agent-c4n4ry", "serviceId": "c4n4ry" }));
            host.call();
            let headers = json!({ "X-Own": "own-c4n4ry", "traceparent": "00-c4n4ry" });
            let options = json!({ "accessToken": "own-c4n4ry", "headers": headers });
            host.general("/c4n4ry?c4n4ry", r#"{"ticket":"c4n4ry"}"#, options);
            host.client(
                server,
                json!({
                    "apiVersion": "v2", "apiKey": "key-c4n4ry", "apiSecret": "secret-c4n4ry",
                    "serviceId": null, "accessToken": null,
                }),
            );
            host.call();
            for name in ["ES256", "EdDSA", "RS256"] {
                host.client(server, json!({ "dpopKey": key(name) }));
                host.call();
            }
        }
        for at in [proxy.address(), echoing_proxy.address(), unused_address()] {
            host.client_with(json!({
                "baseUrl": "https://authlete.test",
                "proxy": format!("http://user-c4n4ry:password-c4n4ry@{at}"),
            }));
            host.call().is("CONNECT", "UNTOUCHED", 1);
        }
        for request in [
            r#"{"ticket":"c4n4ry","reason":1}"#,
            r#"{"ticket":"c4n4ry","ticket":"c4n4ry","reason":"DENIED"}"#,
            "c4n4ry",
        ] {
            let called = host.request("authorization", request);
            assert_eq!(called.reply.text("status"), "INVALID_REQUEST", "{request}");
        }
        for options in [
            json!({ "c4n4ry": 1 }),
            json!({ "method": "c4n4ry" }),
            json!({ "accessToken": "c4n4ry\r\n" }),
            json!({ "headers": { "X-A": "c4n4ry\n" } }),
            json!({ "headers": { "c4n4ry": "a" } }),
            json!({ "headers": { "c4n4ry:": "a" } }),
            json!({ "headers": { "X-HTTP-Method-c4n4ry": "a" } }),
        ] {
            let called = host.general("/c4n4ry", "{}", options);
            assert_eq!(called.reply.text("status"), "INVALID_REQUEST");
        }
        for path in ["c4n4ry", "/c4n4ry/", "/c4n4ry%2F", "/api/c4n4ry", "/c4n4ry/auth/token"] {
            let called = host.general(path, "{}", json!({}));
            assert_eq!(called.reply.text("status"), "INVALID_ARGUMENT", "{path}");
        }
    });
}
