//! Cases of TCP: connections that fail, and peers that read slowly or not at all.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::peer::Peer;
use crate::harness::server::{Kind, Server, closed};
use crate::harness::{Called, FaultCase, Harness, Need, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(nobody_listens),
        case!(a_server_that_comes_back_is_found),
        case!(packets_are_dropped).needs(&[Need::PrivateNetwork]),
        case!(the_handshake_of_tcp_is_reset).needs(&[Need::PrivateNetwork]),
        case!(there_is_no_route).needs(&[Need::PrivateNetwork]),
        case!(the_route_is_unreachable).needs(&[Need::PrivateNetwork]),
        case!(the_route_is_prohibited).needs(&[Need::PrivateNetwork]),
        case!(the_route_is_a_black_hole).needs(&[Need::PrivateNetwork]),
        case!(no_descriptor_is_left),
        case!(the_peer_never_reads).needs(&[Need::PrivateNetwork]),
        case!(the_peer_reads_too_slowly).needs(&[Need::PrivateNetwork]),
        case!(the_peer_reads_slowly_but_in_time).needs(&[Need::PrivateNetwork]),
        case!(a_large_request_arrives_whole),
    ]
}

/// A host in a private network, and nothing more.
const FAR: &str = "http://10.9.9.9:80";

fn far() -> Value {
    json!({ "baseUrl": FAR, "allowInsecureHttp": true, "timeoutMs": 2000 })
}

fn nobody_listens(harness: &Harness) {
    harness.run(|host| {
        host.client_with(json!({ "baseUrl": format!("http://{}", closed()) }));
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection; nothing was sent");
    });
}

fn a_server_that_comes_back_is_found(harness: &Harness) {
    for kind in [Kind::Plain, Kind::Tls] {
        harness.run(|host| {
            let server = Server::start(kind, |peer| peer.serve());
            let address = server.address().to_string();
            host.client(&server, json!({}));
            server.stop_listening();
            host.call().is("CONNECT", "UNTOUCHED", 1);
            drop(server);
            let _server = Server::listen(kind, &address, |peer| peer.serve());
            host.good();
        });
    }
}

fn packets_are_dropped(harness: &Harness) {
    let net = harness.net();
    harness.run(|host| {
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        net.filter(&format!("tcp dport {} drop", server.port()));
        host.client(&server, json!({ "timeoutMs": 2000, "connectTimeoutMs": 200 }));
        let called = host.call();
        called.is("TIMEOUT", "UNTOUCHED", 1).says("did not accept a connection in time");
        called.within(Duration::from_millis(1000));
        host.client(&server, json!({ "timeoutMs": 200 }));
        host.call().is("TIMEOUT", "UNTOUCHED", 1);
        net.remove_filters();
        host.good();
    });
}

fn the_handshake_of_tcp_is_reset(harness: &Harness) {
    let net = harness.net();
    harness.run(|host| {
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        host.client(&server, json!({}));
        net.filter(&format!("tcp dport {} reject with tcp reset", server.port()));
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
        net.remove_filters();
        net.filter(&format!("tcp dport {} reject", server.port()));
        host.call().is("CONNECT", "UNTOUCHED", 1);
        net.remove_filters();
        host.good();
    });
}

fn route(harness: &Harness, command: &str) {
    let net = harness.net();
    net.run(command);
    harness.run(|host| {
        host.client_with(far());
        let called = host.call();
        called.is("CONNECT", "UNTOUCHED", 1).says("cannot connect to 10.9.9.9:80 (");
        called.within(Duration::from_millis(500));
    });
}

fn there_is_no_route(harness: &Harness) {
    route(harness, "true");
}

fn the_route_is_unreachable(harness: &Harness) {
    route(harness, "ip route add unreachable 10.9.9.9");
}

fn the_route_is_prohibited(harness: &Harness) {
    route(harness, "ip route add prohibit 10.9.9.9");
}

fn the_route_is_a_black_hole(harness: &Harness) {
    route(harness, "ip route add blackhole 10.9.9.9");
}

fn no_descriptor_is_left(harness: &Harness) {
    harness.run(|host| {
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        host.client(&server, json!({}));
        host.limit_descriptors(3);
        host.call().is("RESOURCE", "UNTOUCHED", 1).says("cannot create a socket");
        host.limit_descriptors(64);
        host.good();
        host.limit_descriptors(3);
        host.good();
        assert_eq!(server.connections(), 1, "a warm connection needs no descriptor");
        host.limit_descriptors(64);
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
    harness: &Harness,
    script: impl Fn(&mut Peer) -> std::io::Result<()> + Copy + Send + Sync + 'static,
    check: impl Fn(&Called) + Sync,
) {
    let net = harness.net();
    net.run(SMALL_BUFFERS);
    for kind in [Kind::Plain, Kind::Tls] {
        harness.run(|host| {
            let server = Server::start(kind, script);
            host.client(&server, json!({ "timeoutMs": 400, "allowUnknownReasons": true }));
            check(&host.call_with(&long()));
        });
    }
}

fn the_peer_never_reads(harness: &Harness) {
    with_small_buffers(harness, Peer::ignore, |called| {
        called.is("TIMEOUT", "UNTOUCHED", 1).says("the request was not sent completely");
    });
}

fn the_peer_reads_too_slowly(harness: &Harness) {
    let script = |peer: &mut Peer| loop {
        peer.read_some()?;
        std::thread::sleep(Duration::from_millis(100));
    };
    with_small_buffers(harness, script, |called| {
        called.is("TIMEOUT", "UNTOUCHED", 1);
    });
}

fn the_peer_reads_slowly_but_in_time(harness: &Harness) {
    with_small_buffers(harness, Peer::serve, |called| {
        called.is("OK", "CONSUMED", 1);
    });
}

fn a_large_request_arrives_whole(harness: &Harness) {
    for kind in [Kind::Plain, Kind::Tls] {
        harness.run(|host| {
            let server = Server::start(kind, |peer| peer.serve());
            host.client(&server, json!({ "allowUnknownReasons": true }));
            host.call_with(&long()).is("OK", "CONSUMED", 1);
            assert!(server.requests()[0].body.contains(&long()));
        });
    }
}
