//! Rows of two attempts: when a call is tried again, and what both together say of the ticket.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::peer::{Peer, http};
use crate::world::row::{Row, row};
use crate::world::server::{Kind, Server};

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

fn warm(row: &mut Row, server: &Server, config: Value) {
    row.client(server, config);
    row.good();
}

#[test]
fn a_reused_connection_ends_and_the_second_attempt_is_good() {
    for kind in BOTH {
        row(|row| {
            let server = second_attempt(kind, Peer::serve);
            warm(row, &server, json!({}));
            let called = row.call();
            called.is("OK", "CONSUMED", 2);
            let mut requests = server.requests();
            requests.retain(|request| request.ticket() == called.ticket);
            let connections: Vec<_> = requests.iter().map(|request| request.connection).collect();
            assert_eq!(connections, [0, 1]);
            row.good();
        });
    }
}

#[test]
fn a_reused_connection_is_reset_and_the_second_attempt_is_good() {
    for kind in BOTH {
        row(|row| {
            let server = Server::start(kind, |peer| {
                peer.serve_once()?;
                if peer.number > 0 {
                    return peer.serve();
                }
                peer.request()?;
                peer.reset()
            });
            warm(row, &server, json!({}));
            row.call().is("OK", "CONSUMED", 2);
            row.good();
        });
    }
}

#[test]
fn the_second_attempt_is_refused() {
    row(|row| {
        let server = second_attempt(Kind::Plain, Peer::serve);
        warm(row, &server, json!({}));
        server.stop_listening();
        let called = row.call();
        called.is("NETWORK", "UNKNOWN", 2).says("second attempt: ").says("refused the connection");
        called.says("Authlete may have processed the request");
    });
}

fn second_status(status: &'static str, http_status: i64, retry_after_ms: i64) {
    row(|row| {
        let server = second_attempt(Kind::Plain, move |peer| {
            peer.request()?;
            peer.send(http(status, &["Retry-After: 7"], b"{}"))?;
            peer.hold()
        });
        warm(row, &server, json!({}));
        let called = row.call();
        called.is("HTTP", "UNKNOWN", 2).says("Authlete may have processed the request");
        assert_eq!(called.reply.number("httpStatus"), http_status);
        assert_eq!(called.reply.number("retryAfterMs"), retry_after_ms);
        assert_eq!(server.count(&called.ticket), 2);
    });
}

#[test]
fn the_second_attempt_is_401() {
    second_status("401 Unauthorized", 401, -1);
}

#[test]
fn the_second_attempt_is_429() {
    second_status("429 Too Many Requests", 429, 7000);
}

#[test]
fn the_second_attempt_is_500() {
    second_status("500 Internal Server Error", 500, -1);
}

#[test]
fn the_second_attempt_says_that_the_ticket_is_gone() {
    row(|row| {
        let server = second_attempt(Kind::Plain, |peer| {
            peer.request()?;
            let body = br#"{"resultCode":"A060302","action":"BAD_REQUEST","responseContent":"{}"}"#;
            peer.send(http("200 OK", &[], body))?;
            peer.hold()
        });
        warm(row, &server, json!({}));
        let called = row.call();
        called.is("OK", "UNKNOWN", 2);
        assert_eq!(called.reply.text("outcome"), "TICKET_INVALID");
    });
}

#[test]
fn the_second_attempt_times_out() {
    row(|row| {
        let server = second_attempt(Kind::Plain, Peer::hold);
        warm(row, &server, json!({ "timeoutMs": 300 }));
        row.call().is("TIMEOUT", "UNKNOWN", 2);
    });
}

#[test]
fn the_second_attempt_fails_in_the_tls_handshake() {
    row(|row| {
        let server = Server::start(Kind::Handshake, |peer| {
            if peer.number > 0 {
                return peer.send("220 mail.example ESMTP\r\n");
            }
            peer.upgrade()?;
            peer.serve_once()?;
            peer.request().map(drop)
        });
        warm(row, &server, json!({}));
        row.call().is("NETWORK", "UNKNOWN", 2).says("second attempt: ");
    });
}

