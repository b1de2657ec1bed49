//! HTTP cases: slow or endless API responses, and servers that fail every call.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::server::Script;
use crate::harness::{Kind, Peer, Server, http};
use crate::runner::{FaultCase, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    const SLOW_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nX-Slow: x";
    let drip = |start: &'static str, piece: &'static str, millis: u64| {
        times_out(move |peer| {
            peer.send(start)?;
            peer.drip(piece.as_bytes(), 0, Duration::from_millis(millis))
        })
    };
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{\"a\":\"";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    vec![
        case!(
            the_headers_arrive_byte_by_byte,
            times_out(|peer| {
                peer.drip(SLOW_HEAD, SLOW_HEAD.len() - 1, Duration::from_millis(20))
            })
        ),
        case!(the_body_arrives_byte_by_byte, drip(body, "x", 20)),
        case!(the_chunks_arrive_byte_by_byte, drip(chunked, "1\r\nx\r\n", 5)),
        case!(interim_responses_do_not_end, drip("", PROCESSING, 1)),
        // The library stops reading at its limit or at the deadline.
        case!(
            a_flood_of_interim_responses,
            ends(|peer| peer.flood(PROCESSING.repeat(100)), &["TIMEOUT", "PROTOCOL"])
        ),
        case!(an_invalid_body_leaves_the_connection_usable),
        case!(too_little_time_is_left_for_a_second_attempt),
        case!(a_long_timeout_ends_on_time),
        case!(a_second_attempt_has_the_deadline_of_the_call),
        case!(a_second_attempt_connects_within_the_deadline_of_the_call),
        case!(a_server_that_always_closes_gets_one_request_per_call),
        case!(a_server_that_always_responds_with_503_gets_one_request_per_call),
    ]
}

const PROCESSING: &str = "HTTP/1.1 102 Processing\r\n\r\n";

/// Asserts that a call ends with one of these statuses, after the whole request was sent.
fn ends(script: impl Script + Copy, statuses: &[&str]) -> impl Fn(&Runner) {
    move |runner| {
        runner.run_plain_and_tls(|host, kind| {
            let server = Server::start(kind, move |peer| {
                if peer.number > 0 {
                    return peer.serve();
                }
                peer.request()?;
                script(peer)
            });
            host.client(&server, json!({ "timeoutMs": 250 }));
            let called = host.call();
            let status = called.reply.text("status");
            assert!(statuses.contains(&status), "{status}");
            called.is(status, "UNKNOWN", 1);
            if status == "TIMEOUT" {
                called.says("within 250 ms; Authlete may have processed");
                assert!(called.elapsed >= Duration::from_millis(240), "{:?}", called.elapsed);
            }
            assert_eq!(server.count(&called.ticket), 1, "one request");
            host.good();
        });
    }
}

fn times_out(script: impl Script + Copy) -> impl Fn(&Runner) {
    ends(script, &["TIMEOUT"])
}

fn an_invalid_body_leaves_the_connection_usable(runner: &Runner) {
    let nul = r#"{"action":"FORM","responseContent":"<html>\u0000"}"#;
    for (body, ticket_state) in
        [("", "UNKNOWN"), ("<html>c4n4ry", "UNKNOWN"), ("{}{}", "UNKNOWN"), (nul, "CONSUMED")]
    {
        runner.run(|host| {
            let server = host.serve(Kind::Plain, |peer| {
                peer.request()?;
                peer.send(http("200 OK", &[], body.as_bytes()))?;
                peer.serve()
            });
            host.call().is("PROTOCOL", ticket_state, 1);
            host.good();
            assert_eq!(server.connections(), 1);
        });
    }
}

fn too_little_time_is_left_for_a_second_attempt(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Plain, |peer| {
            peer.serve_once()?;
            peer.request()?;
            // Leaves 80 of 500 ms.
            thread::sleep(Duration::from_millis(420));
            Ok(())
        });
        host.client(&server, json!({ "timeoutMs": 500 }));
        host.good();
        host.call().is("NETWORK", "UNKNOWN", 1);
        assert_eq!(server.connections(), 1);
    });
}

/// The kernel may end a single wait of this length a quarter of a second late.
fn a_long_timeout_ends_on_time(runner: &Runner) {
    runner.run_once(|host| {
        let server = Server::start(Kind::Plain, |peer| {
            peer.request()?;
            peer.hold()
        });
        host.client(&server, json!({ "timeoutMs": 5000 }));
        host.call().is("TIMEOUT", "UNKNOWN", 1);
    });
}

/// Serves one call, and ends the connection 400 ms after the next request.
fn ends_slowly(peer: &mut Peer) -> io::Result<()> {
    peer.serve_once()?;
    peer.request()?;
    thread::sleep(Duration::from_millis(400));
    Ok(())
}

fn a_second_attempt_has_the_deadline_of_the_call(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, |peer| {
            if peer.number == 0 {
                return ends_slowly(peer);
            }
            peer.request()?;
            peer.hold()
        });
        host.client(&server, json!({ "timeoutMs": 1000 }));
        host.good();
        host.call().is("TIMEOUT", "UNKNOWN", 2).says("second attempt: no complete API response");
    });
}

fn a_second_attempt_connects_within_the_deadline_of_the_call(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Handshake, |peer| {
            if peer.number == 0 {
                peer.upgrade()?;
                return ends_slowly(peer);
            }
            peer.hold()
        });
        host.client(&server, json!({ "timeoutMs": 1000 }));
        host.good();
        let called = host.call();
        // UNKNOWN because Authlete may have processed the first request.
        called.is("TIMEOUT", "UNKNOWN", 2).says("did not finish the TLS handshake in time");
    });
}

/// Only the first call that fails has an idle connection, so only that one is retried.
fn a_server_that_always_closes_gets_one_request_per_call(runner: &Runner) {
    runner.run(|host| {
        let is_serving = Arc::new(AtomicBool::new(true));
        let serves = Arc::clone(&is_serving);
        let server = host.serve(Kind::Plain, move |peer| {
            loop {
                let request = peer.request()?;
                if !serves.load(Ordering::Acquire) {
                    return Ok(());
                }
                peer.send(request.response())?;
            }
        });
        host.good();
        is_serving.store(false, Ordering::Release);
        host.call().is("NETWORK", "UNKNOWN", 2);
        for _ in 0..10 {
            host.call().is("NETWORK", "UNKNOWN", 1);
        }
        assert_eq!(server.requests().len(), 1 + 2 + 10);
        is_serving.store(true, Ordering::Release);
        host.good();
    });
}

fn a_server_that_always_responds_with_503_gets_one_request_per_call(runner: &Runner) {
    runner.run(|host| {
        let server = host.serve(Kind::Plain, |peer: &mut Peer| {
            loop {
                peer.request()?;
                peer.send(http("503 Service Unavailable", &[], b"{}"))?;
            }
        });
        for _ in 0..1000 {
            host.call().is("HTTP", "UNKNOWN", 1);
        }
        assert_eq!(server.requests().len(), 1000);
        assert_eq!(server.connections(), 1);
    });
}
