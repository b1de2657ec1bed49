//! General call cases: long requests, retries, and a timeout for one call.

use std::io;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use serde_json::json;
use socket2::SockRef;

use crate::harness::server::{Script, shrink_buffers};
use crate::harness::{Kind, Peer, Server, http};
use crate::idle::{CONNECT_TIMEOUT, SLACK, drop_packets};
use crate::runner::{FaultCase, Host, NETWORK, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_long_request_is_reset_halfway),
        case!(every_attempt_of_a_long_request_is_reset),
        case!(a_long_request_is_not_read),
        case!(a_long_request_is_refused_before_it_is_read),
        case!(a_reused_connection_ends_after_the_request),
        case!(a_call_has_a_shorter_timeout_than_the_client),
        case!(a_call_has_a_longer_timeout_than_the_client),
        case!(the_handshake_takes_longer_than_the_timeout_of_the_call),
        case!(a_second_attempt_has_the_deadline_of_the_call),
        case!(the_timeout_of_a_call_does_not_apply_to_the_next),
        case!(the_peer_of_an_idle_connection_vanishes).needs(NETWORK),
        case!(a_call_is_too_short_to_detect_that_the_peer_has_vanished).needs(NETWORK),
        case!(a_forked_process_makes_general_calls),
    ]
}

/// An endpoint whose API response contains a redirect location.
pub const ISSUE: &str = "/auth/authorization/issue";

/// An endpoint outside the authorization, token and CIBA flows.
pub const OTHER: &str = "/auth/introspection";

pub const TICKET: &str = r#"{"ticket":"t-c4n4ry"}"#;

/// A request document of the maximum length: 1 MiB.
fn long_request() -> String {
    let (start, end) = (r#"{"ticket":"t-c4n4ry","parameters":""#, r#""}"#);
    format!("{start}{}{end}", "p".repeat((1 << 20) - start.len() - end.len()))
}

/// Starts a server whose connections take only a part of a long request until it reads, and makes a
/// client for it.
fn serve(host: &mut Host, kind: Kind, script: impl Script) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    shrink_buffers(&listener).unwrap();
    let server = Server::accept(kind, listener, script);
    host.client(&server, json!({}));
    server
}

/// Reads the headers and the beginning of the body, and resets the connection.
fn reset_halfway(peer: &mut Peer) -> io::Result<()> {
    peer.head()?;
    while peer.unread() < 30_000 {
        peer.read_some()?;
    }
    peer.reset()
}

fn a_long_request_is_reset_halfway(runner: &Runner) {
    let request = long_request();
    runner.run_plain_and_tls(|host, kind| {
        let server = serve(host, kind, |peer| {
            if peer.number == 0 {
                return reset_halfway(peer);
            }
            SockRef::from(peer.tcp()).set_recv_buffer_size(1 << 20)?;
            peer.serve()
        });
        let options = json!({ "accessToken": "own-c4n4ry", "headers": { "X-Own": "c4n4ry" } });
        let called = host.general(ISSUE, &request, options);
        called.is("OK", "UNKNOWN", 2).may_repeat(false);
        host.good();
        assert_eq!(server.connections(), 2);
        let [complete, next] = &server.requests()[..] else { panic!("not two requests") };
        assert!(complete.body == request, "{} bytes", complete.body.len());
        assert!(
            complete.head.contains("\r\nAuthorization: Bearer own-c4n4ry\r\nX-Own: c4n4ry\r\n")
        );
        assert!(!next.head.contains("own"), "{}", next.head);
    });
}

fn every_attempt_of_a_long_request_is_reset(runner: &Runner) {
    let request = long_request();
    runner.run_plain_and_tls(|host, kind| {
        let server = serve(host, kind, reset_halfway);
        let called = host.general(ISSUE, &request, json!({}));
        called.is("NETWORK", "UNTOUCHED", 2).may_repeat(true).says("was not sent completely");
        assert_eq!((server.connections(), server.requests().len()), (2, 0));
    });
}

