//! Connection lifetime cases: a Keep-Alive header limits how long, or for how many requests, a
//! connection may be reused. The clock of the host jumps.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Kind, Server, http};
use crate::runner::{Clock, FaultCase, Host, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_server_limits_the_idle_time),
        case!(the_server_limits_the_number_of_requests),
        case!(a_malformed_keep_alive_header_is_ignored),
        case!(opening_a_connection_early_does_not_extend_the_idle_time),
    ]
}

/// A server whose responses have these headers.
fn server(headers: &'static [&'static str]) -> Server {
    Server::start(Kind::Plain, move |peer| {
        loop {
            let request = peer.request()?;
            peer.send(http("200 OK", headers, request.document().as_bytes()))?;
        }
    })
}

/// Makes a call, and another after `pause`, in seconds. Returns whether they used the same connection.
fn is_reused_after(
    host: &mut Host,
    clock: &Clock,
    headers: &'static [&'static str],
    pause: u64,
) -> bool {
    clock.set_ahead(Duration::ZERO);
    let server = server(headers);
    host.client(&server, json!({}));
    host.good();
    clock.set_ahead(Duration::from_secs(pause));
    host.good();
    server.connections() == 1
}

/// The limit is one second less than the server says. The clock of the host also advances by itself,
/// by less than a second.
const IDLE_TIMES: &[(&[&str], u64)] = &[
    (&[], 110),
    (&["Keep-Alive: timeout=5"], 4),
    (&["keep-alive: TIMEOUT=5"], 4),
    (&["KEEP-ALIVE:timeout = 5 "], 4),
    (&["Connection: Keep-Alive", "Keep-Alive: timeout=5, max=100"], 4),
    (&["Keep-Alive: max=100,timeout=5"], 4),
    (&["Keep-Alive: max=100", "Keep-Alive: timeout=5"], 4),
    (&["Keep-Alive: timeout=60", "Keep-Alive: timeout=5"], 4),
    (&["Keep-Alive: timeout=2"], 1),
    (&["Keep-Alive: timeout=1"], 0),
    (&["Keep-Alive: timeout=0"], 0),
    // The configuration has a lower limit.
    (&["Keep-Alive: timeout=3600"], 110),
    (&["Keep-Alive: timeout=18446744073709551615"], 110),
];

fn the_server_limits_the_idle_time(runner: &Runner) {
    let clock = Clock::new("keep-alive");
    runner.run_in(&clock.start(), |host| {
        for &(headers, limit) in IDLE_TIMES {
            assert!(
                !is_reused_after(host, &clock, headers, limit),
                "{headers:?}: used after {limit} s"
            );
            if limit > 0 {
                let is_reused = is_reused_after(host, &clock, headers, limit - 1);
                assert!(is_reused, "{headers:?}: closed before {limit} s");
            }
        }
    });
}

/// Headers that permit no further request on the connection.
const NO_REQUESTS_LEFT: &[&[&str]] = &[
    &["Keep-Alive: max=0"],
    &["Keep-Alive: MAX=0"],
    &["Keep-Alive: timeout=5, max=0"],
    &["Keep-Alive: timeout=5", "Keep-Alive: max=0"],
];

fn the_server_limits_the_number_of_requests(runner: &Runner) {
    runner.run(|host| {
        for &headers in NO_REQUESTS_LEFT {
            let server = server(headers);
            host.client(&server, json!({}));
            host.good();
            host.good();
            assert_eq!(server.connections(), 2, "{headers:?}");
        }
        // Only the first response of a connection has the header.
        let server = Server::start(Kind::Plain, |peer| {
            let request = peer.request()?;
            peer.send(http("200 OK", &["Keep-Alive: max=2"], request.document().as_bytes()))?;
            peer.serve()
        });
        host.client(&server, json!({}));
        for connections in [1, 1, 1, 2, 2, 2, 3] {
            host.good();
            assert_eq!(server.connections(), connections);
        }
    });
}

const MALFORMED: &[&[&str]] = &[
    &["Keep-Alive:"],
    &["Keep-Alive: timeout"],
    &["Keep-Alive: timeout="],
    &["Keep-Alive: timeout=soon"],
    &["Keep-Alive: timeout=-1"],
    &["Keep-Alive: timeout=1.5"],
    &["Keep-Alive: timeout=1s"],
    &["Keep-Alive: timeout=99999999999999999999"],
    &["Keep-Alive: max=none, timeout="],
    &["Keep-Alive: 0"],
    &["Keep-Alive: \u{e9}timeout=1"],
    &["X-Keep-Alive: timeout=1"],
    &["Connection: keep-alive", "Connection: timeout=1"],
];

fn a_malformed_keep_alive_header_is_ignored(runner: &Runner) {
    let clock = Clock::new("malformed");
    runner.run_in(&clock.start(), |host| {
        for &headers in MALFORMED {
            assert!(is_reused_after(host, &clock, headers, 109), "{headers:?}");
        }
    });
}

/// A connection is opened early if the idle one has less than half of its idle time left.
fn opening_a_connection_early_does_not_extend_the_idle_time(runner: &Runner) {
    let clock = Clock::new("early");
    runner.run_in(&clock.start(), |host| {
        clock.set_ahead(Duration::ZERO);
        let server = server(&[]);
        host.client(&server, json!({}));
        for (seconds, attempts, connections) in [(0, 1, 1), (53, 0, 1), (56, 1, 2), (109, 0, 2)] {
            clock.set_ahead(Duration::from_secs(seconds));
            host.connect().is("OK", "NONE", attempts);
            server.wait_for(connections, 0);
        }
        // The idle time starts again with the response.
        host.good();
        clock.set_ahead(Duration::from_secs(162));
        host.connect().is("OK", "NONE", 0);
        assert_eq!(server.connections(), 2);
    });
}
