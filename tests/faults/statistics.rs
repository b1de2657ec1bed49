//! Statistics cases: each counter, from several threads and in forked processes. For every call of every
//! case, `runner/reports.rs` compares the statistics with the calls so far.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::dns::{LOOPBACK, config, server};
use crate::harness::{Kind, Peer, Server, http};
use crate::name_server::{Answer, NameServer, addresses};
use crate::runner::{Called, Clock, Event, FaultCase, NETWORK, ROUNDS, Runner, case, good_servers};
use crate::support::unused_address;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(every_call_is_counted_by_status_and_outcome),
        case!(a_retry_is_counted),
        case!(a_connection_that_cannot_be_reused),
        case!(a_connection_that_the_server_has_ended),
        case!(a_connection_that_is_too_old),
        case!(a_shutdown_discards_the_idle_connections),
        case!(connecting_early_is_not_a_call),
        case!(lookups_are_counted).needs(NETWORK),
        case!(a_connection_is_in_use_until_its_call_returns),
        case!(threads_call_while_another_reads_the_statistics),
        case!(a_child_starts_at_zero),
        case!(a_log_callback_reads_the_statistics),
    ]
}

/// The reasons for which connections were closed, without those that did not occur.
fn closed(called: &Called) -> Value {
    let mut closed = called.stats()["connections"]["closed"].take();
    closed.as_object_mut().unwrap().retain(|_, count| *count != 0);
    closed
}

/// The connections that were opened, that were reused and that are idle.
fn connections(called: &Called) -> [u64; 3] {
    let connections = called.stats()["connections"].take();
    ["opened", "reused", "idle"].map(|name| connections[name].as_u64().unwrap())
}

fn every_call_is_counted_by_status_and_outcome(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Plain, |peer| {
            peer.serve_once()?;
            for (status, body) in [
                ("200 OK", r#"{"action":"BAD_REQUEST","responseContent":"{}"}"#),
                ("200 OK", r#"{"action":"NEW","responseContent":"{}"}"#),
                ("401 Unauthorized", r#"{"resultCode":"A001202"}"#),
                ("200 OK", "{}"),
                ("200 OK", "not JSON"),
            ] {
                peer.request()?;
                peer.send(http(status, &[], body.as_bytes()))?;
            }
            peer.hold()
        });
        host.client(&server, json!({ "timeoutMs": 150 }));
        for _ in 0..3 {
            host.call();
        }
        host.request("authorization", "{}");
        host.general("no slash", "{}", json!({}));
        host.general("/auth/token", "", json!({}));
        host.call();
        host.general("/service/get", "", json!({ "method": "GET" }));
        host.call();
        host.call();
        host.shutdown();
        host.connect();
        let stats = host.call().stats();
        let expected = json!({
            "OK": { "DELIVERED": 1, "TICKET_INVALID": 1, "UNKNOWN_ACTION": 1, "OTHER_API": 1 },
            "HTTP": { "NO_API_RESPONSE": 1 },
            "INVALID_ARGUMENT": { "NO_API_RESPONSE": 1 },
            "INVALID_REQUEST": { "NO_API_RESPONSE": 2 },
            "PROTOCOL": { "NO_API_RESPONSE": 1 },
            "TIMEOUT": { "NO_API_RESPONSE": 1 },
            "SHUTDOWN": { "NO_API_RESPONSE": 1 },
        });
        assert_eq!(stats["calls"], expected);
        host.client_with(json!({ "baseUrl": format!("http://{}", unused_address()) }));
        let stats = host.call().stats();
        assert_eq!(stats["calls"], json!({ "CONNECT": { "NO_API_RESPONSE": 1 } }));
        assert_eq!(stats["connections"]["opened"], 0);
    });
}

fn a_retry_is_counted(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let _server = host.serve(kind, |peer| {
            peer.serve_once()?;
            if peer.number == 0 { peer.request().map(drop) } else { peer.serve() }
        });
        host.good();
        let called = host.call();
        called.is("OK", "CONSUMED", 2);
        assert_eq!(called.stats()["retries"], 1);
        assert_eq!((connections(&called), closed(&called)), ([2, 1, 1], json!({ "failed": 1 })));
        assert_eq!(connections(&host.good()), [2, 2, 1]);
    });
}

