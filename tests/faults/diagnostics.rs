//! Diagnostics cases: the connection and the times of each attempt. `runner/reports.rs` checks the
//! members of the diagnostics of every call.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::dns::{LOOPBACK, config, server};
use crate::general::{ISSUE, OTHER, TICKET};
use crate::harness::{Kind, Peer, Server, http};
use crate::name_server::{Answer, NameServer};
use crate::runner::{Event, FaultCase, NETWORK, Runner, case};
use crate::support::unused_address;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_new_and_then_a_reused_connection),
        case!(the_server_has_an_ipv6_address),
        case!(the_proxy_is_the_peer),
        case!(a_slow_lookup).needs(NETWORK),
        case!(a_slow_handshake),
        case!(a_slow_proxy),
        case!(a_slow_response),
        case!(a_retry_has_a_cause),
        case!(an_attempt_that_opens_no_connection).needs(NETWORK),
        case!(refused_calls_make_no_attempt),
        case!(only_known_paths_are_shown),
        case!(connecting_early),
    ]
}

/// The names of the members of an attempt that are not null.
fn present(attempt: &Value) -> Vec<&str> {
    let members = attempt.as_object().unwrap().iter();
    let mut names: Vec<_> =
        members.filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}

/// A time of an attempt.
fn time(attempt: &Value, name: &str) -> Duration {
    let micros = attempt[name].as_u64().unwrap_or_else(|| panic!("{name} is null: {attempt}"));
    Duration::from_micros(micros)
}

fn is_peer(attempt: &Value, address: SocketAddr) -> bool {
    attempt["peerAddress"] == address.ip().to_string() && attempt["peerPort"] == address.port()
}

// The server has an IP address, which needs no lookup.
const NEW: [&str; 6] = ["bodyUs", "connection", "peerAddress", "peerPort", "tcpUs", "waitUs"];
const NEW_TLS: [&str; 9] = [
    "bodyUs",
    "connection",
    "peerAddress",
    "peerPort",
    "tcpUs",
    "tlsResumed",
    "tlsUs",
    "tlsVersion",
    "waitUs",
];
const REUSED: [&str; 5] = ["bodyUs", "connection", "peerAddress", "peerPort", "waitUs"];
const REUSED_TLS: [&str; 7] =
    ["bodyUs", "connection", "peerAddress", "peerPort", "tlsResumed", "tlsVersion", "waitUs"];

fn a_new_and_then_a_reused_connection(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = host.serve(kind, Peer::serve);
        let (new, reused) = match kind {
            Kind::Plain => (&NEW[..], &REUSED[..]),
            _ => (&NEW_TLS[..], &REUSED_TLS[..]),
        };
        for (connection, names) in [("new", new), ("reused", reused), ("reused", reused)] {
            let called = host.good();
            let diagnostics = called.diagnostics();
            assert_eq!(diagnostics["endpoint"], "/auth/authorization/fail");
            assert_eq!(diagnostics["method"], "POST");
            assert_eq!(diagnostics["serverAddress"], "127.0.0.1");
            assert_eq!(diagnostics["serverPort"], server.port());
            let attempt = &called.attempts()[0];
            assert_eq!(attempt["connection"], connection);
            assert_eq!(present(attempt), names);
            assert!(is_peer(attempt, server.address()), "{attempt}");
            if kind == Kind::Tls {
                assert_eq!(attempt["tlsVersion"], "1.3");
                assert_eq!(attempt["tlsResumed"], false);
            }
        }
    });
}

fn the_server_has_an_ipv6_address(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::listen(kind, "[::1]:0", Peer::serve);
        host.client(&server, json!({}));
        let called = host.good();
        assert!(is_peer(&called.attempts()[0], server.address()));
        assert_eq!(called.line().get("peer"), server.address().to_string());
        assert_eq!(called.line().get("host"), server.address().to_string());
    });
}

/// A proxy that serves the requests in its tunnels itself.
fn tunnel(peer: &mut Peer) -> std::io::Result<()> {
    peer.head()?;
    peer.send("HTTP/1.1 200 OK\r\n\r\n")?;
    peer.upgrade()?;
    peer.serve()
}

