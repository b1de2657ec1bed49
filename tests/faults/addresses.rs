//! Stale address cases: a DNS outage, and a host whose address changes.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::dns::{LOOPBACK, config, named_server, server};
use crate::harness::{Kind, Peer, Server};
use crate::name_server::{Answer, NameServer, addresses};
use crate::runner::{Clock, FaultCase, NETWORK, Need, Runner, Start, case, faketime};

const IN_FAST_TIME: &[Need] = &[Need::PrivateNetwork, Need::Faketime];

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_name_server_fails_during_calls).needs(NETWORK),
        case!(stale_addresses_are_used_while_the_name_server_fails).needs(IN_FAST_TIME),
        case!(stale_addresses_are_used_while_the_name_server_is_silent).needs(NETWORK).deep(),
        case!(a_changed_address_is_followed).needs(IN_FAST_TIME),
        case!(a_busy_connection_is_closed_after_five_minutes).needs(IN_FAST_TIME),
        case!(short_timeouts_leave_time_for_stale_addresses).needs(NETWORK),
    ]
}

fn the_name_server_fails_during_calls(runner: &Runner) {
    for outage in [Answer::Silence, Answer::NoSuchName, Answer::ServerFailure] {
        let names = NameServer::start(addresses(&[LOOPBACK]));
        runner.run(|host| {
            names.set(addresses(&[LOOPBACK]));
            let server =
                Server::start(Kind::Plain, |peer| (0..5).try_for_each(|_| peer.serve_once()));
            host.client_with(config(&server, json!({})));
            host.good();
            names.set(outage.clone());
            // On the idle connection, and on new ones after it has ended.
            for _ in 0..12 {
                let called = host.call();
                called.is("OK", "CONSUMED", called.reply.number("attempts"));
            }
            assert!(server.connections() >= 3);
        });
    }
}

/// The clock of the host runs 60 times as fast: 30 seconds pass in half a second.
fn in_fast_time() -> Start {
    Start::plain().env("LD_PRELOAD", &faketime()).env("FAKETIME", "+0 x60")
}

/// Long timeouts, because the fast clock measures them.
fn long_timeouts() -> Value {
    json!({ "timeoutMs": 600_000, "connectTimeoutMs": 600_000 })
}

/// More than 30 s, after which addresses are looked up again, on the fast clock.
const PAST_TTL: Duration = Duration::from_millis(700);

fn stale_addresses_are_used_while_the_name_server_fails(runner: &Runner) {
    let fast = in_fast_time();
    for outage in [Answer::NoSuchName, Answer::ServerFailure] {
        let names = NameServer::start(addresses(&[LOOPBACK]));
        runner.run_in(&fast, |host| {
            let server = server();
            host.client_with(config(&server, long_timeouts()));
            host.good();
            names.set(outage.clone());
            thread::sleep(PAST_TTL);
            // The idle connection has timed out too.
            host.good();
            assert_eq!(server.connections(), 2);
            assert!(names.lookups() >= 2, "no second lookup");
            names.set(addresses(&[LOOPBACK]));
        });
    }
}

fn stale_addresses_are_used_while_the_name_server_is_silent(runner: &Runner) {
    let names = NameServer::start(addresses(&[LOOPBACK]));
    runner.run(|host| {
        names.set(addresses(&[LOOPBACK]));
        let server = named_server(host);
        host.good();
        names.set(Answer::Silence);
        thread::sleep(Duration::from_secs(31));
        host.good().within(Duration::from_secs(1));
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

fn a_changed_address_is_followed(runner: &Runner) {
    let fast = in_fast_time();
    let names = NameServer::start(addresses(&["127.0.0.2"]));
    runner.run_in(&fast, |host| {
        let first = Server::listen(Kind::Plain, "127.0.0.2:8080", Peer::serve);
        let second = Server::listen(Kind::Plain, "127.0.0.3:8080", Peer::serve);
        names.set(addresses(&["127.0.0.2"]));
        host.client_with(config(&first, long_timeouts()));
        host.good();
        names.set(addresses(&["127.0.0.3"]));
        thread::sleep(PAST_TTL);
        host.good();
        assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
    });
}

fn a_busy_connection_is_closed_after_five_minutes(runner: &Runner) {
    let fast = in_fast_time();
    let names = NameServer::start(addresses(&["127.0.0.2"]));
    runner.run_in(&fast, |host| {
        let first = Server::listen(Kind::Plain, "127.0.0.2:8080", Peer::serve);
        let second = Server::listen(Kind::Plain, "127.0.0.3:8080", Peer::serve);
        let mut config = config(&first, long_timeouts());
        config["idleTimeoutMs"] = json!(600_000);
        names.set(addresses(&["127.0.0.2"]));
        host.client_with(config);
        host.good();
        names.set(addresses(&["127.0.0.3"]));
        let started = Instant::now();
        while second.requests().is_empty() {
            host.good();
            assert!(started.elapsed() < Duration::from_secs(20), "the connection is never closed");
            thread::sleep(Duration::from_millis(5));
        }
        assert!(started.elapsed() > Duration::from_secs(4), "{:?}", started.elapsed());
        assert_eq!(first.connections(), 1);
    });
}

/// A call waits for the lookup for at most half of its timeout, and then uses the stale address.
fn short_timeouts_leave_time_for_stale_addresses(runner: &Runner) {
    let names = NameServer::start(addresses(&[LOOPBACK]));
    let clock = Clock::new("stale");
    for timeouts in [
        json!({ "timeoutMs": 400 }),
        json!({ "timeoutMs": 500 }),
        json!({ "timeoutMs": 5000, "connectTimeoutMs": 400 }),
    ] {
        runner.run_in(&clock.start(), |host| {
            names.set(addresses(&[LOOPBACK]));
            clock.set_ahead(Duration::ZERO);
            let server = server();
            let mut config = config(&server, timeouts.clone());
            config["maxIdleConnections"] = json!(0);
            host.client_with(config);
            host.good();
            let lookups = names.lookups();
            names.set(Answer::Silence);
            // Addresses are looked up again after 30 s.
            clock.set_ahead(Duration::from_secs(31));
            // The first call waits for the lookup; the second does not, because the lookup is slow.
            host.good();
            host.good();
            assert!(names.lookups() > lookups, "no lookup");
        });
    }
}
