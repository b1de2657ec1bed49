//! Name lookup cases, with a name server that fails.

use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Kind, Peer, Server, certificate};
use crate::name_server::{Answer, NameServer, addresses};
use crate::network::NAME;
use crate::runner::load::Load;
use crate::runner::{FaultCase, Host, NETWORK, ROUNDS, Runner, Start, case, extend};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_name_does_not_exist, fails(Answer::NoSuchName)).needs(NETWORK),
        case!(the_name_server_fails, fails(Answer::ServerFailure)).needs(NETWORK),
        case!(the_name_has_no_addresses, fails(Answer::Addresses(Vec::new()))).needs(NETWORK),
        case!(there_is_no_name_server).needs(NETWORK),
        case!(the_name_is_in_the_hosts_file).needs(NETWORK),
        case!(the_name_server_is_silent).needs(NETWORK),
        case!(the_first_name_server_is_silent).needs(NETWORK),
        case!(the_addresses_do_not_fit_in_a_datagram).needs(NETWORK),
        case!(many_threads_wait_for_a_silent_name_server).needs(NETWORK),
        case!(many_threads_share_one_lookup).needs(NETWORK),
        case!(a_slow_name_server_does_not_delay_calls_on_idle_connections).needs(NETWORK),
        case!(nothing_listens_at_the_first_address).needs(NETWORK),
        case!(nothing_listens_at_any_address).needs(NETWORK),
        case!(packets_to_the_ipv6_address_are_dropped).needs(NETWORK),
        case!(packets_to_many_ipv6_addresses_are_dropped).needs(NETWORK),
        case!(more_addresses_than_are_tried).needs(NETWORK),
        case!(addresses_that_fail_at_once_do_not_delay_the_next).needs(NETWORK),
        case!(the_server_has_an_ipv6_address),
    ]
}

pub fn config(server: &Server, extra: Value) -> Value {
    let mut config = json!({
        "baseUrl": format!("http://{NAME}:{}", server.port()), "allowInsecureHttp": true,
    });
    extend(&mut config, extra);
    config
}

pub fn server() -> Server {
    Server::start(Kind::Plain, Peer::serve)
}

/// A server, and a client that uses its name.
pub fn named_server(host: &mut Host) -> Server {
    let server = server();
    host.client_with(config(&server, json!({})));
    server
}

pub const LOOPBACK: &str = "127.0.0.1";

/// Asserts that a call fails if its lookup gets `answer`, and that the next call succeeds once the name
/// server works.
fn fails(answer: Answer) -> impl Fn(&Runner) {
    move |runner| {
        let names = NameServer::start(answer.clone());
        runner.run(|host| {
            names.set(answer.clone());
            let server = server();
            host.client_with(config(&server, json!({})));
            let called = host.call();
            called.is("CONNECT", "UNTOUCHED", 1).says("cannot resolve ").says("; nothing was sent");
            assert_eq!(server.connections(), 0);
            names.set(addresses(&[LOOPBACK]));
            host.good();
        });
    }
}

fn there_is_no_name_server(runner: &Runner) {
    runner.run(|host| {
        host.client_with(config(&server(), json!({})));
        host.call().is("CONNECT", "UNTOUCHED", 1);
    });
}

fn the_name_is_in_the_hosts_file(runner: &Runner) {
    let network = runner.network();
    network.hosts(&format!("{LOOPBACK} {NAME}"));
    runner.run(|host| {
        let server = Server::start(Kind::Tls, Peer::serve);
        host.client_with(json!({
            "baseUrl": format!("https://{NAME}:{}", server.port()), "caPem": certificate().0,
        }));
        host.good();
    });
}

fn the_name_server_is_silent(runner: &Runner) {
    let _names = NameServer::start(Answer::Silence);
    runner.run(|host| {
        host.client_with(config(&server(), json!({ "timeoutMs": 150 })));
        // Lookups of earlier rounds may still be running.
        let threads = host.threads();
        // musl's lookup ends after a second, glibc's after two.
        for _ in 0..5 {
            host.call().is("TIMEOUT", "UNTOUCHED", 1).says("was not resolved in time");
            assert!(host.threads() <= threads + 1, "more than one lookup thread");
        }
    });
}

/// glibc queries the second name server after a second, musl at once.
fn the_first_name_server_is_silent(runner: &Runner) {
    let _silent = UdpSocket::bind("127.0.0.2:53").unwrap();
    runner.network().name_servers(&["127.0.0.2", LOOPBACK]);
    let _names = NameServer::start(addresses(&[LOOPBACK]));
    runner.run(|host| {
        let _server = named_server(host);
        host.good();
    });
}

/// musl asks over TCP since version 1.2.4.
fn the_addresses_do_not_fit_in_a_datagram(runner: &Runner) {
    let _names = NameServer::start(Answer::OverTcp(vec![LOOPBACK.parse().unwrap()]));
    runner.run(|host| {
        let _server = named_server(host);
        host.good();
    });
}

fn many_threads_wait_for_a_silent_name_server(runner: &Runner) {
    let _names = NameServer::start(Answer::Silence);
    let config = config(&server(), json!({ "timeoutMs": 150 }));
    let totals = Load::at_once(32, 4).run(runner, config);
    assert_eq!(totals.number("failed"), totals.calls);
    assert!(totals.number("threads") <= 1 + 32 + 1, "{totals:?}");
    assert!(totals.error.contains("was not resolved in time"), "{totals:?}");
}

