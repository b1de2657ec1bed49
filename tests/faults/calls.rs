//! Rows of system calls that fail: injected by strace, or by a library before libc.

use serde_json::json;

use crate::world::host::{Start, can_inject};
use crate::world::row::{Row, row_in};
use crate::world::server::{Kind, Server};

/// A call in a host with these injections; the row goes on with what `check` does.
fn injected(name: &str, rules: &[&str], check: impl Fn(&mut Row, &Server)) {
    if !can_inject(name) {
        return;
    }
    row_in(&Start::injected(rules), |row| {
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        row.client(&server, json!({}));
        check(row, &server);
    });
}

/// The first call fails so, and the next is good.
fn once(name: &str, rule: &str, status: &str, ticket_state: &str) {
    injected(name, &[rule], |row, _| {
        row.call().is(status, ticket_state, 1);
        row.good();
    });
}

#[test]
fn the_system_has_no_descriptor() {
    let rule = "socket:error=ENFILE:when=1";
    once("the_system_has_no_descriptor", rule, "RESOURCE", "UNTOUCHED");
}

#[test]
fn the_system_has_no_buffers() {
    once("the_system_has_no_buffers", "socket:error=ENOBUFS:when=1", "RESOURCE", "UNTOUCHED");
}

#[test]
fn the_system_has_no_memory_for_a_socket() {
    let rule = "socket:error=ENOMEM:when=1";
    once("the_system_has_no_memory_for_a_socket", rule, "RESOURCE", "UNTOUCHED");
}

#[test]
fn a_socket_is_not_permitted() {
    once("a_socket_is_not_permitted", "socket:error=EACCES:when=1", "CONNECT", "UNTOUCHED");
}

#[test]
fn no_address_is_available() {
    let rule = "connect:error=EADDRNOTAVAIL:when=1";
    once("no_address_is_available", rule, "CONNECT", "UNTOUCHED");
}

#[test]
fn a_connection_is_not_permitted() {
    once("a_connection_is_not_permitted", "connect:error=EACCES:when=1", "CONNECT", "UNTOUCHED");
}

#[test]
fn connect_is_interrupted_and_forgotten() {
    let name = "connect_is_interrupted_and_forgotten";
    once(name, "connect:error=EINTR:when=1", "CONNECT", "UNTOUCHED");
}

#[test]
fn connect_is_interrupted_and_goes_on() {
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
    row_in(&start, |row| {
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        row.client(&server, json!({}));
        row.good();
        row.good();
    });
}

#[test]
fn poll_fails() {
    injected("poll_fails", &["poll:error=EINVAL:when=1"], |row, _| {
        row.call().is("CONNECT", "UNTOUCHED", 1);
        row.good();
    });
}

#[test]
fn poll_has_no_memory() {
    once("poll_has_no_memory", "poll:error=ENOMEM:when=1", "RESOURCE", "UNTOUCHED");
}

#[test]
fn poll_is_interrupted_again_and_again() {
    let rule = "poll:error=EINTR:when=1..50";
    injected("poll_is_interrupted_again_and_again", &[rule], |row, _| {
        row.good();
    });
}

#[test]
fn socket_options_cannot_be_set() {
    // Nagle's algorithm off, and the two timeouts.
    for when in 1..=3 {
        let rule = format!("setsockopt:error=EINVAL:when={when}");
        once("socket_options_cannot_be_set", &rule, "CONNECT", "UNTOUCHED");
    }
}

#[test]
fn socket_options_cannot_be_read() {
    // The cookie is not vital; the result of connecting is.
    let name = "socket_options_cannot_be_read";
    injected(name, &["getsockopt:error=EINVAL:when=1"], |row, _| {
        row.good();
    });
    once(name, "getsockopt:error=EINVAL:when=2", "CONNECT", "UNTOUCHED");
}

#[test]
fn the_blocking_mode_cannot_be_set() {
    let rule = "ioctl:error=EINVAL:when=1";
    once("the_blocking_mode_cannot_be_set", rule, "CONNECT", "UNTOUCHED");
}

#[test]
fn sending_is_interrupted() {
    injected("sending_is_interrupted", &["sendto:error=EINTR:when=1..3"], |row, server| {
        row.good();
        assert_eq!(server.requests().len(), 1);
    });
}

#[test]
fn sending_goes_byte_by_byte() {
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
        row_in(&start, |row| {
            let server = Server::start(kind, |peer| peer.serve());
            row.client(&server, json!({}));
            row.good();
            row.good();
            assert_eq!(server.requests().len(), 2);
        });
    }
}

#[test]
fn sending_fails_at_first() {
    injected("sending_fails_at_first", &["sendto:error=EPIPE:when=1"], |row, server| {
        let called = row.call();
        called.is("OK", "CONSUMED", 2);
        assert_eq!(server.count(&called.ticket), 1);
        row.good();
    });
}

#[test]
fn sending_fails_twice() {
    injected("sending_fails_twice", &["sendto:error=EPIPE:when=1..2"], |row, server| {
        let called = row.call();
        called.is("NETWORK", "UNTOUCHED", 2).says("the request was not sent completely");
        assert_eq!(server.count(&called.ticket), 0);
        row.good();
    });
}

#[test]
fn sending_breaks_off_in_the_middle() {
    let start = Start::preloaded(
        "send-half",
        r#"
        #include <dlfcn.h>
        #include <errno.h>
        #include <sys/socket.h>
        ssize_t send(int fd, const void *bytes, size_t len, int flags) {
            static int calls = 0;
            ssize_t (*real)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
            calls++;
            if (calls == 2) {
                errno = EPIPE;
                return -1;
            }
            return real(fd, bytes, calls == 1 ? len - 5 : len, flags);
        }
        "#,
    );
    row_in(&start, |row| {
        let server = Server::start(Kind::Plain, |peer| peer.serve());
        row.client(&server, json!({}));
        let called = row.call();
        called.is("OK", "CONSUMED", 2);
        assert_eq!((server.connections(), server.count(&called.ticket)), (2, 1));
    });
}

#[test]
fn receiving_is_reset_on_a_fresh_connection() {
    let name = "receiving_is_reset_on_a_fresh_connection";
    once(name, "recvfrom:error=ECONNRESET:when=1", "NETWORK", "UNKNOWN");
}

#[test]
fn receiving_is_reset_on_a_reused_connection() {
    let name = "receiving_is_reset_on_a_reused_connection";
    // The first call takes one receive; the next is the second call's, or its look at a connection
    // that has idled.
    injected(name, &["recvfrom:error=ECONNRESET:when=2"], |row, server| {
        row.good();
        let called = row.call();
        called.is("OK", "CONSUMED", called.reply.number("attempts"));
        assert_eq!(server.connections(), 2);
        row.good();
    });
}

#[test]
fn receiving_fails_for_no_good_reason() {
    let name = "receiving_fails_for_no_good_reason";
    once(name, "recvfrom:error=EIO:when=1", "NETWORK", "UNKNOWN");
}

#[test]
fn receiving_is_interrupted_again_and_again() {
    let name = "receiving_is_interrupted_again_and_again";
    injected(name, &["recvfrom:error=EINTR:when=1..50"], |row, _| {
        row.good();
    });
}
