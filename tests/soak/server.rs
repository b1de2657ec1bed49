//! The scripted server: the ticket of a request names the behaviour (`behaviours::TABLE`), and in
//! the rough lane the number of the connection says where it ends.

use std::io::{self, Read};
use std::sync::Arc;

use crate::behaviours::{self, Drops, Lane};
use crate::harness::{Kind, Peer, Server};
use crate::record::Record;
use crate::responses::{fin, notify, read_byte};

/// Where a connection of the rough lane ends.
#[derive(Clone, Copy)]
enum Point {
    Accepted,
    /// After a byte of the ClientHello or of the request; what follows stays unread.
    FirstByte,
    /// After the ClientHello or after a request, whose content is ignored.
    FirstBytes,
    Handshake,
    Request,
    /// After some good responses.
    Responses,
}

/// Used in turn.
const ROUGH: [Point; 15] = [
    Point::Accepted,
    Point::Responses,
    Point::Responses,
    Point::FirstByte,
    Point::Responses,
    Point::Responses,
    Point::FirstBytes,
    Point::Responses,
    Point::Responses,
    Point::Handshake,
    Point::Responses,
    Point::Responses,
    Point::Request,
    Point::Responses,
    Point::Responses,
];

/// How many requests a connection of the rough lane serves.
const RESPONSES: usize = 5;

/// Requests are only in `record`: the server's own record would keep each one for the whole run.
pub fn start(lane: Lane, is_tls: bool, record: &Arc<Record>) -> Server {
    let record = Arc::clone(record);
    let kind = if is_tls { Kind::Handshake } else { Kind::Plain };
    Server::start(kind, move |peer| converse(lane, is_tls, peer, &record))
}

fn converse(lane: Lane, is_tls: bool, peer: &mut Peer, record: &Record) -> io::Result<()> {
    if lane == Lane::Rough {
        let point = ROUGH[peer.number % ROUGH.len()];
        converse_until(point, is_tls, peer, record)?;
        // Every way of ending at every point.
        return match peer.number / ROUGH.len() % 3 {
            0 => fin(peer),
            1 => notify(peer),
            _ => peer.reset(),
        };
    }
    if is_tls {
        peer.upgrade()?;
    }
    for requests in 0.. {
        serve(peer, requests > 0, record)?;
    }
    Ok(())
}

fn converse_until(point: Point, is_tls: bool, peer: &mut Peer, record: &Record) -> io::Result<()> {
    match point {
        Point::Accepted => return Ok(()),
        Point::FirstByte => return read_byte(peer),
        Point::FirstBytes => return peer.tcp().read(&mut [0; 8192]).map(drop),
        _ if is_tls => peer.upgrade()?,
        _ => {}
    }
    match point {
        Point::Request => {
            let request = peer.read_request()?;
            record.dropped(&request.ticket(), false);
        }
        Point::Responses => {
            for requests in 0..RESPONSES {
                serve(peer, requests > 0, record)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Reads a request and does what its ticket says.
fn serve(peer: &mut Peer, is_reused: bool, record: &Record) -> io::Result<()> {
    let request = peer.read_request()?;
    let ticket = request.ticket();
    let Some(behaviour) = behaviours::find(&ticket) else {
        // Our clients do not send this; a followed redirect would. The check finds it on record.
        record.responded(&ticket, is_reused);
        return fin(peer);
    };
    if behaviour.drops == Drops::Always
        || behaviour.drops == Drops::First && !record.has_seen(&ticket)
    {
        record.dropped(&ticket, is_reused);
        return if behaviour.drops == Drops::First {
            fin(peer)
        } else {
            (behaviour.serve)(peer, &request, record)
        };
    }
    record.responded(&ticket, is_reused);
    (behaviour.serve)(peer, &request, record)
}
