//! Stray response cases: an unsolicited response, or the end of the stream, arrives after a
//! connection was idle for less than a millisecond. Without a check before each reuse, every later
//! call on the connection would get the response to the previous call, which may be for another user.
//! `c/stray.c` makes the calls back to back.

use std::collections::HashMap;
use std::fs::{self, File};
use std::hint;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::server::Script;
use crate::harness::{Kind, Peer, Request, Server, TEST_TIMEOUT, http};
use crate::network::Network;
use crate::runner::{
    Called, FaultCase, Host, NETWORK, ROUNDS, Runner, Start, case, has_unacknowledged,
};
use crate::support::scratch;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_stray_response_has_arrived, |runner| arrives_later(runner, |peer| peer
            .send(stray()))),
        case!(the_end_has_arrived),
        case!(a_stray_response_comes_before_the_response),
        case!(a_stray_response_shifts_no_later_response),
        case!(a_stray_response_is_in_flight_when_the_request_is_sent).needs(NETWORK),
        case!(a_408_is_in_flight_when_the_request_is_sent).needs(NETWORK),
        case!(a_refusal_is_in_flight_when_the_first_request_is_sent).needs(NETWORK),
    ]
}

fn stray() -> Vec<u8> {
    let body =
        br#"{"resultCode":"A060306","action":"LOCATION","responseContent":"https://x.example/"}"#;
    http("200 OK", &[], body)
}

/// The caller and the number in the ticket "t-PROCESS-CALLER-NUMBER".
fn numbers(request: &Request) -> (u32, u32) {
    let ticket = request.ticket();
    let mut numbers = ticket.rsplit('-').map(|number| number.parse().unwrap());
    let number = numbers.next().unwrap();
    (numbers.next().unwrap(), number)
}

/// Busy-waits, which is exact to the microsecond.
fn spin(micros: u32) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(micros.into()) {
        hint::spin_loop();
    }
}

/// `first` serves the first call of each client. Each client calls again when something else has
/// arrived. Its later calls use a new connection and get their own responses in one attempt.
fn has_arrived(
    runner: &Runner,
    mode: &'static str,
    first: impl Fn(&mut Peer, &Request, u32) -> io::Result<()> + Copy + Send + Sync + 'static,
) {
    let clients = 25;
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, move |peer| {
            loop {
                let request = peer.request()?;
                match numbers(&request) {
                    (caller, 0) => first(peer, &request, caller)?,
                    _ => peer.send(request.response())?,
                }
            }
        });
        let program = runner.program("stray", mode).client(&server, json!({ "retry": "none" }));
        program.number(clients).run();
        let mut connections: HashMap<_, Vec<_>> = HashMap::new();
        for request in server.requests() {
            connections.entry(numbers(&request).0).or_default().push(request.connection);
        }
        assert_eq!(connections.len(), clients);
        for (caller, connections) in connections {
            assert_eq!(connections.len(), 3 * ROUNDS, "caller {caller}");
            for connections in connections.chunks(3) {
                assert_ne!(connections[0], connections[1], "caller {caller}");
                assert_eq!(connections[1], connections[2], "caller {caller}");
            }
        }
    }
}

/// `after` runs 0 to 240 µs after the response.
fn arrives_later(runner: &Runner, after: impl Script + Copy) {
    has_arrived(runner, "arrived", move |peer, request, caller| {
        peer.send(request.response())?;
        spin(caller * 10);
        after(peer)
    });
}

fn the_end_has_arrived(runner: &Runner) {
    arrives_later(runner, |_| Err(io::ErrorKind::Other.into()));
    arrives_later(runner, |peer| peer.close_notify().and_then(|()| peer.fin()));
    arrives_later(runner, Peer::reset);
}

/// The call cannot distinguish the stray response from its own. Its own response must not be read by the
/// next call.
fn a_stray_response_comes_before_the_response(runner: &Runner) {
    has_arrived(runner, "early", |peer, request, caller| {
        peer.send(stray())?;
        spin(caller * 10);
        peer.send(request.response())
    });
}

