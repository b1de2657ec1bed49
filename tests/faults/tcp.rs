//! Rows of TCP: what keeps a connection from being made, and peers that read badly.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::PATIENCE;
use crate::world::net::isolated;
use crate::world::peer::Peer;
use crate::world::row::row;
use crate::world::server::{Kind, Server, closed};

/// A host in a private network, and nothing more.
const FAR: &str = "http://10.9.9.9:80";

fn far() -> Value {
    json!({ "baseUrl": FAR, "allowInsecureHttp": true, "timeoutMs": 2000 })
}

#[test]
fn nobody_listens() {
    row(|row| {
        row.client_with(json!({ "baseUrl": format!("http://{}", closed()) }));
        row.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection; nothing was sent");
    });
}

#[test]
fn a_server_that_comes_back_is_found() {
    for kind in [Kind::Plain, Kind::Tls] {
        row(|row| {
            let server = Server::start(kind, |peer| peer.serve());
            let address = server.address().to_string();
            row.client(&server, json!({}));
            server.stop_listening();
            row.call().is("CONNECT", "UNTOUCHED", 1);
            drop(server);
            let _server = Server::listen(kind, &address, |peer| peer.serve());
            row.good();
        });
    }
}

#[test]
fn packets_are_dropped() {
    isolated("packets_are_dropped", |net| {
        row(|row| {
            let server = Server::start(Kind::Plain, |peer| peer.serve());
            net.filter(&format!("tcp dport {} drop", server.port()));
            row.client(&server, json!({ "timeoutMs": 2000, "connectTimeoutMs": 200 }));
            let called = row.call();
            called.is("TIMEOUT", "UNTOUCHED", 1).says("did not accept a connection in time");
            assert!(called.elapsed < Duration::from_millis(1000), "{:?}", called.elapsed);
            row.client(&server, json!({ "timeoutMs": 200 }));
            row.call().is("TIMEOUT", "UNTOUCHED", 1);
            net.remove_filters();
            row.good();
        });
    });
}

#[test]
fn the_handshake_of_tcp_is_reset() {
    isolated("the_handshake_of_tcp_is_reset", |net| {
        row(|row| {
            let server = Server::start(Kind::Plain, |peer| peer.serve());
            row.client(&server, json!({}));
            net.filter(&format!("tcp dport {} reject with tcp reset", server.port()));
            row.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
            net.remove_filters();
            net.filter(&format!("tcp dport {} reject", server.port()));
            row.call().is("CONNECT", "UNTOUCHED", 1);
            net.remove_filters();
            row.good();
        });
    });
}

fn route(name: &str, command: &str) {
    isolated(name, |net| {
        net.run(command);
        row(|row| {
            row.client_with(far());
            let called = row.call();
            called.is("CONNECT", "UNTOUCHED", 1).says("10.9.9.9:80 cannot be reached (");
            assert!(called.elapsed < Duration::from_millis(500), "{:?}", called.elapsed);
        });
    });
}

#[test]
fn there_is_no_route() {
    route("there_is_no_route", "true");
}

#[test]
fn the_route_is_unreachable() {
    route("the_route_is_unreachable", "ip route add unreachable 10.9.9.9");
}

#[test]
fn the_route_is_prohibited() {
    route("the_route_is_prohibited", "ip route add prohibit 10.9.9.9");
}

#[test]
fn the_route_is_a_black_hole() {
    route("the_route_is_a_black_hole", "ip route add blackhole 10.9.9.9");
}

#[test]
fn no_descriptor_is_left() {
    row(|row| {
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        row.client(&server, json!({}));
        row.host.limit_descriptors(3);
        row.call().is("RESOURCE", "UNTOUCHED", 1).says("no socket can be had");
        row.host.limit_descriptors(64);
        row.good();
        row.host.limit_descriptors(3);
        row.good();
        assert_eq!(server.connections(), 1, "a warm connection needs no descriptor");
        row.host.limit_descriptors(64);
    });
}

/// A reason of 100 KiB, which small socket buffers do not hold.
fn long() -> String {
    "X".repeat(100 * 1024)
}

const SMALL_BUFFERS: &str = "for way in rmem wmem; do
    echo 4096 4096 4096 > /proc/sys/net/ipv4/tcp_$way
done";

fn with_small_buffers(
    name: &str,
    script: impl Fn(&mut Peer) -> std::io::Result<()> + Copy + Send + Sync + 'static,
    check: impl Fn(&crate::world::row::Called) + Sync,
) {
    isolated(name, |net| {
        net.run(SMALL_BUFFERS);
        for kind in [Kind::Plain, Kind::Tls] {
            row(|row| {
                let server = Server::start(kind, script);
                row.client(&server, json!({ "timeoutMs": 400, "allowUnknownReasons": true }));
                check(&row.call_with(&long()));
            });
        }
    });
}

#[test]
fn the_peer_never_reads() {
    with_small_buffers("the_peer_never_reads", Peer::ignore, |called| {
        called.is("TIMEOUT", "UNTOUCHED", 1).says("the request was not sent completely");
    });
}

#[test]
fn the_peer_reads_too_slowly() {
    let script = |peer: &mut Peer| loop {
        peer.read_some()?;
        std::thread::sleep(Duration::from_millis(100));
    };
    with_small_buffers("the_peer_reads_too_slowly", script, |called| {
        called.is("TIMEOUT", "UNTOUCHED", 1);
    });
}

#[test]
fn the_peer_reads_slowly_but_in_time() {
    with_small_buffers("the_peer_reads_slowly_but_in_time", Peer::serve, |called| {
        called.is("OK", "CONSUMED", 1);
        assert!(called.elapsed < PATIENCE);
    });
}

#[test]
fn a_large_request_arrives_whole() {
    for kind in [Kind::Plain, Kind::Tls] {
        row(|row| {
            let server = Server::start(kind, |peer| peer.serve());
            row.client(&server, json!({ "allowUnknownReasons": true }));
            row.call_with(&long()).is("OK", "CONSUMED", 1);
            assert!(server.requests()[0].body.contains(&long()));
        });
    }
}
