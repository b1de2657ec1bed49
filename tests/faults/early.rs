//! Early connection cases: a program connects before it makes a call. Meanwhile, the server sends
//! something or ends the connection.

use std::io;
use std::sync::Arc;

use crate::harness::{Kind, Peer, TEST_TIMEOUT, http};
use crate::idle::run_once;
use crate::keepalive::Nginx;
use crate::runner::{Event, FaultCase, NGINX, Runner, case, wait_for_end_of_connections};
use crate::tls_records::TlsPeer;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(session_tickets_follow_the_handshake),
        case!(session_tickets_arrive_late),
        case!(session_tickets_arrive_during_the_handshake),
        case!(half_a_session_ticket_arrives),
        case!(the_server_ends_the_connection, ends(|_| Ok(()))),
        case!(the_server_sends_close_notify, ends(Peer::close_notify)),
        case!(the_server_resets_the_connection, ends(Peer::reset)),
        case!(the_server_responds_with_408_and_ends_the_connection, ends(time_out)),
        case!(the_server_ends_the_connection_when_the_request_arrives),
        case!(nginx_ends_the_connection).needs(NGINX),
    ]
}

/// On the first connection, `script` sends something and sets the event. The first call begins after
/// that. `connections` is the expected number of connections.
fn arrives_early(
    runner: &Runner,
    kind: Kind,
    connections: usize,
    script: impl Fn(&mut Peer, &Event) -> io::Result<()> + Copy + Send + Sync + 'static,
) {
    runner.run(|host| {
        let sent = Arc::new(Event::default());
        let tell = Arc::clone(&sent);
        let server = host.serve(kind, move |peer| script(peer, &tell));
        host.connect().is("OK", "NONE", 1);
        sent.wait();
        host.good();
        host.good();
        assert_eq!(server.connections(), connections);
    });
}

/// The server has sent the session tickets when it has completed the handshake.
fn session_tickets_follow_the_handshake(runner: &Runner) {
    arrives_early(runner, Kind::Tls, 1, |peer, sent| {
        sent.set();
        peer.serve()
    });
}

fn session_tickets_arrive_late(runner: &Runner) {
    /// The segments that the server sends.
    type Segments = fn(&mut TlsPeer) -> Vec<Vec<u8>>;
    let one: Segments = |tls| vec![tls.session_ticket()];
    let two_in_one_segment: Segments =
        |tls| vec![[tls.session_ticket(), tls.session_ticket()].concat()];
    let two: Segments = |tls| vec![tls.session_ticket(), tls.session_ticket()];
    let one_in_two_segments: Segments = |tls| {
        let ticket = tls.session_ticket();
        let (first, second) = ticket.split_at(ticket.len() / 2);
        vec![first.to_owned(), second.to_owned()]
    };
    for segments in [one, two_in_one_segment, two, one_in_two_segments] {
        arrives_early(runner, Kind::Handshake, 1, move |peer, sent| {
            let mut tls = TlsPeer::accept(peer)?;
            for segment in segments(&mut tls) {
                tls.send(&segment)?;
            }
            sent.set();
            tls.serve()
        });
    }
}

/// BoringSSL sends its session tickets before the client has completed the handshake. The client receives
/// them while it reads the server's part of the handshake.
fn session_tickets_arrive_during_the_handshake(runner: &Runner) {
    arrives_early(runner, Kind::Handshake, 1, |peer, sent| {
        let tickets = |tls: &mut TlsPeer| [tls.session_ticket(), tls.session_ticket()].concat();
        let mut tls = TlsPeer::accept_sending(peer, tickets)?;
        sent.set();
        tls.serve()
    });
    // The second half of a ticket arrives after the handshake.
    arrives_early(runner, Kind::Handshake, 1, |peer, sent| {
        let mut rest = Vec::new();
        let mut tls = TlsPeer::accept_sending(peer, |tls| {
            let mut ticket = tls.session_ticket();
            rest = ticket.split_off(ticket.len() / 2);
            ticket
        })?;
        tls.send(&rest)?;
        sent.set();
        tls.serve()
    });
}

/// The connection is not used: the other half may arrive late, and the record may contain a stray
/// response instead.
fn half_a_session_ticket_arrives(runner: &Runner) {
    arrives_early(runner, Kind::Handshake, 2, |peer, sent| {
        let mut tls = TlsPeer::accept(peer)?;
        if peer.number == 0 {
            let ticket = tls.session_ticket();
            tls.send(&ticket[..ticket.len() / 2])?;
            sent.set();
        }
        tls.serve()
    });
}

/// The server runs `end` on the first connection when the client has opened it.
fn ends(end: fn(&mut Peer) -> io::Result<()>) -> impl Fn(&Runner) {
    move |runner| {
        runner.run_plain_and_tls(|host, kind| {
            let is_open = Arc::new(Event::default());
            let wait = Arc::clone(&is_open);
            let server = host.serve(kind, move |peer| {
                if peer.number > 0 {
                    return peer.serve();
                }
                wait.wait();
                end(peer)
            });
            host.connect().is("OK", "NONE", 1);
            is_open.set();
            wait_for_end_of_connections(server.port(), TEST_TIMEOUT);
            let called = host.good();
            assert_eq!((server.connections(), server.count(&called.ticket)), (2, 1));
        });
    }
}

fn time_out(peer: &mut Peer) -> io::Result<()> {
    peer.send(http("408 Request Timeout", &["Connection: close"], b"too late"))
}

/// The request crosses the end of the connection, as on a connection that was used before.
fn the_server_ends_the_connection_when_the_request_arrives(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = host.serve(kind, |peer| {
            if peer.number == 0 { peer.read_request().map(drop) } else { peer.serve() }
        });
        host.connect().is("OK", "NONE", 1);
        let called = host.call();
        called.is("OK", "CONSUMED", 2);
        assert_eq!((server.connections(), server.count(&called.ticket)), (2, 1));
    });
}

/// nginx waits for the first request for a minute by default.
fn nginx_ends_the_connection(runner: &Runner) {
    run_once(runner, |host, kind| {
        let nginx = Nginx::start("early", kind, "client_header_timeout 1s;");
        host.client_with(nginx.config());
        host.connect().is("OK", "NONE", 1);
        wait_for_end_of_connections(nginx.port, TEST_TIMEOUT);
        let called = host.good();
        assert_eq!(nginx.authlete.count(&called.ticket), 1);
    });
}