/// The buffers of the kernel are full before the request is complete.
fn a_long_request_is_not_read(runner: &Runner) {
    let request = long_request();
    runner.run_plain_and_tls(|host, kind| {
        let _server = serve(host, kind, Peer::ignore);
        let called = host.general(ISSUE, &request, json!({ "timeoutMs": 300 }));
        called.is("TIMEOUT", "UNTOUCHED", 1).may_repeat(true);
    });
}

/// A proxy may refuse a request because of its length, and close the connection without reading it. The
/// reset can overtake the response.
fn a_long_request_is_refused_before_it_is_read(runner: &Runner) {
    let request = long_request();
    runner.run_plain_and_tls(|host, kind| {
        let server = serve(host, kind, |peer| {
            peer.head()?;
            peer.send(http("413 Content Too Large", &["Connection: close"], b""))?;
            Ok(())
        });
        let called = host.general(ISSUE, &request, json!({}));
        let status = called.reply.text("status");
        match status {
            "HTTP" => called.is("HTTP", "UNTOUCHED", called.reply.number("attempts")),
            _ => called.is("NETWORK", "UNTOUCHED", 2).may_repeat(true),
        };
        assert!(server.requests().is_empty());
    });
}

/// Authlete may have processed the request. A fail call is retried, because its ticket can be used
/// only once.
fn a_reused_connection_ends_after_the_request(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = host.serve(kind, |peer| {
            peer.serve_once()?;
            peer.request()?;
            Ok(())
        });
        let calls: [(&str, &str, &str, i64); 5] = [
            (ISSUE, "POST", TICKET, 1),
            (OTHER, "POST", "{}", 1),
            (OTHER, "DELETE", "", 1),
            (OTHER, "GET", "", 2),
            ("/auth/token/fail", "POST", r#"{"ticket":"t","reason":"INVALID_TARGET"}"#, 2),
        ];
        for (path, method, request, attempts) in calls {
            host.client(&server, json!({}));
            host.good();
            let before = server.requests().len() as i64;
            let called = host.general(path, request, json!({ "method": method }));
            called.may_repeat(false);
            assert_eq!(called.reply.number("attempts"), attempts, "{method} {path}");
            if attempts == 1 {
                let state = if request == TICKET { "UNKNOWN" } else { "NONE" };
                called.is("NETWORK", state, 1);
            }
            assert_eq!(server.requests().len() as i64 - before, attempts, "{method} {path}");
        }
    });
}

fn a_call_has_a_shorter_timeout_than_the_client(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, |peer| {
            peer.request()?;
            peer.hold()
        });
        host.client(&server, json!({ "timeoutMs": 10_000 }));
        let called = host.general(ISSUE, TICKET, json!({ "timeoutMs": 200 }));
        called.is("TIMEOUT", "UNKNOWN", 1).says("within 200 ms").may_repeat(false);
        assert!(called.elapsed >= Duration::from_millis(190), "{:?}", called.elapsed);
        let duration = Duration::from_micros(called.reply.number("durationUs") as u64);
        assert!(duration <= called.elapsed && duration >= Duration::from_millis(190));
    });
}

/// The handshake, too, may take longer than the client's timeout.
fn a_call_has_a_longer_timeout_than_the_client(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Handshake, |peer| {
            thread::sleep(Duration::from_millis(300));
            peer.upgrade()?;
            let request = peer.request()?;
            thread::sleep(Duration::from_millis(300));
            peer.send(request.response())?;
            peer.hold()
        });
        host.client(&server, json!({ "timeoutMs": 200 }));
        host.general(ISSUE, TICKET, json!({ "timeoutMs": 3000 })).is("OK", "UNKNOWN", 1);
        host.call().is("TIMEOUT", "UNKNOWN", 1).says("within 200 ms");
    });
}

