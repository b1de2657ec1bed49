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
    vec![
        case!(the_headers_arrive_byte_by_byte),
        case!(the_body_arrives_byte_by_byte),
        case!(the_chunks_arrive_byte_by_byte),
        case!(interim_responses_do_not_end),
        case!(a_flood_of_interim_responses),
        case!(an_invalid_body_leaves_the_connection_usable),
        case!(too_little_time_is_left_for_a_second_attempt),
        case!(a_second_attempt_has_the_deadline_of_the_call),
        case!(a_second_attempt_connects_within_the_deadline_of_the_call),
        case!(a_server_that_always_closes_gets_one_request_per_call),
        case!(a_server_that_always_responds_with_503_gets_one_request_per_call),
    ]
}

/// Asserts that a call ends at its deadline, after the whole request was sent.
fn times_out(runner: &Runner, script: impl Script + Copy) {
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
        called.is("TIMEOUT", "UNKNOWN", 1).says("within 250 ms; Authlete may have processed");
        assert_eq!(server.count(&called.ticket), 1, "one request");
        assert!(called.elapsed >= Duration::from_millis(240), "{:?}", called.elapsed);
        host.good();
    });
}

const PAUSE: Duration = Duration::from_millis(20);

fn the_headers_arrive_byte_by_byte(runner: &Runner) {
    let head = b"HTTP/1.1 200 OK\r\nX-Slow: x";
    times_out(runner, |peer| peer.drip(head, head.len() - 1, PAUSE));
}

fn the_body_arrives_byte_by_byte(runner: &Runner) {
    times_out(runner, |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{\"a\":\"")?;
        peer.drip(b"x", 0, PAUSE)
    });
}

fn the_chunks_arrive_byte_by_byte(runner: &Runner) {
    times_out(runner, |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        peer.drip(b"1\r\nx\r\n", 0, Duration::from_millis(5))
    });
}

const PROCESSING: &str = "HTTP/1.1 102 Processing\r\n\r\n";

fn interim_responses_do_not_end(runner: &Runner) {
    times_out(runner, |peer| peer.drip(PROCESSING.as_bytes(), 0, Duration::from_millis(1)));
}

/// The library stops reading at its limit or at the deadline.
fn a_flood_of_interim_responses(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, |peer| {
            if peer.number > 0 {
                return peer.serve();
            }
            peer.request()?;
            peer.flood(PROCESSING.repeat(100))
        });
        host.client(&server, json!({ "timeoutMs": 250 }));
        let called = host.call();
        let status = called.reply.text("status");
        assert!(["TIMEOUT", "PROTOCOL"].contains(&status), "{status}");
        called.is(status, "UNKNOWN", 1);
        host.good();
    });
}

fn an_invalid_body_leaves_the_connection_usable(runner: &Runner) {
    let nul = r#"{"action":"FORM","responseContent":"<html>\u0000"}"#;
    for (body, ticket_state) in
        [("", "UNKNOWN"), ("<html>c4n4ry", "UNKNOWN"), ("{}{}", "UNKNOWN"), (nul, "CONSUMED")]
    {
        runner.run(|host| {
            let server = Server::start(Kind::Plain, |peer| {
                peer.request()?;
                peer.send(http("200 OK", &[], body.as_bytes()))?;
                peer.serve()
            });
            host.client(&server, json!({}));
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
        let server = Server::start(Kind::Plain, move |peer| {
            loop {
                let request = peer.request()?;
                if !serves.load(Ordering::Acquire) {
                    return Ok(());
                }
                peer.send(request.response())?;
            }
        });
        host.client(&server, json!({}));
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
        let server = Server::start(Kind::Plain, |peer: &mut Peer| {
            loop {
                peer.request()?;
                peer.send(http("503 Service Unavailable", &[], b"{}"))?;
            }
        });
        host.client(&server, json!({}));
        for _ in 0..1000 {
            host.call().is("HTTP", "UNKNOWN", 1);
        }
        assert_eq!(server.requests().len(), 1000);
        assert_eq!(server.connections(), 1);
    });
}
