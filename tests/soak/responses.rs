//! Responses of the server, and what follows them, for the entries of the table.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::peer::location;
use crate::harness::{Peer, Request, http};
use crate::record::{Record, Sighting};

/// The pause of the programs after each call is longer (`clients/soak.c`).
const STRAY_TIME: Duration = Duration::from_micros(300);

/// Between the pieces of a slow response.
const PAUSE: Duration = Duration::from_millis(20);

/// A pseudo-random number that depends only on the ticket.
fn number_of(request: &Request) -> usize {
    let mut hasher = DefaultHasher::new();
    request.ticket().hash(&mut hasher);
    hasher.finish() as usize
}

/// A second response after the first one. If the library reused the connection, the next call would
/// get it, and each later call the response of the call before.
pub fn stray(peer: &mut Peer, request: &Request, record: &Record) -> io::Result<()> {
    let start = Instant::now();
    peer.send(request.response())?;
    peer.send(foreign())?;
    if start.elapsed() > STRAY_TIME {
        // The machine was busy. The client may have checked the connection before the stray
        // response arrived, and cannot tell it from its own response then.
        let next = peer.read_request()?;
        record.excuse(&next.ticket());
        return fin(peer, request, record);
    }
    Ok(())
}

/// A good response that belongs to no call.
pub fn foreign() -> Vec<u8> {
    let url = location("foreign");
    let document = format!(r#"{{"action":"LOCATION","responseContent":"{url}"}}"#);
    http("200 OK", &[], document.as_bytes())
}

pub fn keep(_: &mut Peer, _: &Request, _: &Record) -> io::Result<()> {
    Ok(())
}

/// Ends the connection: without and, in TLS, with close_notify, or by a reset.
pub fn end(peer: &mut Peer, way: usize) -> io::Result<()> {
    match way % 3 {
        0 => {}
        1 => peer.close_notify()?,
        _ => peer.reset()?,
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

pub fn fin(peer: &mut Peer, _: &Request, _: &Record) -> io::Result<()> {
    end(peer, 0)
}

pub fn notify(peer: &mut Peer, _: &Request, _: &Record) -> io::Result<()> {
    end(peer, 1)
}

pub fn reset(peer: &mut Peer, _: &Request, _: &Record) -> io::Result<()> {
    end(peer, 2)
}

pub fn idle(peer: &mut Peer, request: &Request, _: &Record) -> io::Result<()> {
    thread::sleep(Duration::from_millis(1 + number_of(request) as u64 % 20));
    end(peer, 0)
}

/// The first byte of the next request, and then a reset, as the rest is never read.
pub fn half(peer: &mut Peer, _: &Request, _: &Record) -> io::Result<()> {
    read_byte(peer)?;
    end(peer, 0)
}

/// The whole next request, and then the end.
pub fn next_dropped(peer: &mut Peer, request: &Request, record: &Record) -> io::Result<()> {
    let next = peer.read_request()?;
    record.add(&next.ticket(), Sighting { is_reused: true, is_dropped: true });
    end(peer, number_of(request))
}

pub fn hold(peer: &mut Peer, _: &Request, _: &Record) -> io::Result<()> {
    peer.hold()
}

pub fn drip(peer: &mut Peer, request: &Request, _: &Record) -> io::Result<()> {
    peer.drip(&request.response(), 0, PAUSE)
}

pub fn slow(peer: &mut Peer, request: &Request, _: &Record) -> io::Result<()> {
    let response = request.response();
    for piece in response.chunks(response.len().div_ceil(6)) {
        thread::sleep(PAUSE);
        peer.send(piece)?;
    }
    Ok(())
}

/// Reads a byte from the TCP stream, below TLS. The rest stays unread, so that closing the
/// connection resets it.
pub fn read_byte(peer: &mut Peer) -> io::Result<()> {
    io::Read::read_exact(&mut peer.tcp(), &mut [0])
}

/// A good response in two chunks; `header` is one more line of its head.
pub fn in_chunks(request: &Request, header: &str) -> Vec<u8> {
    let document = request.document();
    let (first, rest) = document.split_at(document.len() / 2);
    format!(
        "HTTP/1.1 200 OK\r\n{header}Transfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{first}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
        first.len(),
        rest.len()
    )
    .into_bytes()
}

/// The document of a good response, extended by `len` bytes.
pub fn padded(request: &Request, len: usize) -> Vec<u8> {
    let padding = format!("{{\"padding\":\"{}\",", "x".repeat(len));
    http("200 OK", &[], request.document().replacen('{', &padding, 1).as_bytes())
}

pub fn huge_head(_: &Request) -> Vec<u8> {
    http("200 OK", &[&format!("X-Padding: {}", "x".repeat(20_000))], b"{}")
}

pub fn half_a_document(request: &Request) -> Vec<u8> {
    let document = request.document();
    http("200 OK", &[], &document.as_bytes()[..document.len() / 2])
}

pub fn latin1(request: &Request) -> Vec<u8> {
    http("200 OK", &[], &[request.document().as_bytes(), b"\xE9"].concat())
}

/// The first bytes of a good response.
pub fn cut(request: &Request, len: impl Fn(usize) -> usize) -> Vec<u8> {
    let mut response = request.response();
    response.truncate(len(response.len()));
    response
}

/// At any byte but the first.
pub fn cut_anywhere(request: &Request) -> Vec<u8> {
    cut(request, |len| 1 + number_of(request) % (len - 1))
}
