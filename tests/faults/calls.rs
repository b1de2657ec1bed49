//! Cases of system calls that fail: injected by strace, or by a library before libc.

use serde_json::json;

use crate::harness::{Kind, Server};
use crate::runner::{FaultCase, Host, Need, Runner, Start, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_system_has_no_descriptor).needs(&[Need::Strace]),
        case!(the_system_has_no_buffers).needs(&[Need::Strace]),
        case!(the_system_has_no_memory_for_a_socket).needs(&[Need::Strace]),
        case!(a_socket_is_not_permitted).needs(&[Need::Strace]),
        case!(no_address_is_available).needs(&[Need::Strace]),
        case!(a_connection_is_not_permitted).needs(&[Need::Strace]),
        case!(connect_is_interrupted_and_forgotten).needs(&[Need::Strace]),
        case!(connect_is_interrupted_and_goes_on),
        case!(poll_fails).needs(&[Need::Strace]),
        case!(poll_has_no_memory).needs(&[Need::Strace]),
        case!(poll_is_interrupted_again_and_again).needs(&[Need::Strace]),
        case!(socket_options_cannot_be_set).needs(&[Need::Strace]),
        case!(socket_options_cannot_be_read).needs(&[Need::Strace]),
        case!(the_blocking_mode_cannot_be_set).needs(&[Need::Strace]),
        case!(sending_is_interrupted).needs(&[Need::Strace]),
        case!(sending_goes_byte_by_byte),
        case!(sending_fails_at_first).needs(&[Need::Strace]),
        case!(sending_fails_twice).needs(&[Need::Strace]),
        case!(sending_breaks_off_in_the_middle),
        case!(receiving_is_reset_on_a_fresh_connection).needs(&[Need::Strace]),
        case!(receiving_is_reset_on_a_reused_connection).needs(&[Need::Strace]),
        case!(receiving_fails_for_no_good_reason).needs(&[Need::Strace]),
        case!(receiving_is_interrupted_again_and_again).needs(&[Need::Strace]),
    ]
}

/// Runs `check` in a host with these injections.
fn injected(runner: &Runner, rules: &[&str], check: impl Fn(&mut Host, &Server)) {
    runner.run(|host| {
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        host.client(&server, json!({}));
        let _injection = host.inject(rules);
        check(host, &server);
    });
}

/// The first call fails so, and the next is good.
fn once(runner: &Runner, rule: &str, status: &str, ticket_state: &str) {
    injected(runner, &[rule], |host, _| {
        host.call().is(status, ticket_state, 1);
        host.good();
    });
}

fn the_system_has_no_descriptor(runner: &Runner) {
    once(runner, "socket:error=ENFILE:when=1", "RESOURCE", "UNTOUCHED");
}

fn the_system_has_no_buffers(runner: &Runner) {
    once(runner, "socket:error=ENOBUFS:when=1", "RESOURCE", "UNTOUCHED");
}

fn the_system_has_no_memory_for_a_socket(runner: &Runner) {
    once(runner, "socket:error=ENOMEM:when=1", "RESOURCE", "UNTOUCHED");
}

fn a_socket_is_not_permitted(runner: &Runner) {
    once(runner, "socket:error=EACCES:when=1", "CONNECT", "UNTOUCHED");
}

fn no_address_is_available(runner: &Runner) {
    once(runner, "connect:error=EADDRNOTAVAIL:when=1", "CONNECT", "UNTOUCHED");
}

fn a_connection_is_not_permitted(runner: &Runner) {
    once(runner, "connect:error=EACCES:when=1", "CONNECT", "UNTOUCHED");
}

fn connect_is_interrupted_and_forgotten(runner: &Runner) {
    once(runner, "connect:error=EINTR:when=1", "CONNECT", "UNTOUCHED");
}

fn connect_is_interrupted_and_goes_on(runner: &Runner) {
    let start = Start::preloaded(
        "connect-eintr",
        r#"
        #include <dlfcn.h>
        #include <errno.h>
        #include <sys/socket.h>
        int connect(int fd, const struct sockaddr *to, socklen_t len) {
            int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
            real(fd, to, len);
            errno = EINTR;
            return -1;
        }
        "#,
    );
    runner.run_in(&start, |host| {
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        host.client(&server, json!({}));
        host.good();
        host.good();
    });
}

