//! Cases of calls with their own access token and headers: no other call and no proxy gets them.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::general::{ISSUE, OTHER, TICKET};
use crate::harness::{Kind, Peer, Server, http};
use crate::runner::{FaultCase, Host, Runner, TOKEN, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_next_call_has_the_headers_of_the_client),
        case!(after_a_failed_call_the_next_one_has_the_headers_of_the_client),
        case!(a_second_attempt_has_the_headers_of_the_call),
        case!(a_proxy_gets_only_its_own_credentials),
        case!(a_proxy_gets_nothing_if_the_handshake_fails),
        case!(many_threads_use_their_own_tokens),
    ]
}

const OWN: &str = "own-t0ken-c4n4ry";

fn own() -> Value {
    json!({ "accessToken": OWN, "headers": { "X-Own": "own-c4n4ry", "traceparent": "00-own" } })
}

/// Asserts whether the last request had the call's own token and headers, or those of the client.
fn has_own(server: &Server, is_own: bool) {
    let requests = server.requests();
    let head = &requests.last().unwrap().head;
    let token = if is_own { OWN } else { TOKEN };
    assert!(head.contains(&format!("\r\nAuthorization: Bearer {token}\r\n")), "{head}");
    assert_eq!(head.matches("Authorization").count(), 1, "{head}");
    assert_eq!(head.contains("\r\nX-Own: own-c4n4ry\r\ntraceparent: 00-own\r\n"), is_own, "{head}");
    assert_eq!(head.contains("own"), is_own, "{head}");
}

fn call_with_own(host: &mut Host, server: &Server, status: &str) {
    for (path, method, request) in
        [(ISSUE, "POST", TICKET), (OTHER, "POST", "{}"), (OTHER, "GET", ""), (OTHER, "DELETE", "")]
    {
        let mut options = own();
        options["method"] = json!(method);
        let called = host.general(path, request, options);
        assert_eq!(called.reply.text("status"), status);
        has_own(server, true);
        host.call();
        has_own(server, false);
        host.general(OTHER, "", json!({ "method": "GET" }));
        has_own(server, false);
    }
}

fn the_next_call_has_the_headers_of_the_client(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = host.serve(kind, Peer::serve);
        call_with_own(host, &server, "OK");
        assert_eq!(server.connections(), 1);
    });
}

fn after_a_failed_call_the_next_one_has_the_headers_of_the_client(runner: &Runner) {
    let refuses = |peer: &mut Peer| loop {
        peer.request()?;
        peer.send(http("401 Unauthorized", &[], b"{}"))?;
    };
    let closes = |peer: &mut Peer| {
        peer.request()?;
        Ok(())
    };
    runner.run_plain_and_tls(|host, kind| {
        let server = host.serve(kind, refuses);
        call_with_own(host, &server, "HTTP");
        assert_eq!(server.connections(), 1);
        let server = host.serve(kind, closes);
        call_with_own(host, &server, "NETWORK");
    });
}

fn a_second_attempt_has_the_headers_of_the_call(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = host.serve(kind, |peer| {
            peer.serve_once()?;
            if peer.number == 0 {
                peer.request()?;
                return Ok(());
            }
            peer.serve()
        });
        host.good();
        let mut options = own();
        options["method"] = json!("GET");
        host.general(OTHER, "", options).is("OK", "NONE", 2);
        has_own(&server, true);
        assert_eq!(server.requests().len(), 3);
        host.good();
        has_own(&server, false);
        assert_eq!(server.connections(), 2);
    });
}

/// A server that is both the proxy and Authlete. It records what the proxy receives.
fn proxy(tunnel: fn(&mut Peer) -> std::io::Result<()>) -> (Server, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    let server = Server::start(Kind::Handshake, move |peer| {
        let head = peer.head()?;
        seen.lock().unwrap().push(head);
        peer.send("HTTP/1.1 200 OK\r\n\r\n")?;
        tunnel(peer)
    });
    (server, heads)
}

fn a_proxy_gets_only_its_own_credentials(runner: &Runner) {
    runner.run(|host| {
        let (server, heads) = proxy(|peer| {
            peer.upgrade()?;
            peer.serve()
        });
        let url = format!("http://user:passw0rd-c4n4ry@{}", server.address());
        for idle in [0, 1] {
            host.client(&server, json!({ "proxy": url, "maxIdleConnections": idle }));
            host.general(ISSUE, TICKET, own()).is("OK", "UNKNOWN", 1);
            has_own(&server, true);
            host.good();
            has_own(&server, false);
        }
        let heads = heads.lock().unwrap();
        assert_eq!(heads.len(), 3);
        for head in &*heads {
            assert!(head.starts_with("CONNECT "), "{head}");
            assert!(!head.contains("own") && !head.contains("Bearer"), "{head}");
            assert!(head.contains("Proxy-Authorization: Basic "), "{head}");
        }
    });
}

/// Nothing of the request is sent in the clear if the proxy does not open a tunnel to a TLS server.
fn a_proxy_gets_nothing_if_the_handshake_fails(runner: &Runner) {
    runner.run(|host| {
        let (server, heads) = proxy(|peer| {
            peer.read_some()?;
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")?;
            peer.hold()
        });
        let url = format!("http://{}", server.address());
        host.client(&server, json!({ "proxy": url }));
        let called = host.general(ISSUE, TICKET, own());
        called.is("TLS", "UNTOUCHED", 1).may_repeat(false);
        assert!(!heads.lock().unwrap().concat().contains("own"));
    });
}

fn many_threads_use_their_own_tokens(runner: &Runner) {
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, Peer::serve);
        runner.program("general", "threads").client(&server, json!({})).number(50).run();
        let requests = server.requests();
        assert!(!requests.is_empty());
        for request in requests {
            // A named call has the token of the client, a general one its own, which is the ticket.
            let ticket = request.ticket();
            let is_named = request.head.contains("/fail ");
            let token = if is_named { TOKEN } else { &ticket };
            let header = format!("\r\nAuthorization: Bearer {token}\r\n");
            assert!(request.head.contains(&header), "{}", request.head);
        }
    }
}
