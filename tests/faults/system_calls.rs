//! System call failure cases: injected by strace, or by a library in LD_PRELOAD.

use serde_json::json;

use crate::harness::{Kind, Peer, Server, dpop};
use crate::runner::{FaultCase, Host, Need, Runner, Start, case, extend};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_system_call_fails_once).needs(&[Need::Strace]),
        case!(a_system_call_fails_without_effect).needs(&[Need::Strace]),
        case!(sending_fails).needs(&[Need::Strace]),
        case!(receiving_is_reset_on_a_reused_connection).needs(&[Need::Strace]),
        case!(random_numbers_fail).needs(&[Need::Strace]),
        case!(connect_is_interrupted_but_continues),
        case!(send_takes_three_bytes_at_a_time),
        case!(send_fails_after_a_part_of_the_request),
    ]
}

/// Runs `check` in a host with this injection.
fn injected(runner: &Runner, rule: &str, check: impl Fn(&mut Host, &Server)) {
    runner.run(|host| {
        let server = host.serve(Kind::Plain, Peer::serve);
        let _injection = host.inject(&[rule]);
        check(host, &server);
    });
}

/// The rule, and the status and ticket state of a call during which the system call fails.
const FAILURES: &[(&str, &str, &str)] = &[
    ("socket:error=ENFILE:when=1", "RESOURCE", "UNTOUCHED"),
    ("socket:error=ENOBUFS:when=1", "RESOURCE", "UNTOUCHED"),
    ("socket:error=ENOMEM:when=1", "RESOURCE", "UNTOUCHED"),
    ("socket:error=EACCES:when=1", "CONNECT", "UNTOUCHED"),
    ("connect:error=EADDRNOTAVAIL:when=1", "CONNECT", "UNTOUCHED"),
    ("connect:error=EACCES:when=1", "CONNECT", "UNTOUCHED"),
    // strace skips the system call, so no connection is being established in the background.
    ("connect:error=EINTR:when=1", "CONNECT", "UNTOUCHED"),
    ("poll:error=EINVAL:when=1", "CONNECT", "UNTOUCHED"),
    ("poll:error=ENOMEM:when=1", "RESOURCE", "UNTOUCHED"),
    // TCP_NODELAY and the two timeouts, after the four options of keep-alive.
    ("setsockopt:error=EINVAL:when=5", "CONNECT", "UNTOUCHED"),
    ("setsockopt:error=EINVAL:when=6", "CONNECT", "UNTOUCHED"),
    ("setsockopt:error=EINVAL:when=7", "CONNECT", "UNTOUCHED"),
    // SO_ERROR, after connect().
    ("getsockopt:error=EINVAL:when=2", "CONNECT", "UNTOUCHED"),
    ("ioctl:error=EINVAL:when=1", "CONNECT", "UNTOUCHED"),
    ("recvfrom:error=ECONNRESET:when=1", "NETWORK", "UNKNOWN"),
    ("recvfrom:error=EIO:when=1", "NETWORK", "UNKNOWN"),
];

/// Asserts that the next call succeeds.
fn a_system_call_fails_once(runner: &Runner) {
    for (rule, status, ticket_state) in FAILURES {
        injected(runner, rule, |host, _| {
            let called = host.call();
            assert_eq!(called.reply.text("status"), *status, "{rule}");
            called.is(status, ticket_state, 1);
            host.good();
        });
    }
}

fn a_system_call_fails_without_effect(runner: &Runner) {
    for rule in [
        "poll:error=EINTR:when=1..50",
        "sendto:error=EINTR:when=1..3",
        "recvfrom:error=EINTR:when=1..50",
        // The cookie of the socket, which is the first option that is read.
        "getsockopt:error=EINVAL:when=1",
        // Keep-alive, which a kernel may not support.
        "setsockopt:error=EINVAL:when=1",
    ] {
        injected(runner, rule, |host, server| {
            host.good();
            assert_eq!(server.requests().len(), 1, "{rule}");
        });
    }
}

