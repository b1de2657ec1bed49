//! Connection pool cases: connections end, or receive stray bytes, while they are idle.

use std::io;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Kind, Peer, Server};
use crate::runner::load::Load;
use crate::runner::{Event, FaultCase, ROUNDS, Runner, case};
use crate::tls_idle::arrives_while_idle;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_server_ends_an_idle_connection, while_idle(|_| Ok(()))),
        case!(the_server_sends_close_notify_on_an_idle_connection, while_idle(Peer::close_notify)),
        case!(the_server_resets_an_idle_connection, while_idle(Peer::reset)),
        case!(the_server_ends_each_connection_at_once),
        case!(all_idle_connections_have_ended),
        case!(a_stray_response_arrives_later),
        case!(a_response_arrives_after_the_deadline),
        case!(a_connection_that_was_idle_too_long_is_closed),
        case!(more_threads_than_idle_connections_call_at_once),
        case!(a_thread_that_calls_alone_uses_one_of_several_idle_connections),
    ]
}

const BOTH: [Kind; 2] = [Kind::Plain, Kind::Tls];

/// Long enough for bytes from the server to arrive before the next call.
const ARRIVAL: Duration = Duration::from_millis(20);

/// The first connection serves one request and then runs `end`. The others serve every request.
fn while_idle(end: fn(&mut Peer) -> io::Result<()>) -> impl Fn(&Runner) {
    move |runner| {
        runner.run_plain_and_tls(|host, kind| {
            let server = host.serve(kind, move |peer| {
                peer.serve_once()?;
                if peer.number == 0 { end(peer) } else { peer.serve() }
            });
            host.good();
            server.wait_for_ends(1);
            thread::sleep(ARRIVAL);
            let called = host.good();
            assert_eq!(server.count(&called.ticket), 1);
            assert_eq!(server.connections(), 2);
        });
    }
}

fn the_server_ends_each_connection_at_once(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = host.serve(kind, Peer::serve_once);
        for _ in 0..20 {
            // The client may notice the end before or after it sends the request.
            let called = host.call();
            called.is("OK", "CONSUMED", called.reply.number("attempts"));
            assert_eq!(server.count(&called.ticket), 1);
        }
    });
}

fn all_idle_connections_have_ended(runner: &Runner) {
    let load = Load { pause: (ARRIVAL, ARRIVAL), ..Load::at_once(8, 2) };
    for kind in BOTH {
        let server = Server::start(kind, move |peer| {
            let request = peer.request()?;
            peer.send(request.response())?;
            // Tickets are numbered. Of each 16, the first eight are sent on new connections, which
            // the server closes.
            let ticket = request.ticket();
            let number: usize = ticket.rsplit('-').next().unwrap().parse().unwrap();
            if number % 16 < 8 { peer.request().map(drop) } else { peer.serve() }
        });
        load.run(runner, server.config()).all_good();
    }
}

/// An unsolicited response.
const STRAY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 87\r\n\r\n{\"resultCode\":\"A060306\",\
    \"action\":\"LOCATION\",\"responseContent\":\"https://evil.example/\"}";

fn a_stray_response_arrives_later(runner: &Runner) {
    for kind in BOTH {
        arrives_while_idle(runner, kind, 2..=2, |peer, go, sent| {
            peer.serve_once()?;
            if peer.number == 0 {
                go.wait();
                peer.send(STRAY)?;
                thread::sleep(ARRIVAL);
                sent.set();
            }
            peer.serve()
        });
    }
}

fn a_response_arrives_after_the_deadline(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let (go, sent) = (Arc::new(Event::default()), Arc::new(Event::default()));
        let (wait, tell) = (Arc::clone(&go), Arc::clone(&sent));
        let server = Server::start(kind, move |peer| {
            let request = peer.request()?;
            if peer.number > 0 {
                peer.send(request.response())?;
                return peer.serve();
            }
            wait.wait();
            let result = peer.send(request.response());
            tell.set();
            result
        });
        host.client(&server, json!({ "timeoutMs": 150 }));
        host.call().is("TIMEOUT", "UNKNOWN", 1);
        go.set();
        sent.wait();
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

fn a_connection_that_was_idle_too_long_is_closed(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Plain, Peer::serve);
        host.client(&server, json!({ "idleTimeoutMs": 30 }));
        host.good();
        thread::sleep(Duration::from_millis(40));
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

fn more_threads_than_idle_connections_call_at_once(runner: &Runner) {
    for kind in BOTH {
        let server = Server::start(kind, Peer::serve);
        let mut config = server.config();
        config["maxIdleConnections"] = json!(4);
        let totals = Load::at_once(64, 8).run(runner, config);
        totals.all_good();
        assert!(totals.number("sockets") <= 64, "{totals:?}");
        assert!(totals.number("threads") <= 1 + 64, "{totals:?}");
        let requests = server.requests();
        assert_eq!(requests.len(), totals.calls);
    }
}

/// The pool is LIFO, so that connections that are no longer needed stay idle until they are closed.
fn a_thread_that_calls_alone_uses_one_of_several_idle_connections(runner: &Runner) {
    let (threads, calls) = (4, 8);
    for kind in BOTH {
        let all_connected = Barrier::new(threads);
        let server = Server::start(kind, move |peer| {
            let request = peer.request()?;
            all_connected.wait();
            peer.send(request.response())?;
            peer.serve()
        });
        let program = runner.program("threads", "share-then-call-alone");
        program.client(&server, json!({ "idleTimeoutMs": 60_000 })).number(calls).run();
        assert_eq!(server.connections(), threads * ROUNDS);
        for round in server.requests().chunks((threads + 1) * calls) {
            let alone = &round[threads * calls..];
            let connections: Vec<_> = alone.iter().map(|request| request.connection).collect();
            assert_eq!(connections, vec![connections[0]; calls]);
        }
    }
}
