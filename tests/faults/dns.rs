//! Cases of name lookup, with a name server that fails.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::dns::{Answer, NameServer, addresses};
use crate::harness::load::Load;
use crate::harness::net::{NAME, Net};
use crate::harness::peer::Peer;
use crate::harness::server::{Kind, Server, certificate};
use crate::harness::{FaultCase, Harness, Need, ROUNDS, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_name_does_not_exist).needs(&[Need::PrivateNetwork]),
        case!(the_name_server_fails).needs(&[Need::PrivateNetwork]),
        case!(the_name_has_no_addresses).needs(&[Need::PrivateNetwork]),
        case!(the_name_server_is_not_there).needs(&[Need::PrivateNetwork]),
        case!(the_name_is_in_the_hosts_file).needs(&[Need::PrivateNetwork]),
        case!(the_name_server_is_a_black_hole).needs(&[Need::PrivateNetwork]),
        case!(many_threads_ask_a_black_hole).needs(&[Need::PrivateNetwork]),
        case!(many_threads_share_one_lookup).needs(&[Need::PrivateNetwork]),
        case!(a_slow_name_server_does_not_slow_warm_calls).needs(&[Need::PrivateNetwork]),
        case!(the_first_address_is_dead).needs(&[Need::PrivateNetwork]),
        case!(all_addresses_are_dead).needs(&[Need::PrivateNetwork]),
        case!(ipv6_is_a_black_hole).needs(&[Need::PrivateNetwork]),
        case!(many_ipv6_addresses_are_black_holes).needs(&[Need::PrivateNetwork]),
        case!(there_are_more_addresses_than_are_tried).needs(&[Need::PrivateNetwork]),
        case!(the_address_of_a_server_is_ipv6),
    ]
}

pub fn config(server: &Server, extra: Value) -> Value {
    let mut config = json!({
        "baseUrl": format!("http://{NAME}:{}", server.port()), "allowInsecureHttp": true,
    });
    config.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    config
}

pub fn server() -> Server {
    Server::start(Kind::Plain, Peer::serve)
}

pub const HOME: &str = "127.0.0.1";

/// A lookup that gets `answer`; then the name service is well again.
fn fails(harness: &Harness, answer: Answer) {
    let names = NameServer::start(answer.clone());
    harness.run(|host| {
        names.set(answer.clone());
        let server = server();
        host.client_with(config(&server, json!({})));
        let called = host.call();
        called.is("CONNECT", "UNTOUCHED", 1).says("cannot resolve ").says("; nothing was sent");
        assert_eq!(server.connections(), 0);
        names.set(addresses(&[HOME]));
        host.good();
    });
}

fn the_name_does_not_exist(harness: &Harness) {
    fails(harness, Answer::NoSuchName);
}

fn the_name_server_fails(harness: &Harness) {
    fails(harness, Answer::ServerFailure);
}

fn the_name_has_no_addresses(harness: &Harness) {
    fails(harness, Answer::Addresses(Vec::new()));
}

fn the_name_server_is_not_there(harness: &Harness) {
    harness.run(|host| {
        host.client_with(config(&server(), json!({})));
        host.call().is("CONNECT", "UNTOUCHED", 1);
    });
}

fn the_name_is_in_the_hosts_file(harness: &Harness) {
    let net = harness.net();
    net.hosts(&format!("{HOME} {NAME}"));
    harness.run(|host| {
        let server = Server::start(Kind::Tls, Peer::serve);
        host.client_with(json!({
            "baseUrl": format!("https://{NAME}:{}", server.port()), "caPem": certificate().0,
        }));
        host.good();
    });
}

fn the_name_server_is_a_black_hole(harness: &Harness) {
    let _names = NameServer::start(Answer::Silence);
    harness.run(|host| {
        host.client_with(config(&server(), json!({ "timeoutMs": 150 })));
        // Lookups of the rounds before may still hang.
        let threads = host.threads();
        for _ in 0..10 {
            host.call().is("TIMEOUT", "UNTOUCHED", 1).says("was not resolved in time");
            assert!(host.threads() <= threads + 1, "one thread looks names up");
        }
    });
}

