//! Cases of lookups that hang for ever: in a forked child, whose resolver may have been left locked
//! by a thread of the parent, and in a process with many clients.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::dns::{self, HOME};
use crate::program::{config, good_servers, program, run_mode};
use crate::support::run;
use crate::world::clock::Clock;
use crate::world::net::isolated;
use crate::world::peer::Peer;
use crate::world::server::{Kind, Server};

/// A configuration for `server` by its name, which is in the hosts file.
fn named(server: &Server, extra: Value) -> Value {
    let mut config = config(server, dns::config(server, extra));
    if config.get("caPem").is_some() {
        config["baseUrl"] = json!(format!("https://authlete.test:{}", server.port()));
    }
    config
}

/// Runs a mode of the program with a clock that it can set.
fn run_with_clock(clock: &Clock, mode: &str, config: &Value) {
    clock.set_ahead(Duration::ZERO);
    let mut command = Command::new(program("lookup"));
    command.args([mode, &config.to_string(), "0"]);
    run(command.envs(clock.environment()).stdin(Stdio::null()));
}

#[test]
fn a_child_starts_with_the_addresses_of_its_parent() {
    isolated("a_child_starts_with_the_addresses_of_its_parent", |net| {
        net.hosts(&format!("{HOME} authlete.test"));
        let clock = Clock::new("inherit");
        for server in good_servers() {
            for idle in [64, 0] {
                let extra = json!({ "timeoutMs": 3000, "maxIdleConnections": idle });
                run_with_clock(&clock, "inherit", &named(&server, extra));
            }
        }
    });
}

#[test]
fn a_child_starts_with_the_last_addresses_of_its_parent() {
    isolated("a_child_starts_with_the_last_addresses_of_its_parent", |_| {
        let first = Server::listen(Kind::Plain, "127.0.0.2:8080", Peer::serve);
        let second = Server::listen(Kind::Plain, "127.0.0.3:8080", Peer::serve);
        let extra = json!({ "timeoutMs": 3000, "maxIdleConnections": 0 });
        run_with_clock(&Clock::new("moved"), "inherit-moved", &named(&first, extra));
        assert_eq!((first.requests().len(), second.requests().len()), (1, 1 + 3));
    });
}

#[test]
fn a_child_of_a_parent_without_addresses_times_out() {
    isolated("a_child_of_a_parent_without_addresses_times_out", |net| {
        net.hosts(&format!("{HOME} authlete.test"));
        for server in good_servers() {
            let extra = json!({ "timeoutMs": 300 });
            run_mode("lookup", "inherit-nothing", &named(&server, extra), 0);
        }
    });
}

#[test]
#[ignore = "a minute; make check-deep"]
fn many_forks_amid_lookups() {
    isolated("many_forks_amid_lookups", |net| {
        net.hosts(&format!("{HOME} authlete.test"));
        let extra = json!({ "timeoutMs": 3000 });
        run_mode("lookup", "fork-amid", &named(&good_servers()[0], extra), 5000);
    });
}

#[test]
fn many_clients_whose_lookups_hang_share_a_few_threads() {
    isolated("many_clients_whose_lookups_hang_share_a_few_threads", |net| {
        net.hosts(&format!("{HOME} authlete.test"));
        run_mode("lookup", "hang-many", &named(&good_servers()[0], json!({})), 0);
    });
}
