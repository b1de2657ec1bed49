//! Cases of a connection that is idle for less than a millisecond when a stray response arrives, one
//! that nobody asked for, or the end. Without a check before each reuse, every later call on the
//! connection gets the response of the call before it, which is another user's. `c/stray.c` calls back
//! to back.

use std::collections::HashMap;
use std::hint;
use std::io;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::program::{config, run_mode};
use crate::world::peer::{Peer, Request, http};
use crate::world::server::{Kind, Server};

fn stray() -> Vec<u8> {
    let body =
        br#"{"resultCode":"A060306","action":"LOCATION","responseContent":"https://x.example/"}"#;
    http("200 OK", &[], body)
}

/// Caller and number of the ticket "t-PROCESS-CALLER-NUMBER".
fn numbers(request: &Request) -> (u32, u32) {
    let ticket = request.ticket();
    let mut numbers = ticket.rsplit('-').map(|number| number.parse().unwrap());
    let number = numbers.next().unwrap();
    (numbers.next().unwrap(), number)
}

/// Responds to every request, and does `after` so long after a caller's first response.
fn server(
    kind: Kind,
    delay: fn(u32) -> Duration,
    after: fn(&mut Peer) -> io::Result<()>,
) -> Server {
    Server::start(kind, move |peer| {
        loop {
            let request = peer.request()?;
            peer.send(request.answer())?;
            let responded = Instant::now();
            let (caller, number) = numbers(&request);
            if number == 0 {
                while responded.elapsed() < delay(caller) {
                    hint::spin_loop();
                }
                after(peer)?;
            }
        }
    })
}

/// The next call is made when it has arrived: on a new connection, and by one attempt.
fn has_arrived(after: fn(&mut Peer) -> io::Result<()>) {
    let clients = 25;
    for kind in [Kind::Plain, Kind::Tls] {
        let server = server(kind, |caller| Duration::from_micros(u64::from(caller) * 10), after);
        run_mode("stray", "arrived", &config(&server, json!({ "retry": "none" })), clients);
        let mut connections: HashMap<_, Vec<_>> = HashMap::new();
        for request in server.requests() {
            connections.entry(numbers(&request).0).or_default().push(request.connection);
        }
        assert_eq!(connections.len(), clients);
        for (caller, connections) in connections {
            assert_eq!(connections.len(), 2, "caller {caller}");
            assert_ne!(connections[0], connections[1], "caller {caller}");
        }
    }
}

#[test]
fn a_stray_response_has_arrived() {
    has_arrived(|peer| peer.send(stray()));
}

#[test]
fn the_end_has_arrived() {
    has_arrived(|_| Err(io::ErrorKind::Other.into()));
    has_arrived(|peer| peer.close_notify().and_then(|()| peer.fin()));
    has_arrived(Peer::reset);
}

/// It may arrive after the check and before the response: then one call gets it, and no more.
#[test]
fn a_stray_response_shifts_no_later_response() {
    for kind in [Kind::Plain, Kind::Tls] {
        // 20 to 300 µs.
        let delay = |caller| Duration::from_micros(20 + u64::from(caller) * 280 / 19);
        let server = server(kind, delay, |peer| peer.send(stray()));
        print!("{kind:?} {}", run_mode("stray", "shift", &config(&server, json!({})), 20));
    }
}
