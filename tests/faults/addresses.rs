//! Cases of addresses that grow old: a DNS outage, a host that moves.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::dns::{HOME, config, server};
use crate::harness::{Kind, Peer, Server};
use crate::name_server::{Answer, NameServer, addresses};
use crate::runner::{Clock, FaultCase, Need, Runner, Start, case, faketime};

const IN_FAST_TIME: &[Need] = &[Need::PrivateNetwork, Need::Faketime];

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_name_service_goes_out).needs(&[Need::PrivateNetwork]),
        case!(old_addresses_serve_while_the_name_service_is_out).needs(IN_FAST_TIME),
        case!(old_addresses_serve_while_the_name_server_is_a_black_hole)
            .needs(&[Need::PrivateNetwork])
            .deep(),
        case!(a_changed_address_is_followed).needs(IN_FAST_TIME),
        case!(a_busy_connection_is_left_after_five_minutes).needs(IN_FAST_TIME),
        case!(short_timeouts_leave_time_for_old_addresses).needs(&[Need::PrivateNetwork]),
    ]
}

fn the_name_service_goes_out(runner: &Runner) {
    for outage in [Answer::Silence, Answer::NoSuchName, Answer::ServerFailure] {
        let names = NameServer::start(addresses(&[HOME]));
        runner.run(|host| {
            names.set(addresses(&[HOME]));
            let server =
                Server::start(Kind::Plain, |peer| (0..5).try_for_each(|_| peer.serve_once()));
            host.client_with(config(&server, json!({})));
            host.good();
            names.set(outage.clone());
            // On the warm connection and, when that has ended, on new ones.
            for _ in 0..12 {
                let called = host.call();
                called.is("OK", "CONSUMED", called.reply.number("attempts"));
            }
            assert!(server.connections() >= 3);
        });
    }
}

/// Time passes 60 times as fast in the host, so that its 30 seconds are half a second.
fn in_fast_time() -> Start {
    Start::plain().env("LD_PRELOAD", &faketime()).env("FAKETIME", "+0 x60")
}

/// The deadlines are those of the fast clock, on which a loaded machine is slow.
fn patient() -> Value {
    json!({ "timeoutMs": 600_000, "connectTimeoutMs": 600_000 })
}

/// Addresses are forgotten after 30 s, of which this is the fast equivalent, and some more.
const PAST_TTL: Duration = Duration::from_millis(700);

fn old_addresses_serve_while_the_name_service_is_out(runner: &Runner) {
    let fast = in_fast_time();

    for outage in [Answer::NoSuchName, Answer::ServerFailure] {
        let names = NameServer::start(addresses(&[HOME]));
        runner.run_in(&fast, |host| {
            let server = server();
            host.client_with(config(&server, patient()));
            host.good();
            names.set(outage.clone());
            thread::sleep(PAST_TTL);
            // The idle connection is too old as well.
            host.good();
            assert_eq!(server.connections(), 2);
            assert!(names.lookups() >= 2, "it was asked again");
            names.set(addresses(&[HOME]));
        });
    }
}

fn old_addresses_serve_while_the_name_server_is_a_black_hole(runner: &Runner) {
    let names = NameServer::start(addresses(&[HOME]));
    runner.run(|host| {
        let server = server();
        names.set(addresses(&[HOME]));
        host.client_with(config(&server, json!({})));
        host.good();
        names.set(Answer::Silence);
        thread::sleep(Duration::from_secs(31));
        let called = host.good();
        called.within(Duration::from_secs(1));
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
        host.client_with(config(&first, patient()));
        host.good();
        names.set(addresses(&["127.0.0.3"]));
        thread::sleep(PAST_TTL);
        host.good();
        assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
    });
}

fn a_busy_connection_is_left_after_five_minutes(runner: &Runner) {
    let fast = in_fast_time();

    let names = NameServer::start(addresses(&["127.0.0.2"]));
    runner.run_in(&fast, |host| {
        let first = Server::listen(Kind::Plain, "127.0.0.2:8080", Peer::serve);
        let second = Server::listen(Kind::Plain, "127.0.0.3:8080", Peer::serve);
        // Never idle for long: the host's clock is fast.
        let config = config(
            &first,
            json!({
                "timeoutMs": 600_000, "connectTimeoutMs": 600_000, "idleTimeoutMs": 600_000,
            }),
        );
        names.set(addresses(&["127.0.0.2"]));
        host.client_with(config);
        host.good();
        names.set(addresses(&["127.0.0.3"]));
        let started = Instant::now();
        while second.requests().is_empty() {
            host.good();
            assert!(started.elapsed() < Duration::from_secs(20), "it stays for ever");
            thread::sleep(Duration::from_millis(5));
        }
        assert!(started.elapsed() > Duration::from_secs(4), "{:?}", started.elapsed());
        assert_eq!(first.connections(), 1);
    });
}

/// Longer than addresses are used without a lookup.
const TTL_PASSED: Duration = Duration::from_secs(31);

/// The wait for the lookup leaves half of the time, however short, for the connection and the call.
fn short_timeouts_leave_time_for_old_addresses(runner: &Runner) {
    let names = NameServer::start(addresses(&[HOME]));
    let clock = Clock::new("stale");
    for timeouts in [
        json!({ "timeoutMs": 400 }),
        json!({ "timeoutMs": 500 }),
        json!({ "timeoutMs": 5000, "connectTimeoutMs": 400 }),
    ] {
        runner.run_in(&clock.start(), |host| {
            names.set(addresses(&[HOME]));
            clock.set_ahead(Duration::ZERO);
            let server = server();
            let mut config = config(&server, timeouts.clone());
            config["maxIdleConnections"] = json!(0);
            host.client_with(config);
            host.good();
            let lookups = names.lookups();
            names.set(Answer::Silence);
            clock.set_ahead(TTL_PASSED);
            // The first waits for the lookup, the second sees that the lookup is slow.
            host.good();
            host.good();
            assert!(names.lookups() > lookups, "there was no lookup");
        });
    }
}