/// The stray response is sent 20 to 300 µs after the first response to a client, which continues to
/// make calls.
fn a_stray_response_shifts_no_later_response(runner: &Runner) {
    let path = scratch().join(format!("responses-{}", std::process::id()));
    for kind in [Kind::Plain, Kind::Tls] {
        let file = File::create(&path).unwrap();
        file.write_all_at(&0_u64.to_ne_bytes(), 0).unwrap();
        let sent = Mutex::new((0, file));
        let server = Server::start(kind, move |peer| {
            loop {
                let request = peer.request()?;
                peer.send(request.response())?;
                {
                    let (count, file) = &mut *sent.lock().unwrap();
                    *count += 1;
                    file.write_all_at(&u64::to_ne_bytes(*count), 0)?;
                }
                if let (caller, 0) = numbers(&request) {
                    spin(20 + caller * 280 / 19);
                    peer.send(stray())?;
                }
            }
        });
        let start = Start::plain().env("RESPONSES", path.to_str().unwrap());
        let program = runner.program("stray", "keep-calling").client(&server, json!({}));
        print!("{kind:?} {}", program.number(20).rounds(1).start(start).run());
    }
    fs::remove_file(path).unwrap();
}

/// Connects to `port` with a TCP handshake that takes a second, because the first SYN is
/// dropped. Afterwards packets that match `rule` are dropped.
fn call_by_slow_handshake(
    network: &Network,
    host: &mut Host,
    port: u16,
    rule: Option<&str>,
) -> Called {
    network.filter(&format!("tcp dport {port} tcp flags syn drop"));
    thread::scope(|scope| {
        scope.spawn(|| {
            wait_for_unacknowledged(port);
            network.remove_filters();
            rule.inspect(|rule| network.filter(rule));
        });
        host.call()
    })
}

/// A server that sends `response` on its first connection when the second request is on its way.
fn crossing(response: Vec<u8>) -> Server {
    Server::start(Kind::Plain, move |peer| {
        peer.serve_once()?;
        if peer.number > 0 {
            return peer.serve();
        }
        wait_for_unacknowledged(peer.tcp().local_addr()?.port());
        peer.send(&response)?;
        peer.ignore()
    })
}

/// With a round trip of 1 ms or more, TCP shows that a response was sent before the request
/// arrived.
fn a_stray_response_is_in_flight_when_the_request_is_sent(runner: &Runner) {
    let network = runner.network();
    runner.run(|host| {
        let server = crossing(stray());
        let port = server.port();
        host.client(&server, json!({}));
        call_by_slow_handshake(network, host, port, None).is("OK", "CONSUMED", 1);
        // The request is dropped until the stray response has arrived.
        network.filter(&format!("tcp dport {port} drop"));
        host.call().is("PROTOCOL", "UNKNOWN", 1).says("a response before it received the request");
        network.remove_filters();
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

/// A server may send a 408 before it closes an idle connection, as HAProxy does.
fn a_408_is_in_flight_when_the_request_is_sent(runner: &Runner) {
    let network = runner.network();
    runner.run(|host| {
        let server = crossing(http("408 Request Timeout", &["Connection: close"], b""));
        let port = server.port();
        host.client(&server, json!({}));
        call_by_slow_handshake(network, host, port, None).is("OK", "CONSUMED", 1);
        // Requests are dropped until the call has opened another connection.
        network.filter(&format!("tcp dport {port} tcp flags psh drop"));
        let called = thread::scope(|scope| {
            scope.spawn(|| {
                server.wait_for(2, 1);
                network.remove_filters();
            });
            host.call()
        });
        called.is("OK", "CONSUMED", 2);
        assert_eq!(server.count(&called.ticket), 1);
        host.good();
    });
}

/// A server may refuse a connection as soon as it is open, without waiting for the request.
fn a_refusal_is_in_flight_when_the_first_request_is_sent(runner: &Runner) {
    let network = runner.network();
    runner.run(|host| {
        let server = Server::start(Kind::Plain, move |peer| {
            if peer.number > 0 {
                return peer.serve();
            }
            wait_for_unacknowledged(peer.tcp().local_addr()?.port());
            peer.send(http("429 Too Many Requests", &["Connection: close"], b""))?;
            peer.ignore()
        });
        let port = server.port();
        host.client(&server, json!({}));
        let rule = format!("tcp dport {port} tcp flags psh drop");
        call_by_slow_handshake(network, host, port, Some(&rule)).is("HTTP", "UNTOUCHED", 1);
        network.remove_filters();
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

/// Waits until something that a client in this network has sent to `port` is unacknowledged.
fn wait_for_unacknowledged(port: u16) {
    let given_up = Instant::now() + TEST_TIMEOUT;
    while !has_unacknowledged(port) {
        assert!(Instant::now() < given_up, "nothing is in flight");
        thread::yield_now();
    }
}