fn many_threads_ask_a_black_hole(harness: &Harness) {
    let _names = NameServer::start(Answer::Silence);
    let pause = (Duration::ZERO, Duration::ZERO);
    let load = Load { threads: 32, rounds: 4, pause, is_shared: true };
    let totals = load.run(harness, config(&server(), json!({ "timeoutMs": 150 })));
    assert_eq!(totals.number("failed"), totals.calls);
    assert!(totals.number("threads") <= 1 + 32 + 1, "{totals:?}");
    assert!(totals.error.contains("was not resolved in time"), "{totals:?}");
}

fn many_threads_share_one_lookup(harness: &Harness) {
    let late = Answer::Late(Duration::from_millis(50), vec![HOME.parse().unwrap()]);
    let names = NameServer::start(late);
    let pause = (Duration::ZERO, Duration::ZERO);
    let load = Load { threads: 32, rounds: 4, pause, is_shared: true };
    let server = server();
    load.run(harness, config(&server, json!({}))).all_good();
    assert_eq!(names.lookups(), ROUNDS, "one for each client");
}

fn a_slow_name_server_does_not_slow_warm_calls(harness: &Harness) {
    let late = Answer::Late(Duration::from_millis(200), vec![HOME.parse().unwrap()]);
    let names = NameServer::start(late);
    harness.run(|host| {
        let before = names.lookups();
        let server = server();
        host.client_with(config(&server, json!({})));
        host.good();
        for _ in 0..1000 {
            let called = host.good();
            called.within(Duration::from_millis(200));
        }
        assert_eq!(names.lookups() - before, 1);
        assert_eq!(server.connections(), 1);
    });
}

fn the_first_address_is_dead(harness: &Harness) {
    let names = NameServer::start(addresses(&["127.0.0.3", "127.0.0.2"]));
    harness.run(|host| {
        let server = Server::listen(Kind::Plain, "127.0.0.2:0", Peer::serve);
        host.client_with(config(&server, json!({})));
        host.good();
        assert!(names.lookups() > 0);
    });
}

fn all_addresses_are_dead(harness: &Harness) {
    let _names = NameServer::start(addresses(&["127.0.0.3", "127.0.0.2", "::1"]));
    harness.run(|host| {
        let server = server();
        host.client_with(config(&server, json!({})));
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
    });
}

/// IPv6 comes first, and its packets are dropped.
fn v6_is_dropped(net: &Net) {
    net.filter("ip6 nexthdr tcp drop");
}

fn ipv6_is_a_black_hole(harness: &Harness) {
    let net = harness.net();
    let _names = NameServer::start(addresses(&["::1", HOME]));
    v6_is_dropped(net);
    harness.run(|host| {
        let server = server();
        let config = config(&server, json!({ "timeoutMs": 2000, "connectTimeoutMs": 900 }));
        host.client_with(config);
        let called = host.good();
        called.within(Duration::from_millis(600));
    });
}

fn many_ipv6_addresses_are_black_holes(harness: &Harness) {
    let net = harness.net();
    let mut all: Vec<IpAddr> = (1..=8).map(|n| format!("fd00::{n}").parse().unwrap()).collect();
    net.run("ip -6 route add local fd00::/64 dev lo");
    all.push(HOME.parse().unwrap());
    let _names = NameServer::start(Answer::Addresses(all));
    v6_is_dropped(net);
    harness.run(|host| {
        let server = server();
        host.client_with(config(&server, json!({ "timeoutMs": 2000, "connectTimeoutMs": 900 })));
        host.good();
    });
}

fn there_are_more_addresses_than_are_tried(harness: &Harness) {
    let many: Vec<IpAddr> = (2..=25).map(|n| format!("127.0.0.{n}").parse().unwrap()).collect();
    let _names = NameServer::start(Answer::Addresses(many));
    harness.run(|host| {
        let server = Server::listen(Kind::Plain, "0.0.0.0:0", Peer::serve);
        host.client_with(config(&server, json!({})));
        host.good();
    });
    harness.run(|host| {
        let closed = Server::start(Kind::Plain, Peer::serve);
        host.client_with(config(&closed, json!({})));
        host.call().is("CONNECT", "UNTOUCHED", 1);
    });
}

fn the_address_of_a_server_is_ipv6(harness: &Harness) {
    for kind in [Kind::Plain, Kind::Tls] {
        harness.run(|host| {
            let server = Server::listen(kind, "[::1]:0", |peer| -> io::Result<()> { peer.serve() });
            host.client(&server, json!({}));
            host.good();
        });
    }
}
