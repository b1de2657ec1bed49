//! Idle connection cases: the peer vanishes, as when a host loses power or a firewall forgets its
//! connections. The packets of the client are dropped silently.

use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Kind, Peer, Server};
use crate::network::Network;
use crate::runner::{
    FaultCase, Host, NETWORK, ROUNDS, Runner, case, has_unacknowledged, wait_for_end_of_connections,
};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(keep_alive_ends_an_idle_connection_whose_peer_has_vanished).needs(NETWORK).deep(),
        case!(idle_connections_use_no_cpu),
        case!(the_peer_of_an_idle_connection_vanishes).needs(NETWORK),
        case!(the_peer_of_an_idle_connection_vanishes_and_there_is_no_retry).needs(NETWORK),
        case!(the_peer_of_a_new_connection_vanishes).needs(NETWORK),
        case!(the_host_vanishes_while_a_connection_is_idle).needs(NETWORK),
        case!(the_peers_of_several_idle_connections_vanish).needs(NETWORK),
        case!(the_peer_vanishes_after_it_has_acknowledged_the_request).needs(NETWORK),
        case!(keep_alive_ends_a_call_whose_peer_has_vanished).needs(NETWORK).deep(),
    ]
}

pub const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// How much later than its timeout a wait may end: the kernel rounds timeouts up by as much as an eighth.
pub const SLACK: Duration = Duration::from_millis(200);

/// More than 60 s, after which keep-alive ends a connection.
const KEEP_ALIVE: Duration = Duration::from_secs(65);

/// Drops the packets that clients send from these addresses, and the end of the stream that the server
/// sends to them. Acknowledgements of earlier packets still arrive. New connections work.
pub fn drop_packets(network: &Network, clients: &[SocketAddr]) {
    let ports: Vec<_> = clients.iter().map(|client| client.port().to_string()).collect();
    let ports = ports.join(", ");
    network.filter(&format!("tcp sport {{ {ports} }} drop"));
    network.filter(&format!("tcp dport {{ {ports} }} tcp flags fin,rst drop"));
}

/// Runs `body` once for plain HTTP and, at the same time, for TLS, because it waits for a timer of the
/// kernel.
pub fn run_once(runner: &Runner, body: impl Fn(&mut Host, Kind) + Sync) {
    let run = |kind| runner.run_once(|host| body(host, kind));
    thread::scope(|scope| {
        let threads = [Kind::Plain, Kind::Tls].map(|kind| scope.spawn(move || run(kind)));
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

/// The call waits for the connect timeout, but at most for half of its own timeout.
fn the_peer_of_an_idle_connection_vanishes(runner: &Runner) {
    for timeouts in [
        json!({ "connectTimeoutMs": CONNECT_TIMEOUT.as_millis() }),
        json!({ "timeoutMs": CONNECT_TIMEOUT.as_millis() * 2 }),
    ] {
        runner.run_plain_and_tls(|host, kind| {
            let server = Server::start(kind, Peer::serve);
            host.client(&server, timeouts.clone());
            host.good();
            drop_packets(runner.network(), &server.clients());
            let called = host.call();
            called.is("OK", "CONSUMED", 2).within(CONNECT_TIMEOUT + SLACK);
            assert_eq!(server.count(&called.ticket), 1);
            assert!(!has_unacknowledged(server.port()), "the request may still arrive");
            host.good();
            assert_eq!(server.connections(), 2);
            runner.network().remove_filters();
        });
    }
}

fn the_peer_of_an_idle_connection_vanishes_and_there_is_no_retry(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Plain, Peer::serve);
        let timeout = CONNECT_TIMEOUT.as_millis();
        host.client(&server, json!({ "connectTimeoutMs": timeout, "retry": "none" }));
        host.good();
        drop_packets(runner.network(), &server.clients());
        let called = host.call();
        called.is("NETWORK", "UNKNOWN", 1).within(CONNECT_TIMEOUT + SLACK);
        assert_eq!(server.count(&called.ticket), 0);
        host.good();
        runner.network().remove_filters();
    });
}

/// The server accepts the connection, but the request does not arrive. The call waits for its deadline,
/// because the network may recover.
fn the_peer_of_a_new_connection_vanishes(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Plain, Peer::serve);
        let timeout = CONNECT_TIMEOUT.as_millis();
        host.client(&server, json!({ "connectTimeoutMs": timeout, "timeoutMs": 2 * timeout }));
        runner.network().filter(&format!("tcp dport {} tcp flags psh drop", server.port()));
        host.call().is("TIMEOUT", "UNKNOWN", 1);
        runner.network().remove_filters();
        host.good();
    });
}