/// The configuration, the headers of the response, bytes after it, and the reason.
const NOT_REUSED: &[(&str, &[&str], &str, &str)] = &[
    ("{}", &["Connection: close"], "", "notReusable"),
    ("{}", &["Keep-Alive: max=0"], "", "notReusable"),
    ("{}", &[], "HTTP", "notReusable"),
    ("{}", &["Keep-Alive: timeout=1"], "", "idleTimeout"),
    (r#"{"idleTimeoutMs":0}"#, &[], "", "idleTimeout"),
    (r#"{"maxIdleConnections":0}"#, &[], "", "surplus"),
    (r#"{"maxIdleConnections":0}"#, &["Connection: close"], "", "notReusable"),
];

fn a_connection_that_cannot_be_reused(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        for (config, headers, more, reason) in NOT_REUSED {
            let server = Server::start(kind, move |peer| {
                let request = peer.request()?;
                let mut response = http("200 OK", headers, request.document().as_bytes());
                response.extend(more.as_bytes());
                peer.send(response)?;
                peer.hold()
            });
            host.client(&server, serde_json::from_str(config).unwrap());
            for count in 1..=2 {
                let called = host.good();
                assert_eq!(connections(&called), [count, 0, 0], "{headers:?}");
                assert_eq!(closed(&called), json!({ *reason: count }), "{headers:?}");
            }
        }
        let server = Server::start(kind, |peer| peer.request().and_then(|_| peer.reset()));
        host.client(&server, json!({}));
        assert_eq!(closed(host.call().is("NETWORK", "UNKNOWN", 1)), json!({ "failed": 1 }));
    });
}

fn a_connection_that_the_server_has_ended(runner: &Runner) {
    let stray = |peer: &mut Peer| peer.send("HTTP/1.1 200 OK\r\n\r\n");
    let ends: [fn(&mut Peer) -> io::Result<()>; 4] =
        [|_| Ok(()), Peer::close_notify, Peer::reset, stray];
    runner.run_plain_and_tls(|host, kind| {
        for end in ends {
            let is_idle = Arc::new(Event::default());
            let wait = Arc::clone(&is_idle);
            let server = host.serve(kind, move |peer| {
                peer.serve_once()?;
                if peer.number > 0 {
                    return peer.serve();
                }
                wait.wait();
                end(peer)
            });
            host.good();
            is_idle.set();
            server.wait_for_ends(1);
            thread::sleep(Duration::from_millis(20));
            let called = host.good();
            let expected = ([2, 0, 1], json!({ "byServer": 1 }));
            assert_eq!((connections(&called), closed(&called)), expected);
        }
    });
}

fn a_connection_that_is_too_old(runner: &Runner) {
    let clock = Clock::new("too-old");
    runner.run_in(&clock.start(), |host| {
        clock.set_ahead(Duration::ZERO);
        let _server = host.serve(Kind::Plain, Peer::serve);
        host.good();
        clock.set_ahead(Duration::from_secs(110));
        let called = host.good();
        let expected = ([2, 0, 1], json!({ "idleTimeout": 1 }));
        assert_eq!((connections(&called), closed(&called)), expected);
        // In use until it is old.
        for seconds in (200..2200).step_by(100) {
            clock.set_ahead(Duration::from_secs(seconds));
            host.good();
        }
        let called = host.good();
        assert_eq!(closed(&called), json!({ "age": 1, "idleTimeout": 1 }));
    });
}

fn a_shutdown_discards_the_idle_connections(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let _server = host.serve(kind, Peer::serve);
        host.good();
        host.shutdown();
        let called = host.call();
        called.is("SHUTDOWN", "UNTOUCHED", 0);
        let expected = ([1, 0, 0], json!({ "discarded": 1 }));
        assert_eq!((connections(&called), closed(&called)), expected);
    });
}

fn connecting_early_is_not_a_call(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let _server = host.serve(kind, Peer::serve);
        for attempts in [1, 0] {
            let called = host.connect();
            called.is("OK", "NONE", attempts);
            assert_eq!(connections(&called), [1, 0, 1]);
            assert_eq!(called.stats()["calls"], json!({}));
        }
        assert_eq!(connections(&host.good()), [1, 1, 1]);
    });
}

fn lookups_are_counted(runner: &Runner) {
    let names = NameServer::start(Answer::NoSuchName);
    let lookups = |called: &Called| {
        let lookups = called.stats()["lookups"].take();
        ["succeeded", "failed"].map(|name| lookups[name].as_u64().unwrap())
    };
    runner.run(|host| {
        let server = server();
        for failure in [Answer::NoSuchName, Answer::ServerFailure, Answer::Addresses(Vec::new())] {
            names.set(failure);
            host.client_with(config(&server, json!({ "maxIdleConnections": 0 })));
            for count in [1, 2] {
                assert_eq!(lookups(host.call().is("CONNECT", "UNTOUCHED", 1)), [0, count]);
            }
            names.set(addresses(&[LOOPBACK]));
            // The addresses are cached.
            for _ in 0..2 {
                assert_eq!(lookups(&host.good()), [1, 2]);
            }
        }
        host.client(&server, json!({}));
        assert_eq!(lookups(&host.good()), [0, 0], "an IP address needs no lookup");
    });
}

fn a_connection_is_in_use_until_its_call_returns(runner: &Runner) {
    runner.program("stats", "in-use").run();
}

fn threads_call_while_another_reads_the_statistics(runner: &Runner) {
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, |peer| {
            loop {
                let request = peer.request()?;
                let mut hasher = DefaultHasher::new();
                request.ticket().hash(&mut hasher);
                match hasher.finish() % 8 {
                    0 => return Ok(()),
                    1 => peer.reset()?,
                    2 => return peer.send(request.response()),
                    3 => peer.send(http("503 Service Unavailable", &["Connection: close"], b""))?,
                    4 => peer.send([request.response(), b"more".to_vec()].concat())?,
                    _ => peer.send(request.response())?,
                }
            }
        });
        let program = runner.program("stats", "threads");
        program.client(&server, json!({ "maxIdleConnections": 3 })).number(100).run();
        assert!(server.requests().len() >= 8 * 100 * ROUNDS / 2);
    }
}

fn a_child_starts_at_zero(runner: &Runner) {
    for server in good_servers() {
        runner.program("stats", "fork").client(&server, json!({})).run();
    }
}

fn a_log_callback_reads_the_statistics(runner: &Runner) {
    for server in good_servers() {
        runner.program("stats", "callback").client(&server, json!({})).run();
    }
}
