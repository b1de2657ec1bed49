//! Cases of a stray response: one that nobody asked for, on a connection that is idle for less than
//! a millisecond. Without a check before each reuse, every later call on the connection gets the
//! response of the call before it, which is another user's. `c/stray.c` calls back to back.

use std::collections::HashMap;
use std::hint;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::program::{config, run_mode};
use crate::world::peer::{Request, http};
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

/// Responds to every request, and so long after a caller's first response sends a stray one.
fn server(kind: Kind, delay: fn(u32) -> Duration) -> Server {
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
                peer.send(stray())?;
            }
        }
    })
}

/// The stray response is there before the next call.
#[test]
fn a_stray_response_has_arrived() {
    let clients = 25;
    for kind in [Kind::Plain, Kind::Tls] {
        let server = server(kind, |caller| Duration::from_micros(u64::from(caller) * 10));
        run_mode("stray", "arrived", &config(&server, json!({})), clients);
        let mut connections: HashMap<_, Vec<_>> = HashMap::new();
        for request in server.requests() {
            connections.entry(numbers(&request).0).or_default().push(request.connection);
        }
        assert_eq!(connections.len(), clients);
        for (caller, connections) in connections {
            assert_ne!(connections[0], connections[1], "caller {caller}");
            assert_eq!(connections.len(), 2, "caller {caller}");
        }
    }
}

/// It may arrive after the check and before the response: then one call gets it, and no more.
#[test]
fn a_stray_response_shifts_no_later_response() {
    for kind in [Kind::Plain, Kind::Tls] {
        // 20 to 300 µs.
        let server =
            server(kind, |caller| Duration::from_micros(20 + u64::from(caller) * 280 / 19));
        print!("{kind:?} {}", run_mode("stray", "shift", &config(&server, json!({})), 20));
    }
}
