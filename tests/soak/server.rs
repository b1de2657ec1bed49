//! The scripted server: the ticket of a request names the behaviour (`behaviours::TABLE`), and in
//! the rough lane the number of the connection says where it ends.

use std::io::{self, Read};
use std::sync::Arc;

use crate::behaviours::{Behaviour, Lane};
use crate::harness::{Kind, Peer, Server};
use crate::record::{Record, Sighting};
use crate::responses::{end, read_byte};

/// How many requests a connection of the rough lane serves.
const RESPONSES: usize = 5;

/// Requests are only in `record`: the server's own record would keep each one for the whole run.
pub fn start(lane: Lane, is_tls: bool, record: &Arc<Record>) -> Server {
    let record = Arc::clone(record);
    let kind = if is_tls { Kind::Handshake } else { Kind::Plain };
    Server::start(kind, move |peer| {
        if lane == Lane::Rough {
            converse_roughly(is_tls, peer, &record)?;
            // Every way of ending at every point.
            return end(peer, peer.number / 15);
        }
        if is_tls {
            peer.upgrade()?;
        }
        (0..).try_for_each(|requests| serve(peer, requests > 0, &record))
    })
}

/// Two of three connections end after some good responses, the others earlier.
fn converse_roughly(is_tls: bool, peer: &mut Peer, record: &Record) -> io::Result<()> {
    let point = peer.number % 15;
    match point {
        0 => return Ok(()),
        // After a byte of the ClientHello or of the request; what follows stays unread.
        3 => return read_byte(peer),
        // After the ClientHello or after a request, whose content is ignored.
        6 => return peer.tcp().read(&mut [0; 8192]).map(drop),
        _ if is_tls => peer.upgrade()?,
        _ => {}
    }
    match point {
        // After the handshake.
        9 => Ok(()),
        12 => {
            let request = peer.read_request()?;
            record.add(&request.ticket(), Sighting { is_reused: false, is_dropped: true });
            Ok(())
        }
        _ => (0..RESPONSES).try_for_each(|requests| serve(peer, requests > 0, record)),
    }
}

/// Reads a request and does what its ticket says.
fn serve(peer: &mut Peer, is_reused: bool, record: &Record) -> io::Result<()> {
    let request = peer.read_request()?;
    let ticket = request.ticket();
    let Some(behaviour) = Behaviour::find(&ticket) else {
        // Our clients do not send this; a followed redirect would. The check finds it on record.
        record.add(&ticket, Sighting { is_reused, is_dropped: false });
        return end(peer, 0);
    };
    let is_dropped = record.seen().get(&ticket).map_or(0, Vec::len) < behaviour.drops;
    record.add(&ticket, Sighting { is_reused, is_dropped });
    if !is_dropped {
        peer.send(behaviour.response(&request))?;
    }
    (behaviour.then)(peer, &request, record)
}
