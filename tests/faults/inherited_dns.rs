//! Cases of lookups that never end: in a forked child, where the resolver may stay locked because a
//! thread of the parent held its lock at the fork, and in a process with many clients.

use serde_json::{Value, json};

use crate::dns::{self, LOOPBACK};
use crate::harness::{Kind, Peer, Server};
use crate::runner::{Clock, FaultCase, NETWORK, ROUNDS, Runner, Start, case, good_servers};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_child_starts_with_the_addresses_of_its_parent).needs(NETWORK),
        case!(a_child_starts_with_the_last_addresses_of_its_parent).needs(NETWORK),
        case!(a_child_of_a_parent_that_only_connected_has_its_addresses).needs(NETWORK),
        case!(a_child_of_a_parent_without_addresses_times_out).needs(NETWORK),
        case!(many_forks_during_lookups).needs(NETWORK).deep(),
        case!(many_clients_whose_lookups_hang_share_a_few_threads).needs(NETWORK),
    ]
}

/// The configuration of a client that uses the name of `server`, which is in the hosts file.
fn named(server: &Server, extra: Value) -> Value {
    let mut config = dns::config(server, extra);
    let mut given = server.config();
    if let Some(ca) = given.get_mut("caPem") {
        config["caPem"] = ca.take();
        config["baseUrl"] = json!(format!("https://authlete.test:{}", server.port()));
    }
    config
}

fn run(runner: &Runner, mode: &'static str, config: Value, start: Start) {
    runner.program("lookup", mode).client_with(config).start(start).run();
}

fn a_child_starts_with_the_addresses_of_its_parent(runner: &Runner) {
    inherit(runner, "inherit");
}

fn a_child_of_a_parent_that_only_connected_has_its_addresses(runner: &Runner) {
    inherit(runner, "inherit-connected");
}

/// Runs `mode` with and without idle connections.
fn inherit(runner: &Runner, mode: &'static str) {
    runner.network().hosts(&format!("{LOOPBACK} authlete.test"));
    for server in good_servers() {
        for idle in [64, 0] {
            let extra = json!({ "timeoutMs": 3000, "maxIdleConnections": idle });
            run(runner, mode, named(&server, extra), Clock::new(mode).start());
        }
    }
}

fn a_child_starts_with_the_last_addresses_of_its_parent(runner: &Runner) {
    let first = Server::listen(Kind::Plain, "127.0.0.2:8080", Peer::serve);
    let second = Server::listen(Kind::Plain, "127.0.0.3:8080", Peer::serve);
    let extra = json!({ "timeoutMs": 3000, "maxIdleConnections": 0 });
    run(runner, "inherit-moved", named(&first, extra), Clock::new("moved").start());
    let seen = (first.requests().len(), second.requests().len());
    assert_eq!(seen, (ROUNDS, ROUNDS * (1 + 3)));
}

fn a_child_of_a_parent_without_addresses_times_out(runner: &Runner) {
    runner.network().hosts(&format!("{LOOPBACK} authlete.test"));
    for server in good_servers() {
        let extra = json!({ "timeoutMs": 300 });
        run(runner, "inherit-nothing", named(&server, extra), Start::plain());
    }
}

fn many_forks_during_lookups(runner: &Runner) {
    runner.network().hosts(&format!("{LOOPBACK} authlete.test"));
    let [server, _] = good_servers();
    let config = named(&server, json!({ "timeoutMs": 3000 }));
    runner.program("lookup", "fork-during-lookups").client_with(config).number(5000 / ROUNDS).run();
}

fn many_clients_whose_lookups_hang_share_a_few_threads(runner: &Runner) {
    runner.network().hosts(&format!("{LOOPBACK} authlete.test"));
    let [server, _] = good_servers();
    run(runner, "hang-many", named(&server, json!({})), Start::plain());
}
