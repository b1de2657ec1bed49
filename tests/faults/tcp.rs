//! TCP cases: connections that fail, and a peer that reads slowly.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Kind, Peer, Server};
use crate::runner::{FaultCase, NETWORK, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_restarted_server_is_reachable),
        case!(packets_are_dropped).needs(NETWORK),
        case!(the_tcp_handshake_is_reset).needs(NETWORK),
        case!(the_host_is_unreachable).needs(NETWORK),
        case!(the_peer_reads_too_slowly).needs(NETWORK),
    ]
}

fn a_restarted_server_is_reachable(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, Peer::serve);
        let address = server.address().to_string();
        host.client(&server, json!({}));
        server.stop_listening();
        host.call().is("CONNECT", "UNTOUCHED", 1);
        drop(server);
        let _server = Server::listen(kind, &address, Peer::serve);
        host.good();
    });
}

fn packets_are_dropped(runner: &Runner) {
    let network = runner.network();
    runner.run(|host| {
        let server = Server::start(Kind::Plain, Peer::serve);
        network.filter(&format!("tcp dport {} drop", server.port()));
        host.client(&server, json!({ "timeoutMs": 2000, "connectTimeoutMs": 200 }));
        let called = host.call();
        called.is("TIMEOUT", "UNTOUCHED", 1).says("did not accept a connection in time");
        called.within(Duration::from_millis(1000));
        host.client(&server, json!({ "timeoutMs": 200 }));
        host.call().is("TIMEOUT", "UNTOUCHED", 1);
        network.remove_filters();
        host.good();
    });
}

fn the_tcp_handshake_is_reset(runner: &Runner) {
    let network = runner.network();
    runner.run(|host| {
        let server = host.serve(Kind::Plain, Peer::serve);
        network.filter(&format!("tcp dport {} reject with tcp reset", server.port()));
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
        network.remove_filters();
        network.filter(&format!("tcp dport {} reject", server.port()));
        host.call().is("CONNECT", "UNTOUCHED", 1);
        network.remove_filters();
        host.good();
    });
}

fn the_host_is_unreachable(runner: &Runner) {
    for route in ["", "unreachable", "prohibit", "blackhole"] {
        if !route.is_empty() {
            runner.network().run(&format!("ip route replace {route} 10.9.9.9"));
        }
        runner.run(|host| {
            host.client_with(json!({
                "baseUrl": "http://10.9.9.9:80", "allowInsecureHttp": true, "timeoutMs": 2000,
            }));
            let called = host.call();
            called.is("CONNECT", "UNTOUCHED", 1).says("cannot connect to 10.9.9.9:80 (");
            called.within(Duration::from_millis(500));
        });
    }
}

/// The socket buffers are much smaller than the request.
fn the_peer_reads_too_slowly(runner: &Runner) {
    runner.network().run(
        "for way in rmem wmem; do
            echo 4096 4096 4096 > /proc/sys/net/ipv4/tcp_$way
        done",
    );
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, |peer| {
            loop {
                peer.read_some()?;
                thread::sleep(Duration::from_millis(100));
            }
        });
        host.client(&server, json!({ "timeoutMs": 400, "allowUnknownReasons": true }));
        host.call_with(&"X".repeat(100 * 1024)).is("TIMEOUT", "UNTOUCHED", 1);
    });
}
