//! Moved host cases: the name resolves to another address while a connection to the old one is idle. The
//! client looks up the name when it opens a connection and its addresses are older than 30 s.

use std::io;
use std::time::Duration;

use serde_json::json;

use crate::dns::config;
use crate::harness::{Kind, Peer, Server, TEST_TIMEOUT};
use crate::idle::{CONNECT_TIMEOUT, SLACK};
use crate::name_server::{NameServer, addresses};
use crate::runner::{Clock, FaultCase, NETWORK, Runner, case, wait_for_end_of_connections};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_old_host_closes_its_connections).needs(NETWORK),
        case!(the_old_host_falls_silent).needs(NETWORK),
    ]
}

const OLD: &str = "127.0.0.2";
const NEW: &str = "127.0.0.3";

/// More than 30 s, but less than the idle timeout.
const LATER: Duration = Duration::from_secs(31);

/// The two hosts. Both have the same port and, one after the other, the same name. The old one serves
/// one request, and closes its connections when it is dropped.
fn hosts() -> (Server, Server) {
    let listen = |address, script: fn(&mut Peer) -> io::Result<()>| {
        Server::listen(Kind::Plain, &format!("{address}:8080"), script)
    };
    let serve_once = |peer: &mut Peer| {
        peer.serve_once()?;
        peer.ignore()
    };
    (listen(OLD, serve_once), listen(NEW, Peer::serve))
}

fn the_old_host_closes_its_connections(runner: &Runner) {
    let clock = Clock::new("closed");
    let names = NameServer::start(addresses(&[OLD]));
    for pause in [Duration::ZERO, LATER] {
        runner.run_in(&clock.start(), |host| {
            clock.set_ahead(Duration::ZERO);
            names.set(addresses(&[OLD]));
            let (old, new) = hosts();
            host.client_with(config(&old, json!({})));
            host.good();
            names.set(addresses(&[NEW]));
            drop(old);
            wait_for_end_of_connections(new.port(), TEST_TIMEOUT);
            clock.set_ahead(pause);
            if pause < LATER {
                host.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
                clock.set_ahead(LATER);
            }
            host.good();
            assert_eq!(new.requests().len(), 1);
        });
    }
}

fn the_old_host_falls_silent(runner: &Runner) {
    let clock = Clock::new("silent");
    let names = NameServer::start(addresses(&[OLD]));
    for (pause, status, ticket_state) in
        [(Duration::ZERO, "TIMEOUT", "UNKNOWN"), (LATER, "OK", "CONSUMED")]
    {
        runner.run_in(&clock.start(), |host| {
            clock.set_ahead(Duration::ZERO);
            names.set(addresses(&[OLD]));
            let (old, new) = hosts();
            let timeout = json!({ "connectTimeoutMs": CONNECT_TIMEOUT.as_millis() });
            host.client_with(config(&old, timeout));
            host.good();
            names.set(addresses(&[NEW]));
            runner.network().filter(&format!("ip daddr {OLD} drop"));
            clock.set_ahead(pause);
            let called = host.call();
            called.is(status, ticket_state, 2).within(CONNECT_TIMEOUT * 2 + SLACK);
            clock.set_ahead(LATER * 2);
            host.good();
            let served = if status == "OK" { 2 } else { 1 };
            assert_eq!((old.requests().len(), new.requests().len()), (1, served));
            runner.network().remove_filters();
        });
    }
}
