//! Rows of the pool: connections that end, or hold too much, while nobody uses them.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::world::Event;
use crate::world::load::Load;
use crate::world::peer::Peer;
use crate::world::row::row;
use crate::world::server::{Kind, Server};

const BOTH: [Kind; 2] = [Kind::Plain, Kind::Tls];

/// Longer than a connection may idle without being looked at; then what the server did arrives
/// before the next call.
const A_MOMENT: Duration = Duration::from_millis(20);

/// The first connection serves once and then does `end`; the others serve.
fn while_idle(end: fn(&mut Peer) -> io::Result<()>) {
    for kind in BOTH {
        row(|row| {
            let server = Server::start(kind, move |peer| {
                peer.serve_once()?;
                if peer.number == 0 { end(peer) } else { peer.serve() }
            });
            row.client(&server, json!({}));
            row.good();
            server.wait_for_ends(1);
            thread::sleep(A_MOMENT);
            let called = row.good();
            assert_eq!(server.count(&called.ticket), 1);
            assert_eq!(server.connections(), 2);
        });
    }
}

#[test]
fn the_server_ends_an_idle_connection() {
    while_idle(|_| Ok(()));
}

#[test]
fn the_server_announces_the_end_of_an_idle_connection() {
    while_idle(Peer::close_notify);
}

#[test]
fn the_server_resets_an_idle_connection() {
    while_idle(Peer::reset);
}

#[test]
fn the_server_ends_each_connection_at_once() {
    for kind in BOTH {
        row(|row| {
            let server = Server::start(kind, Peer::serve_once);
            row.client(&server, json!({}));
            for _ in 0..20 {
                // Whether the end is seen before sending or after it is a race.
                let called = row.call();
                called.is("OK", "CONSUMED", called.reply.number("attempts"));
                assert_eq!(server.count(&called.ticket), 1);
            }
        });
    }
}

#[test]
fn the_server_says_that_it_will_close() {
    row(|row| {
        let server = Server::start(Kind::Plain, |peer| {
            let request = peer.request()?;
            let answer = String::from_utf8(request.answer()).unwrap();
            peer.send(answer.replacen("\r\n", "\r\nConnection: close\r\n", 1))?;
            peer.hold()
        });
        row.client(&server, json!({}));
        row.good();
        row.good();
        assert_eq!(server.connections(), 2);
    });
}

#[test]
fn all_idle_connections_are_dead() {
    let load = Load { threads: 8, rounds: 2, pause: (A_MOMENT, A_MOMENT), is_shared: true };
    for kind in BOTH {
        let server = Server::start(kind, move |peer| {
            peer.serve_once()?;
            // Where eight were not needed, a later one serves once more; all the better.
            if peer.number < 8 { peer.request().map(drop) } else { peer.serve() }
        });
        load.run(server.config()).all_good(&load);
    }
}

/// What nobody asked for, in the form of an answer.
const EXTRA: &str = "HTTP/1.1 200 OK\r\nContent-Length: 87\r\n\r\n{\"resultCode\":\"A060306\",\
    \"action\":\"LOCATION\",\"responseContent\":\"https://evil.example/\"}";

#[test]
fn an_extra_answer_comes_with_the_first() {
    for kind in BOTH {
        row(|row| {
            let server = Server::start(kind, |peer| {
                loop {
                    let request = peer.request()?;
                    peer.send([&request.answer(), EXTRA.as_bytes()].concat())?;
                }
            });
            row.client(&server, json!({}));
            for calls in 1..=3 {
                row.good();
                assert_eq!(server.connections(), calls);
            }
        });
    }
}

#[test]
fn an_extra_answer_comes_later() {
    for kind in BOTH {
        row(|row| {
            let (go, sent) = (Arc::new(Event::default()), Arc::new(Event::default()));
            let (wait, tell) = (Arc::clone(&go), Arc::clone(&sent));
            let server = Server::start(kind, move |peer| {
                peer.serve_once()?;
                if peer.number == 0 {
                    wait.wait();
                    peer.send(EXTRA)?;
                    tell.set();
                }
                peer.serve()
            });
            row.client(&server, json!({}));
            row.good();
            go.set();
            sent.wait();
            thread::sleep(A_MOMENT);
            row.good();
            assert_eq!(server.connections(), 2);
        });
    }
}

#[test]
fn an_answer_comes_after_its_deadline() {
    for kind in BOTH {
        row(|row| {
            let (go, sent) = (Arc::new(Event::default()), Arc::new(Event::default()));
            let (wait, tell) = (Arc::clone(&go), Arc::clone(&sent));
            let server = Server::start(kind, move |peer| {
                let request = peer.request()?;
                if peer.number > 0 {
                    peer.send(request.answer())?;
                    return peer.serve();
                }
                wait.wait();
                let result = peer.send(request.answer());
                tell.set();
                result
            });
            row.client(&server, json!({ "timeoutMs": 150 }));
            row.call().is("TIMEOUT", "UNKNOWN", 1);
            go.set();
            sent.wait();
            row.good();
            assert_eq!(server.connections(), 2);
        });
    }
}

#[test]
fn connections_are_reused() {
    for kind in BOTH {
        row(|row| {
            let server = Server::start(kind, Peer::serve);
            row.client(&server, json!({}));
            for _ in 0..50 {
                row.good();
            }
            assert_eq!(server.connections(), 1);
        });
    }
}

#[test]
fn a_connection_that_idled_too_long_is_left() {
    row(|row| {
        let server = Server::start(Kind::Plain, Peer::serve);
        row.client(&server, json!({ "idleTimeoutMs": 30 }));
        row.good();
        thread::sleep(Duration::from_millis(40));
        row.good();
        assert_eq!(server.connections(), 2);
    });
}

#[test]
fn nothing_is_kept_where_nothing_may_idle() {
    row(|row| {
        for config in [json!({ "maxIdleConnections": 0 }), json!({ "idleTimeoutMs": 0 })] {
            let server = Server::start(Kind::Plain, Peer::serve);
            row.client(&server, config);
            row.good();
            row.good();
            assert_eq!(server.connections(), 2);
        }
    });
}

#[test]
fn more_threads_than_may_idle_call_at_once() {
    let load =
        Load { threads: 64, rounds: 20, pause: (Duration::ZERO, Duration::ZERO), is_shared: true };
    for kind in BOTH {
        let server = Server::start(kind, Peer::serve);
        let mut config = server.config();
        config["maxIdleConnections"] = json!(4);
        let totals = load.run(config);
        totals.all_good(&load);
        assert!(totals.number("descriptors") <= 64, "{totals:?}");
        assert!(totals.number("threads") <= 1 + 64, "{totals:?}");
        let requests = server.requests();
        assert_eq!(requests.len(), 64 * 20);
    }
}
