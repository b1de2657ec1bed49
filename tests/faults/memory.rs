//! Resource limit cases: too little memory, too few threads. `tests/deep` makes each allocation fail in turn.

use std::fs;

use serde_json::json;

use crate::harness::{Kind, Server};
use crate::runner::{FaultCase, NETWORK, Need, Runner, Start, case, control_group, good_servers};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(small_stacks),
        case!(a_large_response_with_little_memory),
        case!(memory_usage_is_constant),
        case!(no_thread_can_be_created).needs(NETWORK),
        case!(the_control_group_allows_no_thread)
            .needs(&[Need::PrivateNetwork, Need::ControlGroup]),
    ]
}

/// The header promises that 128 KiB are enough; 64 KiB are tested too, and 48 KiB without TLS.
fn small_stacks(runner: &Runner) {
    for server in good_servers() {
        for kib in [64, 128] {
            runner.program("memory", "stack").client(&server, json!({})).number(kib).run();
        }
        runner.program("memory", "default-stack").client(&server, json!({})).run();
    }
    let [plain, _] = good_servers();
    runner.program("memory", "stack").client(&plain, json!({})).number(48).run();
}

fn a_large_response_with_little_memory(runner: &Runner) {
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, |peer| {
            let request = peer.request()?;
            if peer.number % 2 == 1 {
                peer.send(request.response())?;
                return peer.serve();
            }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")?;
            peer.flood([b'x'; 64 * 1024])
        });
        runner.run_in(&Start::plain().after("ulimit -v 65536"), |host| {
            host.client(&server, json!({}));
            host.call().is("PROTOCOL", "UNKNOWN", 1);
            host.good();
        });
    }
}

fn memory_usage_is_constant(runner: &Runner) {
    for server in good_servers() {
        runner.program("memory", "flat").client(&server, json!({})).number(1000).run();
        let fresh = json!({ "maxIdleConnections": 0 });
        runner.program("memory", "flat").client(&server, fresh).number(300).run();
        runner.program("memory", "clients").client(&server, json!({})).number(200).run();
    }
}

fn no_thread_can_be_created(runner: &Runner) {
    let failing = "#include <errno.h>
        #include <pthread.h>
        int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x) {
            (void)t, (void)a, (void)f, (void)x;
            return EAGAIN;
        }";
    for server in good_servers() {
        let named = runner.network().by_name(&server);
        runner.run_in(&Start::preloaded("no-threads", failing), |host| {
            host.client(&server, named.clone());
            host.call().is("RESOURCE", "UNTOUCHED", 1).says("cannot create a thread");
            host.client(&server, json!({}));
            host.good();
        });
    }
}

fn the_control_group_allows_no_thread(runner: &Runner) {
    let group = control_group("no-thread");
    fs::create_dir(&group).unwrap();
    for server in good_servers() {
        let named = runner.network().by_name(&server);
        let program = runner.program("memory", "no-thread").client(&server, named);
        let start = Start::plain().after(&format!("echo $$ > {group}/cgroup.procs"));
        program.extra(&[&format!("{group}/pids.max")]).start(start).run();
    }
    fs::remove_dir(&group).unwrap();
}
