//! Process cases: fork, exec, signals, dlopen, the environment, missing files.

use std::process::Command;

use serde_json::json;

use crate::harness::{Kind, Server};
use crate::runner::{FaultCase, NETWORK, Need, ROUNDS, Runner, Start, case, good_servers};
use crate::support::{library, run, scratch};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(children_and_parent_share_a_warm_client),
        case!(forks_while_threads_call, good("fork", "storm", 40, 64)),
        // Forks happen during connection setup and TLS handshakes.
        case!(forks_while_threads_connect, good("fork", "storm", 40, 0)),
        case!(many_forks_while_threads_call, good("fork", "storm", 100, 64)).deep(),
        case!(many_forks_while_threads_connect, good("fork", "storm", 350, 0)).deep(),
        case!(a_child_leaves_the_connections_of_its_parent_alone),
        case!(a_child_closes_only_descriptors_of_the_client, good("fork", "strangers", 0, 64)),
        case!(children_of_children),
        case!(executed_programs_inherit_no_socket, good("fork", "exec", 20, 0)),
        case!(resets_raise_no_sigpipe),
        case!(signals_do_not_interrupt_calls).needs(NETWORK),
        case!(signals_do_not_move_the_deadline),
        case!(sockets_may_be_descriptors_0_1_and_2, good("process", "stdio", 5, 64)),
        case!(the_environment_changes_during_calls, good("process", "environment", 100, 0)),
        // Destructors of thread-specific data and atexit handlers may make calls after thread-local
        // storage was destroyed.
        case!(calls_at_the_end_of_a_thread_and_of_a_process, good("process", "end", 0, 64)),
        case!(an_empty_root_directory).needs(&[Need::Root]),
        case!(the_library_is_loaded_and_unloaded_repeatedly),
        case!(unimplemented_system_calls).needs(&[Need::PrivateNetwork, Need::Strace]),
        case!(a_kernel_that_cannot_wipe_on_fork).needs(&[Need::Strace]),
    ]
}

/// A mode of a C program, with a plain and a TLS server. Without idle connections, every call connects.
fn good(
    program: &'static str,
    mode: &'static str,
    number: usize,
    max_idle: usize,
) -> impl Fn(&Runner) {
    move |runner| {
        for server in good_servers() {
            let extra = json!({ "maxIdleConnections": max_idle });
            runner.program(program, mode).client(&server, extra).number(number).run();
        }
    }
}

fn children_and_parent_share_a_warm_client(runner: &Runner) {
    for server in good_servers() {
        runner.program("fork", "share").client(&server, json!({})).number(40).run();
        // One connection for each process; no two processes use the same one.
        assert_eq!(server.connections(), 7 * ROUNDS);
        assert_eq!(server.requests().len(), (1 + 7 * 40) * ROUNDS);
    }
}

fn a_child_leaves_the_connections_of_its_parent_alone(runner: &Runner) {
    for server in good_servers() {
        runner.program("fork", "leave").client(&server, json!({ "idleTimeoutMs": 60000 })).run();
        let connections: Vec<_> = server.requests().iter().map(|r| r.connection).collect();
        // In each round, the second connection is the child's.
        let expected = (0..ROUNDS).flat_map(|round| [0, 0, 1, 0, 0].map(|n| 2 * round + n));
        assert_eq!(connections, expected.collect::<Vec<_>>());
    }
}

fn children_of_children(runner: &Runner) {
    for server in good_servers() {
        runner.program("fork", "nest").client(&server, json!({})).run();
        assert_eq!(server.connections(), 4 * ROUNDS);
    }
}

fn resets_raise_no_sigpipe(runner: &Runner) {
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, |peer| {
            peer.read_some()?;
            peer.reset()
        });
        let program = runner.program("process", "sigpipe");
        program.client(&server, json!({ "retry": "none" })).number(20).run();
    }
}

