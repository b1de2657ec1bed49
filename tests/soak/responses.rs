//! Responses of the server, and ways to end a connection, for the entries of the table.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::peer::location;
use crate::harness::{Peer, Request, http};
use crate::record::Record;

/// The pause of the programs after each call is longer (`clients/soak.c`).
const STRAY_TIME: Duration = Duration::from_micros(300);

/// A pseudo-random number that depends only on the ticket.
pub fn number_of(ticket: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    ticket.hash(&mut hasher);
    hasher.finish() as usize
}

pub fn good(peer: &mut Peer, request: &Request, _: &Record) -> io::Result<()> {
    peer.send(request.response())
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
        return fin(peer);
    }
    Ok(())
}

/// A good response that belongs to no call.
pub fn foreign() -> Vec<u8> {
    http("200 OK", &[], document(json!(location("foreign"))).as_bytes())
}

/// Ends the connection; in TLS without close_notify.
pub fn fin(_: &mut Peer) -> io::Result<()> {
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Ends the connection; in TLS with close_notify.
pub fn notify(peer: &mut Peer) -> io::Result<()> {
    peer.close_notify()?;
    fin(peer)
}

/// Reads a byte from the TCP stream, below TLS. The rest stays unread, so that closing the
/// connection resets it.
pub fn read_byte(peer: &mut Peer) -> io::Result<()> {
    io::Read::read_exact(&mut peer.tcp(), &mut [0])
}

pub fn large(peer: &mut Peer, request: &Request, _: &Record) -> io::Result<()> {
    peer.send(http("200 OK", &[], padded(request, 300_000).as_bytes()))
}

pub fn slow(peer: &mut Peer, request: &Request, _: &Record) -> io::Result<()> {
    let response = request.response();
    for piece in response.chunks(response.len().div_ceil(6)) {
        thread::sleep(Duration::from_millis(20));
        peer.send(piece)?;
    }
    Ok(())
}

/// A good response in two chunks; `header` is one more line of its head.
pub fn chunked(request: &Request, header: &str) -> String {
    let document = request.document();
    let (first, rest) = document.split_at(document.len() / 2);
    format!(
        "HTTP/1.1 200 OK\r\n{header}Transfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{first}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
        first.len(),
        rest.len()
    )
}

/// The document of a good response, extended by `len` bytes.
pub fn padded(request: &Request, len: usize) -> String {
    request.document().replacen('{', &format!("{{\"padding\":\"{}\",", "x".repeat(len)), 1)
}

pub fn document(content: Value) -> String {
    json!({ "action": "LOCATION", "responseContent": content }).to_string()
}

pub fn action(action: &str, request: &Request) -> Vec<u8> {
    let content = json!({ "error": "server_error", "ticket": request.ticket() }).to_string();
    let document = json!({ "action": action, "responseContent": content });
    http("200 OK", &[], document.to_string().as_bytes())
}

pub fn cut(request: &Request) -> Vec<u8> {
    let mut response = request.response();
    response.truncate(1 + number_of(&request.ticket()) % (response.len() - 1));
    response
}