fn poll_fails(runner: &Runner) {
    injected(runner, &["poll:error=EINVAL:when=1"], |host, _| {
        host.call().is("CONNECT", "UNTOUCHED", 1);
        host.good();
    });
}

fn poll_has_no_memory(runner: &Runner) {
    once(runner, "poll:error=ENOMEM:when=1", "RESOURCE", "UNTOUCHED");
}

fn poll_is_interrupted_again_and_again(runner: &Runner) {
    injected(runner, &["poll:error=EINTR:when=1..50"], |host, _| {
        host.good();
    });
}

fn socket_options_cannot_be_set(runner: &Runner) {
    // Nagle's algorithm off, and the two timeouts.
    for when in 1..=3 {
        let rule = format!("setsockopt:error=EINVAL:when={when}");
        once(runner, &rule, "CONNECT", "UNTOUCHED");
    }
}

fn socket_options_cannot_be_read(runner: &Runner) {
    // The cookie is not vital; the result of connecting is.
    injected(runner, &["getsockopt:error=EINVAL:when=1"], |host, _| {
        host.good();
    });
    once(runner, "getsockopt:error=EINVAL:when=2", "CONNECT", "UNTOUCHED");
}

fn the_blocking_mode_cannot_be_set(runner: &Runner) {
    once(runner, "ioctl:error=EINVAL:when=1", "CONNECT", "UNTOUCHED");
}

fn sending_is_interrupted(runner: &Runner) {
    injected(runner, &["sendto:error=EINTR:when=1..3"], |host, server| {
        host.good();
        assert_eq!(server.requests().len(), 1);
    });
}

fn sending_goes_byte_by_byte(runner: &Runner) {
    let start = Start::preloaded(
        "send-little",
        r#"
        #include <dlfcn.h>
        #include <sys/socket.h>
        ssize_t send(int fd, const void *bytes, size_t len, int flags) {
            ssize_t (*real)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
            return real(fd, bytes, len > 3 ? 3 : len, flags);
        }
        "#,
    );
    for kind in [Kind::Plain, Kind::Tls] {
        runner.run_in(&start, |host| {
            let server = Server::start(kind, |peer| peer.serve());
            host.client(&server, json!({}));
            host.good();
            host.good();
            assert_eq!(server.requests().len(), 2);
        });
    }
}

fn sending_fails_at_first(runner: &Runner) {
    injected(runner, &["sendto:error=EPIPE:when=1"], |host, server| {
        let called = host.call();
        called.is("OK", "CONSUMED", 2);
        assert_eq!(server.count(&called.ticket), 1);
        host.good();
    });
}

fn sending_fails_twice(runner: &Runner) {
    injected(runner, &["sendto:error=EPIPE:when=1..2"], |host, server| {
        let called = host.call();
        called.is("NETWORK", "UNTOUCHED", 2).says("the request was not sent completely");
        assert_eq!(server.count(&called.ticket), 0);
        host.good();
    });
}

fn sending_breaks_off_in_the_middle(runner: &Runner) {
    let start = Start::preloaded(
        "send-half",
        r#"
        #include <dlfcn.h>
        #include <errno.h>
        #include <sys/socket.h>
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
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        host.client(&server, json!({}));
        let called = host.call();
        called.is("OK", "CONSUMED", 2);
        assert_eq!((server.connections(), server.count(&called.ticket)), (2, 1));
    });
}

fn receiving_is_reset_on_a_fresh_connection(runner: &Runner) {
    once(runner, "recvfrom:error=ECONNRESET:when=1", "NETWORK", "UNKNOWN");
}

fn receiving_is_reset_on_a_reused_connection(runner: &Runner) {
    // The first call takes one receive; the next is the second call's, or its look at a connection
    // that has idled.
    injected(runner, &["recvfrom:error=ECONNRESET:when=2"], |host, server| {
        host.good();
        let called = host.call();
        called.is("OK", "CONSUMED", called.reply.number("attempts"));
        assert_eq!(server.connections(), 2);
        host.good();
    });
}

fn receiving_fails_for_no_good_reason(runner: &Runner) {
    once(runner, "recvfrom:error=EIO:when=1", "NETWORK", "UNKNOWN");
}

fn receiving_is_interrupted_again_and_again(runner: &Runner) {
    injected(runner, &["recvfrom:error=EINTR:when=1..50"], |host, _| {
        host.good();
    });
}