fn the_proxy_is_the_peer(runner: &Runner) {
    runner.run(|host| {
        let proxy = Server::start(Kind::Handshake, tunnel);
        let url = format!("http://user:c4n4ry@{}", proxy.address());
        let base_url = "https://authlete.test:8443";
        host.client(&proxy, json!({ "baseUrl": base_url, "proxy": url }));
        for connection in ["new", "reused"] {
            let called = host.good();
            assert_eq!(called.diagnostics()["serverAddress"], "authlete.test");
            assert_eq!(called.diagnostics()["serverPort"], 8443);
            let attempt = &called.attempts()[0];
            assert_eq!(attempt["connection"], connection);
            assert!(is_peer(attempt, proxy.address()), "{attempt}");
            assert_eq!(attempt["proxyUs"].is_u64(), connection == "new");
        }
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.send("HTTP/1.1 403 Forbidden\r\n\r\n")
        });
        let url = format!("http://{}", proxy.address());
        host.client_with(json!({ "baseUrl": base_url, "proxy": url }));
        let attempts = host.call().is("CONNECT", "UNTOUCHED", 1).attempts();
        let names = ["connection", "peerAddress", "peerPort", "proxyUs", "tcpUs"];
        assert_eq!(present(&attempts[0]), names);
        assert!(is_peer(&attempts[0], proxy.address()));
    });
}

/// How long a server delays a part of a call.
const DELAY: Duration = Duration::from_millis(30);

fn a_slow_lookup(runner: &Runner) {
    let _names = NameServer::start(Answer::Late(DELAY, vec![LOOPBACK.parse().unwrap()]));
    runner.run(|host| {
        let server = server();
        host.client_with(config(&server, json!({})));
        let attempt = &host.good().attempts()[0];
        assert!(time(attempt, "dnsUs") >= DELAY, "{attempt}");
    });
}

/// The server waits when it has received the first byte.
fn a_slow_handshake(runner: &Runner) {
    runner.run(|host| {
        let _server = host.serve(Kind::Handshake, |peer| {
            peer.tcp().peek(&mut [0])?;
            thread::sleep(DELAY);
            peer.upgrade()?;
            peer.serve()
        });
        let attempt = &host.good().attempts()[0];
        assert!(time(attempt, "tlsUs") >= DELAY, "{attempt}");
    });
}

fn a_slow_proxy(runner: &Runner) {
    runner.run(|host| {
        let proxy = Server::start(Kind::Handshake, |peer| {
            peer.tcp().peek(&mut [0])?;
            thread::sleep(DELAY);
            tunnel(peer)
        });
        let url = format!("http://{}", proxy.address());
        host.client(&proxy, json!({ "baseUrl": "https://authlete.test", "proxy": url }));
        let attempt = &host.good().attempts()[0];
        assert!(time(attempt, "proxyUs") >= DELAY, "{attempt}");
    });
}

/// The server delays the response, and then the second half of the body.
fn a_slow_response(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let _server = host.serve(kind, |peer| {
            loop {
                let response = peer.request()?.response();
                thread::sleep(DELAY);
                let (first, second) = response.split_at(response.len() / 2);
                peer.send(first)?;
                thread::sleep(3 * DELAY);
                peer.send(second)?;
            }
        });
        for _ in 0..2 {
            let called = host.good();
            let attempt = &called.attempts()[0];
            let (wait, body) = (time(attempt, "waitUs"), time(attempt, "bodyUs"));
            assert!(wait >= DELAY && wait + body >= 4 * DELAY, "{attempt}");
            // The library may see the first byte late if it has no CPU.
            assert!(body + called.cpu_wait >= 2 * DELAY, "{attempt}");
        }
        let server = Server::start(kind, |peer| {
            peer.request()?;
            peer.send(&http("200 OK", &[], b"half a body")[..45])?;
            peer.hold()
        });
        let started = Instant::now();
        host.client(&server, json!({ "timeoutMs": 200 }));
        let called = host.call();
        called.is("TIMEOUT", "UNKNOWN", 1);
        let attempt = &called.attempts()[0];
        let total = time(attempt, "waitUs") + time(attempt, "bodyUs");
        assert!(time(attempt, "bodyUs") > Duration::ZERO && total < started.elapsed());
    });
}

