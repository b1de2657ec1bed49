//! Cases of TLS records that arrive while a connection is idle. Session tickets and key updates are
//! no reason to close it.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::json;

use crate::tls_records::TlsPeer;
use crate::world::Event;
use crate::world::peer::Peer;
use crate::world::row::row;
use crate::world::server::{Kind, Server};

/// The first connection serves once and then sends what `idle` says, which has arrived before the
/// next call. The server goes on serving it.
fn arrives_while_idle(
    kind: Kind,
    script: impl Fn(&mut Peer, &Event, &Event) -> io::Result<()> + Clone + Send + Sync + 'static,
    connections: RangeInclusive<usize>,
) {
    row(|row| {
        let (go, sent) = (Arc::new(Event::default()), Arc::new(Event::default()));
        let (wait, tell) = (Arc::clone(&go), Arc::clone(&sent));
        let script = script.clone();
        let server = Server::start(kind, move |peer| script(peer, &wait, &tell));
        row.client(&server, json!({}));
        row.good();
        go.set();
        sent.wait();
        row.good();
        row.good();
        let seen = server.connections();
        assert!(connections.contains(&seen), "{seen} connections, not {connections:?}");
    });
}

fn records_while_idle(records: fn(&mut TlsPeer) -> Vec<u8>, connections: usize) {
    arrives_while_idle(
        Kind::Handshake,
        move |peer, go, sent| {
            let mut tls = TlsPeer::accept(peer)?;
            if peer.number > 0 {
                return tls.serve();
            }
            let response = tls.request()?.answer();
            let record = tls.data(&response);
            tls.send(&record)?;
            go.wait();
            let records = records(&mut tls);
            tls.send(&records)?;
            sent.set();
            tls.serve()
        },
        connections..=connections,
    );
}

#[test]
fn session_tickets_arrive_late() {
    records_while_idle(TlsPeer::session_ticket, 1);
    records_while_idle(|tls| [tls.session_ticket(), tls.session_ticket()].concat(), 1);
}

#[test]
fn the_server_updates_its_keys() {
    arrives_while_idle(
        Kind::Tls,
        |peer, go, sent| {
            peer.serve_once()?;
            if peer.number == 0 {
                go.wait();
                peer.key_update()?;
                sent.set();
            }
            peer.serve()
        },
        1..=1,
    );
}

/// The other half comes with the response, so nothing may wait for it before the request is sent.
/// The connection may be reused or not.
#[test]
fn half_a_session_ticket_arrives() {
    arrives_while_idle(
        Kind::Handshake,
        |peer, go, sent| {
            let mut tls = TlsPeer::accept(peer)?;
            if peer.number > 0 {
                return tls.serve();
            }
            let response = tls.request()?.answer();
            let record = tls.data(&response);
            tls.send(&record)?;
            go.wait();
            let ticket = tls.session_ticket();
            let (first, second) = ticket.split_at(ticket.len() / 2);
            tls.send(first)?;
            sent.set();
            let response = tls.request()?.answer();
            let bytes = [second, &tls.data(&response)].concat();
            tls.send(&bytes)?;
            tls.serve()
        },
        1..=2,
    );
}

#[test]
fn session_tickets_do_not_hide_what_ends_the_connection() {
    records_while_idle(|tls| [tls.session_ticket(), tls.close_notify()].concat(), 2);
    records_while_idle(|tls| [tls.session_ticket(), tls.fatal_alert()].concat(), 2);
    records_while_idle(|tls| [tls.session_ticket(), tls.data(b"HTTP/1.1 ")].concat(), 2);
    // A record that cannot be decrypted.
    records_while_idle(
        |tls| [tls.session_ticket(), vec![23, 3, 3, 0, 17], vec![0; 17]].concat(),
        2,
    );
}