fn many_threads_share_one_lookup(runner: &Runner) {
    let late = Answer::Late(Duration::from_millis(50), vec![LOOPBACK.parse().unwrap()]);
    let names = NameServer::start(late);
    Load::at_once(32, 4).run(runner, config(&server(), json!({}))).all_good();
    assert_eq!(names.lookups(), ROUNDS, "one lookup for each client");
}

fn a_slow_name_server_does_not_delay_calls_on_idle_connections(runner: &Runner) {
    let late = Answer::Late(Duration::from_millis(200), vec![LOOPBACK.parse().unwrap()]);
    let names = NameServer::start(late);
    runner.run(|host| {
        let before = names.lookups();
        let server = named_server(host);
        host.good();
        for _ in 0..1000 {
            host.good().within(Duration::from_millis(200));
        }
        assert_eq!(names.lookups() - before, 1);
        assert_eq!(server.connections(), 1);
    });
}

fn nothing_listens_at_the_first_address(runner: &Runner) {
    let names = NameServer::start(addresses(&["127.0.0.3", "127.0.0.2"]));
    runner.run(|host| {
        let server = Server::listen(Kind::Plain, "127.0.0.2:0", Peer::serve);
        host.client_with(config(&server, json!({})));
        host.good();
        assert!(names.lookups() > 0);
    });
}

fn nothing_listens_at_any_address(runner: &Runner) {
    let _names = NameServer::start(addresses(&["127.0.0.3", "127.0.0.2", "::1"]));
    runner.run(|host| {
        let _server = named_server(host);
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
    });
}

/// Drops TCP over IPv6, whose addresses are tried first.
const DROP_IPV6: &str = "ip6 nexthdr tcp drop";

fn packets_to_the_ipv6_address_are_dropped(runner: &Runner) {
    let network = runner.network();
    let _names = NameServer::start(addresses(&["::1", LOOPBACK]));
    network.filter(DROP_IPV6);
    runner.run(|host| {
        let server = server();
        host.client_with(config(&server, json!({ "timeoutMs": 2000, "connectTimeoutMs": 900 })));
        host.good().within(Duration::from_millis(600));
    });
}

fn packets_to_many_ipv6_addresses_are_dropped(runner: &Runner) {
    let network = runner.network();
    let mut all: Vec<IpAddr> = (1..=8).map(|n| format!("fd00::{n}").parse().unwrap()).collect();
    network.run("ip -6 route add local fd00::/64 dev lo");
    all.push(LOOPBACK.parse().unwrap());
    let _names = NameServer::start(Answer::Addresses(all));
    network.filter(DROP_IPV6);
    runner.run(|host| {
        let server = server();
        host.client_with(config(&server, json!({ "timeoutMs": 2000, "connectTimeoutMs": 900 })));
        host.good();
    });
}

fn more_addresses_than_are_tried(runner: &Runner) {
    let many: Vec<IpAddr> = (2..=25).map(|n| format!("127.0.0.{n}").parse().unwrap()).collect();
    let _names = NameServer::start(Answer::Addresses(many));
    runner.run(|host| {
        let server = Server::listen(Kind::Plain, "0.0.0.0:0", Peer::serve);
        host.client_with(config(&server, json!({})));
        host.good();
    });
    runner.run(|host| {
        let closed = Server::start(Kind::Plain, Peer::serve);
        host.client_with(config(&closed, json!({})));
        host.call().is("CONNECT", "UNTOUCHED", 1);
    });
}

fn the_server_has_an_ipv6_address(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::listen(kind, "[::1]:0", Peer::serve);
        host.client(&server, json!({}));
        host.good();
    });
}

/// Makes connect() fail for TCP to 127.0.0.3 up to 127.0.0.10, as if there were no route. If the
/// route were removed instead, getaddrinfo would sort these addresses last.
const UNREACHABLE: &str = r#"
    #include <arpa/inet.h>
    #include <dlfcn.h>
    #include <errno.h>
    #include <netinet/in.h>
    int connect(int fd, const struct sockaddr *to, socklen_t len) {
        int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
        int type = 0;
        socklen_t type_len = sizeof type;
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len);
        if (type == SOCK_STREAM && to->sa_family == AF_INET) {
            in_addr_t host = ntohl(((const struct sockaddr_in *)to)->sin_addr.s_addr) & 0xff;
            if (3 <= host && host <= 10) {
                errno = ENETUNREACH;
                return -1;
            }
        }
        return real(fd, to, len);
    }"#;

/// Packets to the first address are dropped, the next eight fail, and the last one works. A delay of
/// 250 ms for each of the eight would exceed the connect timeout.
fn addresses_that_fail_at_once_do_not_delay_the_next(runner: &Runner) {
    let start = Start::preloaded("connect-unreachable", UNREACHABLE);
    let network = runner.network();
    network.filter("ip daddr 127.0.0.2 tcp flags syn drop");
    let all: Vec<_> = (2..=11).map(|host| format!("127.0.0.{host}")).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let _names = NameServer::start(addresses(&all));
    runner.run_in(&start, |host| {
        let server = Server::listen(Kind::Plain, "127.0.0.11:0", Peer::serve);
        host.client_with(config(&server, json!({ "connectTimeoutMs": 1500 })));
        host.good();
    });
}
