//! Rows of memory and threads that run out. The sweep of failing allocations is a test of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::program::{config, good_servers, program, run_mode};
use crate::support::run;
use crate::world::host::Start;
use crate::world::leave_out;
use crate::world::row::row_in;
use crate::world::server::{Kind, Server};

/// The header promises 128 KiB; what is measured here is half of it.
#[test]
fn small_stacks() {
    for server in good_servers() {
        for kib in [64, 128] {
            run_mode("memory", "stack", &config(&server, json!({})), kib);
        }
    }
    let [plain, _] = good_servers();
    run_mode("memory", "stack", &config(&plain, json!({})), 48);
}

#[test]
fn a_large_answer_where_memory_is_short() {
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, |peer| {
            let request = peer.request()?;
            if peer.number % 2 == 1 {
                peer.send(request.answer())?;
                return peer.serve();
            }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")?;
            peer.flood([b'x'; 64 * 1024])
        });
        row_in(&Start::plain().after("ulimit -v 65536"), |row| {
            row.client(&server, json!({}));
            row.call().is("PROTOCOL", "UNKNOWN", 1);
            row.good();
        });
    }
}

#[test]
fn memory_stays_as_it_is() {
    for server in good_servers() {
        println!("{}", run_mode("memory", "flat", &config(&server, json!({})), 1000));
        let fresh = config(&server, json!({ "maxIdleConnections": 0 }));
        println!("{}", run_mode("memory", "flat", &fresh, 300));
        println!("{}", run_mode("memory", "flat-clients", &config(&server, json!({})), 200));
    }
}

/// A configuration whose host has to be looked up.
fn with_a_name(server: &Server) -> Value {
    let mut config = config(server, json!({ "allowInsecureHttp": true }));
    let base_url = config["baseUrl"].as_str().unwrap().replace("127.0.0.1", "localhost");
    config["baseUrl"] = json!(base_url);
    config
}

#[test]
fn no_thread_can_be_made() {
    let failing = "#include <errno.h>
        #include <pthread.h>
        int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x) {
            (void)t, (void)a, (void)f, (void)x;
            return EAGAIN;
        }";
    for server in good_servers() {
        let named = with_a_name(&server);
        row_in(&Start::preloaded("no-threads", failing), |row| {
            row.client_with(named.clone());
            row.call().is("RESOURCE", "UNTOUCHED", 1).says("no thread can be had");
            row.client(&server, json!({}));
            row.good();
        });
    }
}

#[test]
fn the_control_group_allows_no_thread() {
    let group = format!("/sys/fs/cgroup/pids/authlete-fail-{}", std::process::id());
    let group = Path::new(&group);
    if let Err(error) = fs::create_dir(group) {
        return leave_out("a control group that allows no thread", &error.to_string());
    }
    let max = group.join("pids.max");
    for server in good_servers() {
        fs::write(&max, "1").unwrap();
        run(Command::new("sh")
            .arg("-c")
            .arg("echo $$ > \"$0\"; exec \"$@\"")
            .arg(group.join("cgroup.procs"))
            .arg(program("memory"))
            .args(["no-thread", &with_a_name(&server).to_string(), "0"])
            .env("PIDS_MAX", &max)
            .stdin(Stdio::null()));
    }
    fs::remove_dir(group).unwrap();
}