fn sending_fails(runner: &Runner) {
    for (rule, status, ticket_state, requests) in [
        ("sendto:error=EPIPE:when=1", "OK", "CONSUMED", 1),
        ("sendto:error=EPIPE:when=1..2", "NETWORK", "UNTOUCHED", 0),
    ] {
        injected(runner, rule, |host, server| {
            let called = host.call();
            called.is(status, ticket_state, 2);
            if requests == 0 {
                called.says("the request was not sent completely");
            }
            assert_eq!(server.count(&called.ticket), requests);
            host.good();
        });
    }
}

/// The first call receives once. The second receive is in the next call or in its check of the idle
/// connection.
fn receiving_is_reset_on_a_reused_connection(runner: &Runner) {
    injected(runner, "recvfrom:error=ECONNRESET:when=2", |host, server| {
        host.good();
        let called = host.call();
        called.is("OK", "CONSUMED", called.reply.number("attempts"));
        assert_eq!(server.connections(), 2);
        host.good();
    });
}

/// The first random number of a proof is its `jti`. Only ES256 and PS256 need another one.
fn random_numbers_fail(runner: &Runner) {
    for (algorithm, when) in [("ES256", 1), ("ES256", 2), ("EdDSA", 1), ("RS256", 1)] {
        runner.run(|host| {
            let server = Server::start(Kind::Plain, Peer::serve);
            let extra = json!({ "dpopKey": dpop::key(algorithm) });
            host.client(&server, extra.clone());
            let injection = host.inject(&[&format!("getrandom:error=EIO:when={when}")]);
            let called = host.call();
            called.is("RESOURCE", "UNTOUCHED", 1);
            called.says("cannot sign the DPoP proof (no random numbers); nothing was sent");
            assert_eq!(called.reply.number("mayRepeat"), 1);
            host.good();
            drop(injection);

            let mut config = server.config();
            extend(&mut config, json!({ "serviceId": "1", "accessToken": "t" }));
            extend(&mut config, extra);
            let injection = host.inject(&["getrandom:error=EIO:when=1"]);
            let called = host.request("client", &config.to_string());
            assert_eq!(called.reply.text("status"), "RESOURCE");
            assert_eq!(
                called.reply.text("error"),
                "resource: cannot sign the DPoP proof (no random numbers)"
            );
            drop(injection);
            host.client_with(config);
            host.good();
        });
    }
}

/// Starts a host in which this C code replaces a function of libc.
fn replaced(name: &str, function: &str) -> Start {
    let headers = "#include <dlfcn.h>\n#include <errno.h>\n#include <sys/socket.h>\n";
    Start::preloaded(name, &format!("{headers}{function}"))
}

fn connect_is_interrupted_but_continues(runner: &Runner) {
    let start = replaced(
        "connect-eintr",
        r#"
        int connect(int fd, const struct sockaddr *to, socklen_t len) {
            int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
            real(fd, to, len);
            errno = EINTR;
            return -1;
        }
        "#,
    );
    runner.run_in(&start, |host| {
        let _server = host.serve(Kind::Plain, Peer::serve);
        host.good();
        host.good();
    });
}

fn send_takes_three_bytes_at_a_time(runner: &Runner) {
    let start = replaced(
        "send-little",
        r#"
        ssize_t send(int fd, const void *bytes, size_t len, int flags) {
            ssize_t (*real)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
            return real(fd, bytes, len > 3 ? 3 : len, flags);
        }
        "#,
    );
    for kind in [Kind::Plain, Kind::Tls] {
        runner.run_in(&start, |host| {
            let server = host.serve(kind, Peer::serve);
            host.good();
            host.good();
            assert_eq!(server.requests().len(), 2);
        });
    }
}

fn send_fails_after_a_part_of_the_request(runner: &Runner) {
    let start = replaced(
        "send-half",
        r#"
        ssize_t send(int fd, const void *bytes, size_t len, int flags) {
            static int calls = 0; // three: a part, an error, and everything on the next connection
            ssize_t (*real)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
            calls = calls % 3 + 1;
            if (calls == 2) {
                errno = EPIPE;
                return -1;
            }
            return real(fd, bytes, calls == 1 ? len - 5 : len, flags);
        }
        "#,
    );
    runner.run_in(&start, |host| {
        let server = host.serve(Kind::Plain, Peer::serve);
        let called = host.call();
        called.is("OK", "CONSUMED", 2);
        assert_eq!((server.connections(), server.count(&called.ticket)), (2, 1));
    });
}
