//! Stale address cases: a DNS outage, and a host whose address changes.

use std::time::Duration;

use serde_json::json;

use crate::dns::{LOOPBACK, config, named_server, server};
use crate::harness::{Kind, Peer, Server};
use crate::name_server::{Answer, NameServer, addresses};
use crate::runner::{Clock, FaultCase, NETWORK, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_name_server_fails_during_calls).needs(NETWORK),
        case!(stale_addresses_are_used_while_the_name_server_fails).needs(NETWORK),
        case!(stale_addresses_are_used_while_the_name_server_is_silent).needs(NETWORK),
        case!(a_changed_address_is_followed).needs(NETWORK),
        case!(a_busy_connection_is_retired_after_twenty_to_thirty_minutes).needs(NETWORK),
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

/// More than the idle timeout, and more than 30 s, after which addresses are looked up again.
const PAST_IDLE_TIMEOUT: Duration = Duration::from_secs(111);

fn stale_addresses_are_used_while_the_name_server_fails(runner: &Runner) {
    let clock = Clock::new("outage");
    for outage in [Answer::NoSuchName, Answer::ServerFailure] {
        let names = NameServer::start(addresses(&[LOOPBACK]));
        runner.run_in(&clock.start(), |host| {
            clock.set_ahead(Duration::ZERO);
            let server = server();
            host.client_with(config(&server, json!({})));
            host.good();
            names.set(outage.clone());
            clock.set_ahead(PAST_IDLE_TIMEOUT);
            host.good();
            assert_eq!(server.connections(), 2);
            assert!(names.lookups() >= 2, "no second lookup");
            names.set(addresses(&[LOOPBACK]));
        });
    }
}

fn stale_addresses_are_used_while_the_name_server_is_silent(runner: &Runner) {
    let clock = Clock::new("silence");
    let names = NameServer::start(addresses(&[LOOPBACK]));
    runner.run_in(&clock.start(), |host| {
        clock.set_ahead(Duration::ZERO);
        names.set(addresses(&[LOOPBACK]));
        let server = named_server(host);
        host.good();
        names.set(Answer::Silence);
        clock.set_ahead(PAST_IDLE_TIMEOUT);
        host.good().within(Duration::from_secs(1));
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

/// Two servers with the same port. The host name resolves to one of them at a time.
fn first_and_second() -> (Server, Server) {
    let listen = |address| Server::listen(Kind::Plain, address, Peer::serve);
    (listen("127.0.0.2:8080"), listen("127.0.0.3:8080"))
}

fn a_changed_address_is_followed(runner: &Runner) {
    let clock = Clock::new("changed");
    let names = NameServer::start(addresses(&["127.0.0.2"]));
    runner.run_in(&clock.start(), |host| {
        clock.set_ahead(Duration::ZERO);
        let (first, second) = first_and_second();
        names.set(addresses(&["127.0.0.2"]));
        host.client_with(config(&first, json!({})));
        host.good();
        names.set(addresses(&["127.0.0.3"]));
        clock.set_ahead(PAST_IDLE_TIMEOUT);
        host.good();
        assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
    });
}

fn a_busy_connection_is_retired_after_twenty_to_thirty_minutes(runner: &Runner) {
    let clock = Clock::new("retired");
    let names = NameServer::start(addresses(&["127.0.0.2"]));
    runner.run_in(&clock.start(), |host| {
        clock.set_ahead(Duration::ZERO);
        let (first, second) = first_and_second();
        names.set(addresses(&["127.0.0.2"]));
        host.client_with(config(&first, json!({ "idleTimeoutMs": 600_000 })));
        host.good();
        names.set(addresses(&["127.0.0.3"]));
        // In addition, the clock of the host advances by less than 10 s during the test.
        for seconds in [500, 1000, 1190, 1700, 1800] {
            clock.set_ahead(Duration::from_secs(seconds));
            host.good();
            if seconds < 1200 {
                assert_eq!(second.connections(), 0);
            }
        }
        assert_eq!((first.connections(), second.connections()), (1, 1));
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