fn a_retry_has_a_cause(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = host.serve(kind, |peer| {
            peer.serve_once()?;
            if peer.number == 0 { peer.request().map(drop) } else { peer.serve() }
        });
        host.good();
        let called = host.call();
        called.is("OK", "CONSUMED", 2);
        let cause = format!(
            "network: lost the connection to {} (unexpected end of file); \
             Authlete may have processed the request",
            server.address()
        );
        assert_eq!(called.diagnostics()["retryCause"], cause);
        let attempts = called.attempts();
        let connections = [&attempts[0], &attempts[1]].map(|attempt| &attempt["connection"]);
        assert_eq!(connections, ["reused", "new"]);
        assert!(!present(&attempts[0]).contains(&"bodyUs"), "{attempts:?}");
        assert!(present(&attempts[1]).contains(&"bodyUs"), "{attempts:?}");
    });
    // Both attempts fail: the error contains both causes, and the diagnostics the first.
    runner.run(|host| {
        let _server = host.serve(Kind::Handshake, |peer| peer.read_some().map(drop));
        let called = host.call();
        called.is("TLS", "UNTOUCHED", 2).says("first attempt: ").says("; second attempt: ");
        let cause = called.diagnostics()["retryCause"].take();
        assert!(cause.as_str().unwrap().starts_with("tls: lost the connection to "), "{cause}");
        for attempt in called.attempts() {
            let names = ["connection", "peerAddress", "peerPort", "tcpUs", "tlsUs"];
            assert_eq!(present(&attempt), names);
        }
    });
}

fn an_attempt_that_opens_no_connection(runner: &Runner) {
    let _names = NameServer::start(Answer::NoSuchName);
    runner.run(|host| {
        host.client_with(json!({ "baseUrl": "https://authlete.test" }));
        let called = host.call();
        assert_eq!(present(&called.is("CONNECT", "UNTOUCHED", 1).attempts()[0]), ["dnsUs"]);
        assert_eq!(called.diagnostics()["serverPort"], 443);
        host.client_with(json!({ "baseUrl": format!("http://{}", unused_address()) }));
        let called = host.call();
        let attempts = called.is("CONNECT", "UNTOUCHED", 1).attempts();
        assert_eq!(present(&attempts[0]), ["tcpUs"]);
    });
}

fn refused_calls_make_no_attempt(runner: &Runner) {
    runner.run(|host| {
        let server = host.serve(Kind::Plain, Peer::serve);
        host.good();
        let refused = [
            host.request("authorization", "{}"),
            host.general("/..", "{}", json!({})),
            host.general(ISSUE, "[]", json!({})),
            host.general(ISSUE, TICKET, json!({ "timeoutMs": 0 })),
        ];
        for called in refused {
            assert_eq!(called.attempts(), [] as [Value; 0]);
            assert_eq!(called.line().get("attempts"), "0");
        }
        host.shutdown();
        for called in [host.call(), host.general(ISSUE, TICKET, json!({})), host.connect()] {
            assert_eq!(called.attempts(), [] as [Value; 0]);
            assert_eq!(called.line().get("status"), "SHUTDOWN");
        }
        assert_eq!(server.requests().len(), 1);
    });
}

fn only_known_paths_are_shown(runner: &Runner) {
    runner.run(|host| {
        let _server = host.serve(Kind::Plain, Peer::serve);
        for (path, endpoint) in [
            (ISSUE, ISSUE),
            ("/auth/token", "/auth/token"),
            (OTHER, "other"),
            ("/client/get/c4n4ry", "other"),
            ("/auth/token?c4n4ry", "other"),
        ] {
            let called = host.general(path, TICKET, json!({}));
            assert_eq!(called.diagnostics()["endpoint"], endpoint, "{path}");
            assert_eq!(called.line().get("endpoint"), endpoint, "{path}");
        }
        for method in ["GET", "DELETE"] {
            let called = host.general(OTHER, "", json!({ "method": method }));
            assert_eq!(called.diagnostics()["method"], method);
        }
    });
}

fn connecting_early(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let is_open = std::sync::Arc::new(Event::default());
        let wait = std::sync::Arc::clone(&is_open);
        let server = host.serve(kind, move |peer| {
            wait.wait();
            peer.serve()
        });
        let called = host.connect();
        let diagnostics = called.diagnostics();
        assert_eq!(diagnostics["endpoint"], "connect");
        assert_eq!(diagnostics["method"], Value::Null);
        let attempt = &called.attempts()[0];
        assert_eq!(attempt["connection"], "new");
        assert_eq!(attempt["waitUs"], Value::Null);
        assert!(is_peer(attempt, server.address()), "{attempt}");
        assert_eq!(host.connect().attempts(), [] as [Value; 0], "a connection is idle");
        is_open.set();
        assert_eq!(host.good().attempts()[0]["connection"], "reused");
    });
}
