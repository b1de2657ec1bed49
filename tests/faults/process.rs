//! Rows of the process: fork, exec, signals, loading, the environment, missing files.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::program::{config, good_servers, program, run_mode};
use crate::support::{library, run, scratch};
use crate::world::host::can_inject;
use crate::world::server::{Kind, Server};
use crate::world::{has_sys_admin, leave_out};

#[test]
fn children_and_parent_share_a_warm_client() {
    for server in good_servers() {
        run_mode("fork", "share", &config(&server, json!({})), 40);
        // One connection for each process, and none was used by two.
        assert_eq!(server.connections(), 7);
        assert_eq!(server.requests().len(), 1 + 7 * 40);
    }
}

#[test]
fn forks_while_threads_call() {
    for server in good_servers() {
        run_mode("fork", "storm", &config(&server, json!({})), 100);
    }
}

/// Every call does a handshake, so that the forks hit the store of sessions and the registry.
#[test]
fn forks_while_threads_connect() {
    for server in good_servers() {
        run_mode("fork", "storm", &config(&server, json!({ "maxIdleConnections": 0 })), 100);
    }
}

#[test]
#[ignore = "a minute; make check-deep"]
fn many_forks_while_threads_call() {
    for server in good_servers() {
        run_mode("fork", "storm", &config(&server, json!({})), 300);
        run_mode("fork", "storm", &config(&server, json!({ "maxIdleConnections": 0 })), 1000);
    }
}

#[test]
fn a_child_leaves_the_connections_of_its_parent_alone() {
    for server in good_servers() {
        run_mode("fork", "leave", &config(&server, json!({ "idleTimeoutMs": 60000 })), 0);
        let of_parent: Vec<_> = server.requests().iter().map(|r| r.connection).collect();
        assert_eq!(of_parent, [0, 0, 1, 0, 0]);
    }
}

#[test]
fn a_child_closes_nothing_that_is_not_the_clients() {
    for server in good_servers() {
        run_mode("fork", "strangers", &config(&server, json!({})), 0);
    }
}

#[test]
fn children_of_children() {
    for server in good_servers() {
        run_mode("fork", "nest", &config(&server, json!({})), 0);
        assert_eq!(server.connections(), 4);
    }
}

#[test]
fn programs_that_are_started_inherit_no_socket() {
    for server in good_servers() {
        run_mode("fork", "exec", &config(&server, json!({ "maxIdleConnections": 0 })), 20);
    }
}

#[test]
fn resets_raise_no_sigpipe() {
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, |peer| {
            peer.read_some()?;
            peer.reset()
        });
        run_mode("process", "sigpipe", &config(&server, json!({ "retry": "none" })), 20);
    }
}

#[test]
fn signals_interrupt_nothing() {
    for server in good_servers() {
        let base_url = server.config()["baseUrl"].as_str().unwrap().to_owned();
        for extra in [
            json!({}),
            json!({ "maxIdleConnections": 0 }),
            // Looked up in /etc/hosts.
            json!({
                "maxIdleConnections": 0,
                "baseUrl": base_url.replace("127.0.0.1", "localhost"),
                "allowInsecureHttp": true,
            }),
        ] {
            run_mode("process", "sigalrm", &config(&server, extra), 100);
        }
    }
}

#[test]
fn signals_move_no_deadline() {
    for kind in [Kind::Plain, Kind::Handshake] {
        let server = Server::start(kind, |peer| peer.hold());
        run_mode("process", "sigalrm-silence", &config(&server, json!({ "timeoutMs": 200 })), 200);
    }
}

#[test]
fn sockets_may_have_the_numbers_of_stdin_stdout_and_stderr() {
    for server in good_servers() {
        run_mode("process", "stdio", &config(&server, json!({})), 5);
    }
}

#[test]
fn the_environment_changes_during_calls() {
    for server in good_servers() {
        let extra = json!({ "maxIdleConnections": 0 });
        run_mode("process", "environment", &config(&server, extra), 300);
    }
}

#[test]
fn an_empty_root_folder() {
    if !has_sys_admin() {
        return leave_out("a chroot", "root");
    }
    for server in good_servers() {
        run_mode("process", "empty-root", &config(&server, json!({})), 3);
    }
}

/// Beside a second library made with Rust, which has its own panic hook.
#[test]
fn the_library_is_loaded_and_unloaded_time_and_again() {
    let source = scratch().join("other.rs");
    let other = scratch().join("libother.so");
    std::fs::write(&source, OTHER).unwrap();
    run(Command::new("rustc")
        .args(["--edition", "2024", "--crate-type", "cdylib", "-Cprefer-dynamic=no", "-o"])
        .args([&other, &source]));
    for server in good_servers() {
        let config = config(&server, json!({})).to_string();
        run(Command::new(program("load")).arg(library()).arg(config).arg(&other));
        assert_eq!(server.requests().len(), 50);
    }
}

const OTHER: &str = r#"
use std::sync::atomic::{AtomicI32, Ordering};

static HOOKED: AtomicI32 = AtomicI32::new(0);

#[unsafe(no_mangle)]
pub extern "C" fn panic_and_catch() -> i32 {
    std::panic::set_hook(Box::new(|_| { HOOKED.fetch_add(1, Ordering::SeqCst); }));
    assert!(std::panic::catch_unwind(|| panic!("of the other")).is_err());
    HOOKED.load(Ordering::SeqCst)
}
"#;

/// Runs a mode of a program with a system call that fails.
fn run_injected(rule: &str, name: &'static str, mode: &str, config: &Value, number: usize) {
    let call = rule.split(':').next().unwrap();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={rule}")]);
    command.arg(program(name)).args([mode, &config.to_string(), &number.to_string()]);
    run(command.stdin(Stdio::null()));
}

/// As in a sandbox whose seccomp filter does not know what is newer than itself.
#[test]
fn system_calls_that_do_not_exist() {
    if !can_inject("missing system calls") {
        return;
    }
    for server in good_servers() {
        let config = config(&server, json!({ "allowInsecureHttp": true }));
        for rule in [
            "getrandom:error=ENOSYS",
            "getrandom:error=EPERM",
            // The first one asks for the cookie of the socket.
            "getsockopt:error=ENOPROTOOPT:when=1",
        ] {
            run_injected(rule, "process", "calls", &config, 3);
        }
        // A lookup needs a thread, for which glibc then has clone.
        let base_url = config["baseUrl"].as_str().unwrap().replace("127.0.0.1", "localhost");
        let config = {
            let mut config = config;
            config["baseUrl"] = json!(base_url);
            config
        };
        run_injected("clone3:error=ENOSYS", "process", "calls", &config, 3);
    }
}

/// Without the page that a fork wipes, the process is known by its id.
#[test]
fn a_kernel_that_cannot_wipe_on_fork() {
    if !can_inject("madvise") {
        return;
    }
    for server in good_servers() {
        let config = config(&server, json!({ "idleTimeoutMs": 60000 }));
        for (mode, number) in [("share", 20), ("nest", 0), ("leave", 0)] {
            run_injected("madvise:error=EINVAL", "fork", mode, &config, number);
        }
    }
}