fn signals_do_not_interrupt_calls(runner: &Runner) {
    for server in good_servers() {
        let mut by_name = runner.network().by_name(&server);
        by_name["maxIdleConnections"] = json!(0);
        for extra in [json!({}), json!({ "maxIdleConnections": 0 }), by_name] {
            runner.program("process", "sigalrm").client(&server, extra).number(40).run();
        }
    }
}

fn signals_do_not_move_the_deadline(runner: &Runner) {
    for kind in [Kind::Plain, Kind::Handshake] {
        let server = Server::start(kind, |peer| peer.hold());
        let program = runner.program("process", "sigalrm-silence");
        program.client(&server, json!({ "timeoutMs": 200 })).number(200).run();
    }
}

fn an_empty_root_directory(runner: &Runner) {
    for server in good_servers() {
        // One round, because the process cannot leave that directory.
        let program = runner.program("process", "empty-root").client(&server, json!({}));
        program.number(3).rounds(1).run();
    }
}

/// Together with another Rust library, which has its own panic hook.
fn the_library_is_loaded_and_unloaded_repeatedly(runner: &Runner) {
    let source = scratch().join("other.rs");
    let other = scratch().join("libother.so");
    std::fs::write(&source, OTHER).unwrap();
    let rustc = std::env::var("AUTHLETE_FAIL_RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let mut words = rustc.split_whitespace();
    run(Command::new(words.next().unwrap())
        .args(words)
        .args(["--edition", "2024", "--crate-type", "cdylib", "-Cprefer-dynamic=no", "-o"])
        .args([&other, &source]));
    for server in good_servers() {
        let libraries = [library(), &other].map(|path| path.to_str().unwrap());
        let program = runner.program("dlopen", "load").client(&server, json!({}));
        program.number(10).extra(&libraries).run();
        assert_eq!(server.requests().len(), 2 * 10 * ROUNDS);
    }
}

const OTHER: &str = r#"
use std::sync::atomic::{AtomicI32, Ordering};

static HOOKED: AtomicI32 = AtomicI32::new(0);

#[unsafe(no_mangle)]
pub extern "C" fn panic_and_catch() -> i32 {
    std::panic::set_hook(Box::new(|_| { HOOKED.fetch_add(1, Ordering::SeqCst); }));
    assert!(std::panic::catch_unwind(|| panic!("in the other library")).is_err());
    HOOKED.load(Ordering::SeqCst)
}
"#;

/// As with a seccomp filter that is older than these system calls.
fn unimplemented_system_calls(runner: &Runner) {
    // ring, which TLS and DPoP use, falls back to /dev/urandom without getrandom, and keeps it open.
    for (server, kept) in good_servers().into_iter().zip([0, 2]) {
        for (rule, kept, extra) in [
            ("getrandom:error=ENOSYS", kept, json!({})),
            ("getrandom:error=EPERM", kept, json!({})),
            // SO_COOKIE is the first option that is read.
            ("getsockopt:error=ENOPROTOOPT:when=1", 0, json!({})),
            // A lookup needs a thread, for which glibc falls back to clone.
            ("clone3:error=ENOSYS", 0, runner.network().by_name(&server)),
        ] {
            let program = runner.program("process", "calls").client(&server, extra);
            program.number(3).keeping(kept).start(Start::injected(rule)).run();
        }
    }
}

/// Without MADV_WIPEONFORK, the library recognises a forked child by its process ID. The rules are those of
/// a kernel older than 4.14 and of qemu-user, which ignores the advice.
fn a_kernel_that_cannot_wipe_on_fork(runner: &Runner) {
    for server in good_servers() {
        for (mode, number) in [("share", 20), ("nest", 0), ("leave", 0)] {
            for rule in ["madvise:error=EINVAL", "madvise:retval=0"] {
                let extra = json!({ "idleTimeoutMs": 60000 });
                let program = runner.program("fork", mode).client(&server, extra).number(number);
                program.start(Start::injected(rule)).run();
            }
        }
    }
}
