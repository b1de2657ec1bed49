//! Rows of name lookup, against a name server that fails.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::dns::{Answer, NameServer, addresses};
use crate::world::load::Load;
use crate::world::net::{Net, isolated};
use crate::world::peer::Peer;
use crate::world::row::row;
use crate::world::server::{Kind, Server, certificate};

/// The name that all these rows resolve.
const NAME: &str = "authlete.test";

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
fn fails(name: &str, answer: Answer) {
    isolated(name, |_| {
        let names = NameServer::start(answer.clone());
        row(|row| {
            names.set(answer.clone());
            let server = server();
            row.client_with(config(&server, json!({})));
            let called = row.call();
            called.is("CONNECT", "UNTOUCHED", 1).says("cannot be resolved; nothing was sent");
            assert_eq!(server.connections(), 0);
            names.set(addresses(&[HOME]));
            row.good();
        });
    });
}

#[test]
fn the_name_does_not_exist() {
    fails("the_name_does_not_exist", Answer::NoSuchName);
}

#[test]
fn the_name_server_fails() {
    fails("the_name_server_fails", Answer::ServerFailure);
}

#[test]
fn the_name_has_no_addresses() {
    fails("the_name_has_no_addresses", Answer::Addresses(Vec::new()));
}

#[test]
fn the_name_server_is_not_there() {
    isolated("the_name_server_is_not_there", |_| {
        row(|row| {
            row.client_with(config(&server(), json!({})));
            row.call().is("CONNECT", "UNTOUCHED", 1);
        });
    });
}

#[test]
fn the_name_is_in_the_hosts_file() {
    isolated("the_name_is_in_the_hosts_file", |net| {
        net.hosts(&format!("{HOME} {NAME}"));
        row(|row| {
            let server = Server::start(Kind::Tls, Peer::serve);
            row.client_with(json!({
                "baseUrl": format!("https://{NAME}:{}", server.port()), "caPem": certificate().0,
            }));
            row.good();
        });
    });
}

#[test]
fn the_name_server_is_a_black_hole() {
    isolated("the_name_server_is_a_black_hole", |_| {
        let _names = NameServer::start(Answer::Silence);
        row(|row| {
            row.client_with(config(&server(), json!({ "timeoutMs": 150 })));
            for _ in 0..10 {
                row.call().is("TIMEOUT", "UNTOUCHED", 1).says("was not resolved in time");
                assert!(row.host.threads() <= 2, "one thread looks names up");
            }
        });
    });
}

#[test]
fn many_threads_ask_a_black_hole() {
    isolated("many_threads_ask_a_black_hole", |_| {
        let _names = NameServer::start(Answer::Silence);
        let pause = (Duration::ZERO, Duration::ZERO);
        let load = Load { threads: 32, rounds: 4, pause, is_shared: true };
        let totals = load.run(config(&server(), json!({ "timeoutMs": 150 })));
        assert_eq!(totals.number("failed"), 32 * 4);
        assert!(totals.number("threads") <= 1 + 32 + 1, "{totals:?}");
        assert!(totals.error.contains("was not resolved in time"), "{totals:?}");
    });
}

#[test]
fn many_threads_share_one_lookup() {
    isolated("many_threads_share_one_lookup", |_| {
        let late = Answer::Late(Duration::from_millis(50), vec![HOME.parse().unwrap()]);
        let names = NameServer::start(late);
        let pause = (Duration::ZERO, Duration::ZERO);
        let load = Load { threads: 32, rounds: 4, pause, is_shared: true };
        let server = server();
        load.run(config(&server, json!({}))).all_good(&load);
        assert_eq!(names.lookups(), 1);
    });
}

#[test]
fn a_slow_name_server_does_not_slow_warm_calls() {
    isolated("a_slow_name_server_does_not_slow_warm_calls", |_| {
        let late = Answer::Late(Duration::from_millis(200), vec![HOME.parse().unwrap()]);
        let names = NameServer::start(late);
        row(|row| {
            let before = names.lookups();
            let server = server();
            row.client_with(config(&server, json!({})));
            row.good();
            for _ in 0..1000 {
                let called = row.good();
                assert!(called.elapsed < Duration::from_millis(200), "{:?}", called.elapsed);
            }
            assert_eq!(names.lookups() - before, 1);
            assert_eq!(server.connections(), 1);
        });
    });
}

#[test]
fn the_first_address_is_dead() {
    isolated("the_first_address_is_dead", |_| {
        let names = NameServer::start(addresses(&["127.0.0.3", "127.0.0.2"]));
        row(|row| {
            let server = Server::listen(Kind::Plain, "127.0.0.2:0", Peer::serve);
            row.client_with(config(&server, json!({})));
            row.good();
            assert!(names.lookups() > 0);
        });
    });
}

#[test]
fn all_addresses_are_dead() {
    isolated("all_addresses_are_dead", |_| {
        let _names = NameServer::start(addresses(&["127.0.0.3", "127.0.0.2", "::1"]));
        row(|row| {
            let server = server();
            row.client_with(config(&server, json!({})));
            row.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
        });
    });
}

/// IPv6 comes first, and its packets are dropped.
fn v6_is_dropped(net: &Net) {
    net.filter("ip6 nexthdr tcp drop");
}

#[test]
fn ipv6_is_a_black_hole() {
    isolated("ipv6_is_a_black_hole", |net| {
        let _names = NameServer::start(addresses(&["::1", HOME]));
        v6_is_dropped(net);
        row(|row| {
            let server = server();
            let config = config(&server, json!({ "timeoutMs": 2000, "connectTimeoutMs": 900 }));
            row.client_with(config);
            let called = row.good();
            assert!(called.elapsed < Duration::from_millis(600), "{:?}", called.elapsed);
        });
    });
}

#[test]
fn many_ipv6_addresses_are_black_holes() {
    isolated("many_ipv6_addresses_are_black_holes", |net| {
        let mut all: Vec<IpAddr> = (1..=8).map(|n| format!("fd00::{n}").parse().unwrap()).collect();
        net.run("ip -6 route add local fd00::/64 dev lo");
        all.push(HOME.parse().unwrap());
        let _names = NameServer::start(Answer::Addresses(all));
        v6_is_dropped(net);
        row(|row| {
            let server = server();
            row.client_with(config(&server, json!({ "timeoutMs": 2000, "connectTimeoutMs": 900 })));
            row.good();
        });
    });
}

#[test]
fn there_are_more_addresses_than_are_tried() {
    isolated("there_are_more_addresses_than_are_tried", |_| {
        let many: Vec<IpAddr> = (2..=25).map(|n| format!("127.0.0.{n}").parse().unwrap()).collect();
        let _names = NameServer::start(Answer::Addresses(many));
        row(|row| {
            let server = Server::listen(Kind::Plain, "0.0.0.0:0", Peer::serve);
            row.client_with(config(&server, json!({})));
            row.good();
        });
        row(|row| {
            let closed = Server::start(Kind::Plain, Peer::serve);
            row.client_with(config(&closed, json!({})));
            row.call().is("CONNECT", "UNTOUCHED", 1);
        });
    });
}

#[test]
fn the_address_of_a_server_is_ipv6() {
    for kind in [Kind::Plain, Kind::Tls] {
        row(|row| {
            let server = Server::listen(kind, "[::1]:0", |peer| -> io::Result<()> { peer.serve() });
            row.client(&server, json!({}));
            row.good();
        });
    }
}
