//! Cases of two attempts: when a call is retried, and the ticket state after both.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::peer::{Peer, http};
use crate::harness::server::{Kind, Server};
use crate::harness::{FaultCase, Harness, Host, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_reused_connection_ends_and_the_second_attempt_is_good),
        case!(a_reused_connection_is_reset_and_the_second_attempt_is_good),
        case!(the_second_attempt_is_refused),
        case!(the_second_attempt_is_401),
        case!(the_second_attempt_is_429),
        case!(the_second_attempt_is_500),
        case!(the_second_attempt_says_that_the_ticket_is_gone),
        case!(the_second_attempt_times_out),
        case!(the_second_attempt_fails_in_the_tls_handshake),
        case!(both_attempts_end_and_there_is_no_third),
        case!(retrying_is_switched_off),
        case!(too_little_time_is_left_for_a_second_attempt),
        case!(a_fresh_connection_ends_after_the_request),
        case!(a_fresh_connection_is_reset_after_the_request),
        case!(a_reused_connection_ends_within_the_answer),
        case!(the_tls_handshake_ends_once),
        case!(the_tls_handshake_ends_twice),
        case!(the_tls_handshake_ends_and_retrying_is_off),
        case!(a_server_that_always_ends_gets_two_requests_a_call),
    ]
}

const BOTH: [Kind; 2] = [Kind::Plain, Kind::Tls];

/// The first connection serves once and then ends after a whole request; `second` is the script of
/// the others.
fn second_attempt(
    kind: Kind,
    second: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static,
) -> Server {
    Server::start(kind, move |peer| {
        if peer.number > 0 {
            return second(peer);
        }
        peer.serve_once()?;
        peer.request().map(drop)
    })
}

fn warm(host: &mut Host, server: &Server, config: Value) {
    host.client(server, config);
    host.good();
}

fn a_reused_connection_ends_and_the_second_attempt_is_good(harness: &Harness) {
    for kind in BOTH {
        harness.run(|host| {
            let server = second_attempt(kind, Peer::serve);
            warm(host, &server, json!({}));
            let called = host.call();
            called.is("OK", "CONSUMED", 2);
            let mut requests = server.requests();
            requests.retain(|request| request.ticket() == called.ticket);
            let connections: Vec<_> = requests.iter().map(|request| request.connection).collect();
            assert_eq!(connections, [0, 1]);
            host.good();
        });
    }
}

fn a_reused_connection_is_reset_and_the_second_attempt_is_good(harness: &Harness) {
    for kind in BOTH {
        harness.run(|host| {
            let server = Server::start(kind, |peer| {
                peer.serve_once()?;
                if peer.number > 0 {
                    return peer.serve();
                }
                peer.request()?;
                peer.reset()
            });
            warm(host, &server, json!({}));
            host.call().is("OK", "CONSUMED", 2);
            host.good();
        });
    }
}

fn the_second_attempt_is_refused(harness: &Harness) {
    harness.run(|host| {
        let server = second_attempt(Kind::Plain, Peer::serve);
        warm(host, &server, json!({}));
        server.stop_listening();
        let called = host.call();
        called.is("NETWORK", "UNKNOWN", 2).says("second attempt: ").says("refused the connection");
        called.says("Authlete may have processed the request");
    });
}

fn second_status(harness: &Harness, status: &'static str, http_status: i64, retry_after_ms: i64) {
    harness.run(|host| {
        let server = second_attempt(Kind::Plain, move |peer| {
            peer.request()?;
            peer.send(http(status, &["Retry-After: 7"], b"{}"))?;
            peer.hold()
        });
        warm(host, &server, json!({}));
        let called = host.call();
        called.is("HTTP", "UNKNOWN", 2).says("Authlete may have processed the request");
        assert_eq!(called.reply.number("httpStatus"), http_status);
        assert_eq!(called.reply.number("retryAfterMs"), retry_after_ms);
        assert_eq!(server.count(&called.ticket), 2);
    });
}

fn the_second_attempt_is_401(harness: &Harness) {
    second_status(harness, "401 Unauthorized", 401, -1);
}

fn the_second_attempt_is_429(harness: &Harness) {
    second_status(harness, "429 Too Many Requests", 429, 7000);
}

fn the_second_attempt_is_500(harness: &Harness) {
    second_status(harness, "500 Internal Server Error", 500, -1);
}

fn the_second_attempt_says_that_the_ticket_is_gone(harness: &Harness) {
    harness.run(|host| {
        let server = second_attempt(Kind::Plain, |peer| {
            peer.request()?;
            let body = br#"{"resultCode":"A060302","action":"BAD_REQUEST","responseContent":"{}"}"#;
            peer.send(http("200 OK", &[], body))?;
            peer.hold()
        });
        warm(host, &server, json!({}));
        let called = host.call();
        called.is("OK", "UNKNOWN", 2);
        assert_eq!(called.reply.text("outcome"), "TICKET_INVALID");
    });
}

fn the_second_attempt_times_out(harness: &Harness) {
    harness.run(|host| {
        let server = second_attempt(Kind::Plain, Peer::hold);
        warm(host, &server, json!({ "timeoutMs": 300 }));
        host.call().is("TIMEOUT", "UNKNOWN", 2);
    });
}