fn the_handshake_takes_longer_than_the_timeout_of_the_call(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Handshake, Peer::hold);
        host.client(&server, json!({ "timeoutMs": 10_000 }));
        let called = host.general(ISSUE, TICKET, json!({ "timeoutMs": 200 }));
        called.is("TIMEOUT", "UNTOUCHED", 1).says("TLS handshake in time").may_repeat(true);
    });
}

fn a_second_attempt_has_the_deadline_of_the_call(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, |peer| {
            if peer.number == 0 {
                peer.serve_once()?;
                peer.request()?;
                thread::sleep(Duration::from_millis(300));
                return Ok(());
            }
            peer.request()?;
            peer.hold()
        });
        host.client(&server, json!({ "timeoutMs": 10_000 }));
        host.good();
        let called = host.general(OTHER, "", json!({ "method": "GET", "timeoutMs": 600 }));
        called.is("TIMEOUT", "NONE", 2).says("within 600 ms").may_repeat(false);
    });
}

fn the_timeout_of_a_call_does_not_apply_to_the_next(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, |peer| {
            loop {
                let request = peer.request()?;
                if request.head.contains("/fail ") {
                    thread::sleep(Duration::from_millis(150));
                }
                peer.send(request.response())?;
            }
        });
        host.client(&server, json!({ "timeoutMs": 5000 }));
        host.general(ISSUE, TICKET, json!({ "timeoutMs": 100 })).is("OK", "UNKNOWN", 1);
        host.good();
        assert_eq!(server.connections(), 1);
    });
}

/// Calls on a connection whose peer has vanished. The call waits for half of its timeout.
fn on_a_dead_connection(
    runner: &Runner,
    (path, request): (&str, &str),
    timeout: Duration,
    check: impl Fn(&mut Host, &Server, crate::runner::Called),
) {
    runner.run(|host| {
        let server = Server::start(Kind::Plain, Peer::serve);
        host.client(&server, json!({ "timeoutMs": 20_000, "connectTimeoutMs": 5000 }));
        host.good();
        drop_packets(runner.network(), &server.clients());
        let options = json!({ "timeoutMs": timeout.as_millis() });
        let called = host.general(path, request, options);
        check(host, &server, called);
        runner.network().remove_filters();
    });
}

fn the_peer_of_an_idle_connection_vanishes(runner: &Runner) {
    let timeout = 2 * CONNECT_TIMEOUT;
    let fail = ("/auth/token/fail", r#"{"ticket":"t-c4n4ry","reason":"INVALID_TARGET"}"#);
    on_a_dead_connection(runner, fail, timeout, |host, server, called| {
        // Two attempts: the API response contains no action of this endpoint.
        called.is("OK", "UNKNOWN", 2).within(CONNECT_TIMEOUT + SLACK);
        assert_eq!(server.count("t-c4n4ry"), 1);
        host.good();
    });
    on_a_dead_connection(runner, (ISSUE, TICKET), timeout, |host, server, called| {
        called.is("NETWORK", "UNKNOWN", 1).may_repeat(false).within(CONNECT_TIMEOUT + SLACK);
        assert_eq!(server.count("t-c4n4ry"), 0);
        host.good();
    });
}

/// A receiver may delay an acknowledgement by half a second (RFC 1122, 4.2.3.2).
fn a_call_is_too_short_to_detect_that_the_peer_has_vanished(runner: &Runner) {
    let timeout = Duration::from_millis(300);
    on_a_dead_connection(runner, (ISSUE, TICKET), timeout, |_, _, called| {
        called.is("TIMEOUT", "UNKNOWN", 1).may_repeat(false);
    });
}

/// Parent and children call at the same time, each with its own token.
fn a_forked_process_makes_general_calls(runner: &Runner) {
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, Peer::serve);
        runner.program("general", "fork").client(&server, json!({})).number(20).run();
        for request in server.requests() {
            let header = format!("\r\nAuthorization: Bearer {}\r\n", request.ticket());
            assert!(request.head.contains(&header), "{}", request.head);
        }
    }
}