/// New connections do not work either.
fn the_host_vanishes_while_a_connection_is_idle(runner: &Runner) {
    for (timeouts, attempts) in [
        (json!({ "connectTimeoutMs": CONNECT_TIMEOUT.as_millis() }), 2),
        // The deadline leaves no time for a second attempt.
        (json!({ "timeoutMs": 300 }), 1),
    ] {
        runner.run(|host| {
            let server = Server::start(Kind::Plain, Peer::serve);
            host.client(&server, timeouts.clone());
            host.good();
            runner.network().filter(&format!("tcp dport {} drop", server.port()));
            host.call().is("TIMEOUT", "UNKNOWN", attempts).within(CONNECT_TIMEOUT * 2 + SLACK);
            runner.network().remove_filters();
            host.good();
        });
    }
}

/// Only one call has to notice. Later ones, as many at once as there were idle connections, open new
/// connections.
fn the_peers_of_several_idle_connections_vanish(runner: &Runner) {
    const THREADS: usize = 4;
    const CALLS: usize = THREADS + 1 + THREADS;
    for kind in [Kind::Plain, Kind::Tls] {
        let network = Mutex::new(runner.network().clone());
        let (requests, at_once) = (AtomicUsize::new(0), Barrier::new(THREADS));
        let server = Server::start(kind, move |peer| {
            loop {
                let request = peer.request()?;
                let number = requests.fetch_add(1, Ordering::Relaxed) % CALLS;
                if number != THREADS {
                    at_once.wait();
                }
                if number < THREADS {
                    drop_packets(&network.lock().unwrap(), &[peer.tcp().peer_addr()?]);
                }
                peer.send(request.response())?;
            }
        });
        let program = runner.program("idle", "vanish");
        let timeout = CONNECT_TIMEOUT.as_millis();
        program.client(&server, json!({ "connectTimeoutMs": timeout })).number(THREADS).run();
        assert_eq!(server.requests().len(), CALLS * ROUNDS, "a call was processed twice");
    }
}

/// The server may be processing the request, so the call waits for its deadline.
fn the_peer_vanishes_after_it_has_acknowledged_the_request(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = vanishing_server(runner, kind);
        host.client(&server, json!({ "connectTimeoutMs": 500, "timeoutMs": 1200 }));
        host.good();
        let called = host.call();
        called.is("TIMEOUT", "UNKNOWN", 1);
        assert_eq!(server.count(&called.ticket), 1);
        runner.network().remove_filters();
    });
}

/// The client receives nothing, not even a reset, after the server has acknowledged the request.
fn keep_alive_ends_a_call_whose_peer_has_vanished(runner: &Runner) {
    run_once(runner, |host, kind| {
        let server = vanishing_server(runner, kind);
        host.client(&server, json!({ "connectTimeoutMs": 500, "timeoutMs": 80_000 }));
        host.good();
        let called = host.call();
        called.is("NETWORK", "UNKNOWN", 1).within(KEEP_ALIVE);
        assert_eq!(server.count(&called.ticket), 1);
        host.good();
    });
}

/// A server that serves one request on its first connection, and vanishes when it has received another.
fn vanishing_server(runner: &Runner, kind: Kind) -> Server {
    let network = runner.network().clone();
    Server::start(kind, move |peer| {
        if peer.number > 0 {
            return peer.serve();
        }
        peer.serve_once()?;
        peer.request()?;
        drop_packets(&network, &[peer.tcp().peer_addr()?]);
        peer.hold()
    })
}

fn keep_alive_ends_an_idle_connection_whose_peer_has_vanished(runner: &Runner) {
    run_once(runner, |host, kind| {
        let server = Server::start(kind, Peer::serve);
        host.client(&server, json!({}));
        host.good();
        drop_packets(runner.network(), &server.clients());
        wait_for_end_of_connections(server.port(), KEEP_ALIVE);
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

fn idle_connections_use_no_cpu(runner: &Runner) {
    const CONNECTIONS: usize = 64;
    let at_once = Barrier::new(CONNECTIONS);
    let server = Server::start(Kind::Plain, move |peer| {
        loop {
            let request = peer.request()?;
            at_once.wait();
            peer.send(request.response())?;
        }
    });
    runner.program("idle", "rest").client(&server, json!({})).number(CONNECTIONS).rounds(1).run();
    assert_eq!(server.connections(), CONNECTIONS);
}