fn the_second_attempt_fails_in_the_tls_handshake(harness: &Harness) {
    harness.run(|host| {
        let server = Server::start(Kind::Handshake, |peer| {
            if peer.number > 0 {
                return peer.send("220 mail.example ESMTP\r\n");
            }
            peer.upgrade()?;
            peer.serve_once()?;
            peer.request().map(drop)
        });
        warm(host, &server, json!({}));
        host.call().is("NETWORK", "UNKNOWN", 2).says("second attempt: ");
    });
}

fn both_attempts_end_and_there_is_no_third(harness: &Harness) {
    for kind in BOTH {
        harness.run(|host| {
            let server = second_attempt(kind, |peer| peer.request().map(drop));
            warm(host, &server, json!({}));
            let called = host.call();
            called.is("NETWORK", "UNKNOWN", 2);
            assert_eq!(server.count(&called.ticket), 2);
        });
    }
}

fn retrying_is_switched_off(harness: &Harness) {
    for kind in BOTH {
        harness.run(|host| {
            let server = second_attempt(kind, Peer::serve);
            warm(host, &server, json!({ "retry": "none" }));
            let called = host.call();
            called.is("NETWORK", "UNKNOWN", 1);
            assert_eq!(server.count(&called.ticket), 1);
            host.good();
        });
    }
}

fn too_little_time_is_left_for_a_second_attempt(harness: &Harness) {
    harness.run(|host| {
        let server = Server::start(Kind::Plain, |peer| {
            peer.serve_once()?;
            peer.request()?;
            // Until 80 of 500 ms are left.
            thread::sleep(Duration::from_millis(420));
            Ok(())
        });
        warm(host, &server, json!({ "timeoutMs": 500 }));
        host.call().is("NETWORK", "UNKNOWN", 1);
        assert_eq!(server.connections(), 1);
    });
}

fn a_fresh_connection_ends_after_the_request(harness: &Harness) {
    for kind in BOTH {
        harness.run(|host| {
            let server = Server::start(kind, |peer| {
                let request = peer.request()?;
                if peer.number == 0 { Ok(()) } else { peer.send(request.answer()) }
            });
            host.client(&server, json!({}));
            let called = host.call();
            called.is("NETWORK", "UNKNOWN", 1).says("Authlete may have processed the request");
            assert_eq!(server.count(&called.ticket), 1);
            host.good();
        });
    }
}

fn a_fresh_connection_is_reset_after_the_request(harness: &Harness) {
    for kind in BOTH {
        harness.run(|host| {
            let server = Server::start(kind, |peer| {
                let request = peer.request()?;
                if peer.number == 0 { peer.reset() } else { peer.send(request.answer()) }
            });
            host.client(&server, json!({}));
            host.call().is("NETWORK", "UNKNOWN", 1);
            host.good();
        });
    }
}

fn a_reused_connection_ends_within_the_answer(harness: &Harness) {
    for kind in BOTH {
        harness.run(|host| {
            let server = Server::start(kind, |peer| {
                peer.serve_once()?;
                peer.request()?;
                if peer.number == 0 { peer.send("HTTP/1.1 200 OK\r\nCont") } else { Ok(()) }
            });
            warm(host, &server, json!({}));
            let called = host.call();
            called.is("NETWORK", "UNKNOWN", 1);
            assert_eq!(server.count(&called.ticket), 1);
            host.good();
        });
    }
}

/// A server whose first handshakes break off.
fn broken_handshakes(broken: usize, is_reset: bool) -> Server {
    Server::start(Kind::Handshake, move |peer| {
        if peer.number >= broken {
            peer.upgrade()?;
            return peer.serve();
        }
        peer.read_some()?;
        if is_reset { peer.reset() } else { Ok(()) }
    })
}

fn the_tls_handshake_ends_once(harness: &Harness) {
    for is_reset in [false, true] {
        harness.run(|host| {
            let server = broken_handshakes(1, is_reset);
            host.client(&server, json!({}));
            host.call().is("OK", "CONSUMED", 2);
            host.good();
            assert_eq!(server.connections(), 2);
        });
    }
}

fn the_tls_handshake_ends_twice(harness: &Harness) {
    for is_reset in [false, true] {
        harness.run(|host| {
            let server = broken_handshakes(2, is_reset);
            host.client(&server, json!({}));
            host.call().is("TLS", "UNTOUCHED", 2).says("ended the TLS handshake");
            host.good();
        });
    }
}

fn the_tls_handshake_ends_and_retrying_is_off(harness: &Harness) {
    harness.run(|host| {
        let server = broken_handshakes(1, false);
        host.client(&server, json!({ "retry": "none" }));
        host.call().is("TLS", "UNTOUCHED", 1).says("nothing was sent");
        host.good();
    });
}

fn a_server_that_always_ends_gets_two_requests_a_call(harness: &Harness) {
    harness.run(|host| {
        let is_serving = Arc::new(AtomicBool::new(true));
        let serves = Arc::clone(&is_serving);
        let server = Server::start(Kind::Plain, move |peer| {
            loop {
                let request = peer.request()?;
                if !serves.load(Ordering::Acquire) {
                    return Ok(());
                }
                peer.send(request.answer())?;
            }
        });
        warm(host, &server, json!({}));
        is_serving.store(false, Ordering::Release);
        let before = server.requests().len();
        host.call().is("NETWORK", "UNKNOWN", 2);
        for _ in 0..10 {
            host.call().is("NETWORK", "UNKNOWN", 1);
        }
        assert_eq!(server.requests().len() - before, 12);
        is_serving.store(true, Ordering::Release);
        host.good();
    });
}