#[test]
fn both_attempts_end_and_there_is_no_third() {
    for kind in BOTH {
        row(|row| {
            let server = second_attempt(kind, |peer| peer.request().map(drop));
            warm(row, &server, json!({}));
            let called = row.call();
            called.is("NETWORK", "UNKNOWN", 2);
            assert_eq!(server.count(&called.ticket), 2);
        });
    }
}

#[test]
fn retrying_is_switched_off() {
    for kind in BOTH {
        row(|row| {
            let server = second_attempt(kind, Peer::serve);
            warm(row, &server, json!({ "retry": "none" }));
            let called = row.call();
            called.is("NETWORK", "UNKNOWN", 1);
            assert_eq!(server.count(&called.ticket), 1);
            row.good();
        });
    }
}

#[test]
fn too_little_time_is_left_for_a_second_attempt() {
    row(|row| {
        let server = Server::start(Kind::Plain, |peer| {
            peer.serve_once()?;
            peer.request()?;
            // Until 80 of 500 ms are left.
            thread::sleep(Duration::from_millis(420));
            Ok(())
        });
        warm(row, &server, json!({ "timeoutMs": 500 }));
        row.call().is("NETWORK", "UNKNOWN", 1);
        assert_eq!(server.connections(), 1);
    });
}

#[test]
fn a_fresh_connection_ends_after_the_request() {
    for kind in BOTH {
        row(|row| {
            let server = Server::start(kind, |peer| {
                let request = peer.request()?;
                if peer.number == 0 { Ok(()) } else { peer.send(request.answer()) }
            });
            row.client(&server, json!({}));
            let called = row.call();
            called.is("NETWORK", "UNKNOWN", 1).says("Authlete may have processed the request");
            assert_eq!(server.count(&called.ticket), 1);
            row.good();
        });
    }
}

#[test]
fn a_fresh_connection_is_reset_after_the_request() {
    for kind in BOTH {
        row(|row| {
            let server = Server::start(kind, |peer| {
                let request = peer.request()?;
                if peer.number == 0 { peer.reset() } else { peer.send(request.answer()) }
            });
            row.client(&server, json!({}));
            row.call().is("NETWORK", "UNKNOWN", 1);
            row.good();
        });
    }
}

#[test]
fn a_reused_connection_ends_within_the_answer() {
    for kind in BOTH {
        row(|row| {
            let server = Server::start(kind, |peer| {
                peer.serve_once()?;
                peer.request()?;
                if peer.number == 0 { peer.send("HTTP/1.1 200 OK\r\nCont") } else { Ok(()) }
            });
            warm(row, &server, json!({}));
            let called = row.call();
            called.is("NETWORK", "UNKNOWN", 1);
            assert_eq!(server.count(&called.ticket), 1);
            row.good();
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

#[test]
fn the_tls_handshake_ends_once() {
    for is_reset in [false, true] {
        row(|row| {
            let server = broken_handshakes(1, is_reset);
            row.client(&server, json!({}));
            row.call().is("OK", "CONSUMED", 2);
            row.good();
            assert_eq!(server.connections(), 2);
        });
    }
}

#[test]
fn the_tls_handshake_ends_twice() {
    for is_reset in [false, true] {
        row(|row| {
            let server = broken_handshakes(2, is_reset);
            row.client(&server, json!({}));
            row.call().is("TLS", "UNTOUCHED", 2).says("ended the handshake");
            row.good();
        });
    }
}

#[test]
fn the_tls_handshake_ends_and_retrying_is_off() {
    row(|row| {
        let server = broken_handshakes(1, false);
        row.client(&server, json!({ "retry": "none" }));
        row.call().is("TLS", "UNTOUCHED", 1).says("nothing was sent");
        row.good();
    });
}

#[test]
fn a_server_that_always_ends_gets_two_requests_a_call() {
    row(|row| {
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
        warm(row, &server, json!({}));
        is_serving.store(false, Ordering::Release);
        let before = server.requests().len();
        row.call().is("NETWORK", "UNKNOWN", 2);
        for _ in 0..10 {
            row.call().is("NETWORK", "UNKNOWN", 1);
        }
        assert_eq!(server.requests().len() - before, 12);
        is_serving.store(true, Ordering::Release);
        row.good();
    });
}
