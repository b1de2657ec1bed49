//! Idle TLS connection cases: records arrive while a connection is idle. After session tickets and key
//! updates, the connection is still usable.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::harness::{Kind, Peer};
use crate::runner::{Event, FaultCase, Runner, case};
use crate::tls_records::TlsPeer;
use rustls::AlertDescription;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(session_tickets_arrive_late),
        case!(the_server_updates_its_keys),
        case!(half_a_session_ticket_arrives),
        case!(session_tickets_do_not_hide_what_ends_the_connection),
    ]
}

/// On the first connection, `script` responds once, waits for the first event, sends records and sets
/// the second event. The next call begins after that. `connections` is the expected number of
/// connections.
pub fn arrives_while_idle(
    runner: &Runner,
    kind: Kind,
    connections: RangeInclusive<usize>,
    script: impl Fn(&mut Peer, &Event, &Event) -> io::Result<()> + Copy + Send + Sync + 'static,
) {
    runner.run(|host| {
        let (go, sent) = (Arc::new(Event::default()), Arc::new(Event::default()));
        let (wait, tell) = (Arc::clone(&go), Arc::clone(&sent));
        let server = host.serve(kind, move |peer| script(peer, &wait, &tell));
        host.good();
        go.set();
        sent.wait();
        host.good();
        host.good();
        let seen = server.connections();
        assert!(connections.contains(&seen), "{seen} connections, not {connections:?}");
    });
}

fn records_while_idle(runner: &Runner, records: fn(&mut TlsPeer) -> Vec<u8>, connections: usize) {
    arrives_while_idle(
        runner,
        Kind::Handshake,
        connections..=connections,
        move |peer, go, sent| {
            let mut tls = TlsPeer::accept(peer)?;
            if peer.number > 0 {
                return tls.serve();
            }
            tls.serve_once()?;
            go.wait();
            let records = records(&mut tls);
            tls.send(&records)?;
            sent.set();
            tls.serve()
        },
    );
}

fn session_tickets_arrive_late(runner: &Runner) {
    records_while_idle(runner, TlsPeer::session_ticket, 1);
    records_while_idle(runner, |tls| [tls.session_ticket(), tls.session_ticket()].concat(), 1);
}

fn the_server_updates_its_keys(runner: &Runner) {
    arrives_while_idle(runner, Kind::Tls, 1..=1, |peer, go, sent| {
        peer.serve_once()?;
        if peer.number == 0 {
            go.wait();
            peer.key_update()?;
            sent.set();
        }
        peer.serve()
    });
}

/// The other half arrives with the response, so the client must send the request without waiting for
/// it. The connection may be reused or not.
fn half_a_session_ticket_arrives(runner: &Runner) {
    arrives_while_idle(runner, Kind::Handshake, 1..=2, |peer, go, sent| {
        let mut tls = TlsPeer::accept(peer)?;
        if peer.number > 0 {
            return tls.serve();
        }
        tls.serve_once()?;
        go.wait();
        let ticket = tls.session_ticket();
        let (first, second) = ticket.split_at(ticket.len() / 2);
        tls.send(first)?;
        sent.set();
        let response = tls.request()?.response();
        let bytes = [second, &tls.data(&response)].concat();
        tls.send(&bytes)?;
        tls.serve()
    });
}

fn session_tickets_do_not_hide_what_ends_the_connection(runner: &Runner) {
    records_while_idle(runner, |tls| [tls.session_ticket(), tls.close_notify()].concat(), 2);
    records_while_idle(
        runner,
        |tls| [tls.session_ticket(), tls.fatal_alert(AlertDescription::InternalError)].concat(),
        2,
    );
    records_while_idle(runner, |tls| [tls.session_ticket(), tls.data(b"HTTP/1.1 ")].concat(), 2);
    // A record that cannot be decrypted.
    records_while_idle(
        runner,
        |tls| [tls.session_ticket(), vec![23, 3, 3, 0, 17], vec![0; 17]].concat(),
        2,
    );
}
