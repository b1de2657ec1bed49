//! Cases of a connection that is idle for less than a millisecond when a stray response arrives, one
//! that nobody asked for, or the end. Without a check before each reuse, every later call on the
//! connection gets the response of the call before it, which is another user's. `c/stray.c` calls back
//! to back.

use std::collections::HashMap;
use std::fs::{self, File};
use std::hint;
use std::io;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::program::{config, program, run_mode};
use crate::support::{run, scratch};
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

/// Waits this long, to the microsecond.
fn spin(micros: u32) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(micros.into()) {
        hint::spin_loop();
    }
}

/// Each client calls again when something has arrived after its first call, which is served by
/// `first`. The later calls are on a new connection and get their own responses by one attempt.
fn has_arrived(
    mode: &str,
    first: impl Fn(&mut Peer, &Request, u32) -> io::Result<()> + Copy + Send + Sync + 'static,
) {
    let clients = 25;
    for kind in [Kind::Plain, Kind::Tls] {
        let server = Server::start(kind, move |peer| {
            loop {
                let request = peer.request()?;
                match numbers(&request) {
                    (caller, 0) => first(peer, &request, caller)?,
                    _ => peer.send(request.answer())?,
                }
            }
        });
        run_mode("stray", mode, &config(&server, json!({ "retry": "none" })), clients);
        let mut connections: HashMap<_, Vec<_>> = HashMap::new();
        for request in server.requests() {
            connections.entry(numbers(&request).0).or_default().push(request.connection);
        }
        assert_eq!(connections.len(), clients);
        for (caller, connections) in connections {
            assert_eq!(connections.len(), 3, "caller {caller}");
            assert_ne!(connections[0], connections[1], "caller {caller}");
            assert_eq!(connections[1], connections[2], "caller {caller}");
        }
    }
}

/// 0 to 240 µs after the response.
fn arrives_later(after: impl Fn(&mut Peer) -> io::Result<()> + Copy + Send + Sync + 'static) {
    has_arrived("arrived", move |peer, request, caller| {
        peer.send(request.answer())?;
        spin(caller * 10);
        after(peer)
    });
}

#[test]
fn a_stray_response_has_arrived() {
    arrives_later(|peer| peer.send(stray()));
}

#[test]
fn the_end_has_arrived() {
    arrives_later(|_| Err(io::ErrorKind::Other.into()));
    arrives_later(|peer| peer.close_notify().and_then(|()| peer.fin()));
    arrives_later(Peer::reset);
}

/// The call gets it, as it cannot know. Its own response must not become that of the next call.
#[test]
fn a_stray_response_comes_before_the_response() {
    has_arrived("early", |peer, request, caller| {
        peer.send(stray())?;
        spin(caller * 10);
        peer.send(request.answer())
    });
}

/// 20 to 300 µs after the first response of a client, which calls on.
#[test]
fn a_stray_response_shifts_no_later_response() {
    let path = scratch().join(format!("responses-{}", std::process::id()));
    for kind in [Kind::Plain, Kind::Tls] {
        let file = File::create(&path).unwrap();
        file.write_all_at(&0_u64.to_ne_bytes(), 0).unwrap();
        let sent = Mutex::new((0, file));
        let server = Server::start(kind, move |peer| {
            loop {
                let request = peer.request()?;
                peer.send(request.answer())?;
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
        let mut command = Command::new(program("stray"));
        command.args(["on", &config(&server, json!({})).to_string(), "20"]);
        print!("{kind:?} {}", run(command.env("RESPONSES", &path).stdin(Stdio::null())));
    }
    fs::remove_file(path).unwrap();
}
