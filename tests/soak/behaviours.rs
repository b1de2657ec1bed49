//! The table of behaviours. The ticket of a request begins with the name of a behaviour: what the server
//! does, and the result that DESIGN 4 requires.

use std::io;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::expected::{
    DELIVERED, DROPPED, Expected, NONE, PROTOCOL, REFUSED_CONTENT, TIMEOUT, ok, status,
};
use crate::harness::peer::location;
use crate::harness::{Peer, Request, http};
use crate::record::Record;
use crate::responses::{
    action, chunked, cut, document, fin, foreign, good, large, notify, number_of, padded,
    read_byte, slow, stray,
};

/// A separate client and server for behaviours that would disturb the others. Each lane exists
/// twice: plain and TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Each connection is accepted, and each request on a new connection is read.
    Main,
    /// A short timeout: the server does not finish its responses.
    Hasty,
    /// The server ends connections at every point before a response (`server::ROUGH`).
    Rough,
    /// One thread calls, and pauses after each call: a stray response arrives while it pauses.
    Single,
}

pub const LANES: [Lane; 4] = [Lane::Main, Lane::Hasty, Lane::Rough, Lane::Single];

pub struct Behaviour {
    pub name: &'static str,
    pub lane: Lane,
    /// How often it is chosen.
    pub weight: usize,
    pub drops: Drops,
    pub expected: Expected,
    pub serve: Serve,
}

/// Whether the server closes the connection without a byte after it has read the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drops {
    Never,
    /// The first request with a ticket only.
    First,
    Always,
}

/// Responds to the request. An error ends the connection.
pub type Serve = fn(&mut Peer, &Request, &Record) -> io::Result<()>;

/// The behaviour for a ticket.
pub fn find(ticket: &str) -> Option<&'static Behaviour> {
    let name = ticket.split('.').next()?;
    TABLE.iter().find(|behaviour| behaviour.name == name)
}

const fn behaviour(
    name: &'static str,
    weight: usize,
    expected: Expected,
    serve: Serve,
) -> Behaviour {
    Behaviour { name, lane: Lane::Main, weight, drops: Drops::Never, expected, serve }
}

const fn drops(name: &'static str, drops: Drops, expected: Expected, serve: Serve) -> Behaviour {
    Behaviour { name, lane: Lane::Main, weight: 2, drops, expected, serve }
}

const fn stalls(name: &'static str, serve: Serve) -> Behaviour {
    Behaviour { name, lane: Lane::Hasty, weight: 1, drops: Drops::Never, expected: TIMEOUT, serve }
}

const fn rough(name: &'static str) -> Behaviour {
    Behaviour { lane: Lane::Rough, ..behaviour(name, 8, DELIVERED, good) }
}

pub const TABLE: &[Behaviour] = &[
    behaviour("good", 100, DELIVERED, good),
    // Good responses in unusual forms.
    behaviour("chunked", 3, DELIVERED, |peer, request, _| peer.send(chunked(request, ""))),
    behaviour("large", 2, DELIVERED, large),
    behaviour("slow", 3, DELIVERED, slow),
    behaviour("continue", 2, DELIVERED, |peer, request, record| {
        peer.send("HTTP/1.1 100 Continue\r\n\r\n")?;
        good(peer, request, record)
    }),
    behaviour("until_close", 2, DELIVERED, |peer, request, _| {
        peer.send(format!("HTTP/1.1 200 OK\r\n\r\n{}", request.document()))?;
        notify(peer)
    }),
    // A good response, and then the end of the connection: the next call must not be affected.
    behaviour("close", 3, DELIVERED, |peer, request, _| {
        peer.send(http("200 OK", &["Connection: close"], request.document().as_bytes()))?;
        fin(peer)
    }),
    behaviour("then_fin", 3, DELIVERED, |peer, request, record| {
        good(peer, request, record)?;
        fin(peer)
    }),
    behaviour("then_notify", 3, DELIVERED, |peer, request, record| {
        good(peer, request, record)?;
        notify(peer)
    }),
    behaviour("then_reset", 3, DELIVERED, |peer, request, record| {
        good(peer, request, record)?;
        peer.reset()
    }),
    behaviour("then_idle", 3, DELIVERED, |peer, request, record| {
        good(peer, request, record)?;
        thread::sleep(Duration::from_millis(1 + number_of(&request.ticket()) as u64 % 20));
        fin(peer)
    }),
    // The first byte of the next request, and then a reset, as the rest is never read.
    behaviour("then_half", 3, DELIVERED, |peer, request, record| {
        good(peer, request, record)?;
        read_byte(peer)?;
        fin(peer)
    }),
    // The whole next request, and then the end.
    behaviour("then_drop", 3, DELIVERED, |peer, request, record| {
        good(peer, request, record)?;
        let next = peer.read_request()?;
        record.dropped(&next.ticket(), true);
        match number_of(&request.ticket()) % 3 {
            0 => fin(peer),
            1 => notify(peer),
            _ => peer.reset(),
        }
    }),
    // A second response, which no request asked for: no call may get it.
    behaviour("extra", 3, DELIVERED, |peer, request, _| {
        peer.send([request.response(), foreign()].concat())
    }),
    // Results from Authlete.
    behaviour("bad_request", 2, ok("TICKET_INVALID", "INVALID", 400, true), |peer, request, _| {
        peer.send(action("BAD_REQUEST", request))
    }),
    behaviour("server_error", 2, ok("SERVER_ERROR", "UNKNOWN", 500, true), |peer, request, _| {
        peer.send(action("INTERNAL_SERVER_ERROR", request))
    }),
    behaviour(
        "other_action",
        2,
        ok("UNKNOWN_ACTION", "UNKNOWN", 500, false),
        |peer, request, _| peer.send(action("DANCE", request)),
    ),
    // Other statuses. The body would be good with the status 200.
    behaviour("http_401", 2, status(&[401], "UNTOUCHED", -1), |peer, request, _| {
        peer.send(http("401 Unauthorized", &[], request.document().as_bytes()))
    }),
    behaviour("http_429", 2, status(&[429], "UNTOUCHED", 7000), |peer, request, _| {
        let headers = ["Retry-After: 7"];
        peer.send(http("429 Too Many Requests", &headers, request.document().as_bytes()))
    }),
    behaviour("http_500", 2, status(&[500], "UNKNOWN", -1), |peer, request, _| {
        peer.send(http("500 Internal Server Error", &[], request.document().as_bytes()))
    }),
    behaviour("http_503", 2, status(&[503], "UNKNOWN", 3000), |peer, request, _| {
        let headers = ["Retry-After: 3"];
        peer.send(http("503 Service Unavailable", &headers, request.document().as_bytes()))
    }),
    behaviour("http_302", 2, status(&[302], "UNKNOWN", -1), |peer, request, _| {
        peer.send(http("302 Found", &["Location: /elsewhere"], request.document().as_bytes()))
    }),
    behaviour("http_307", 2, status(&[307], "UNKNOWN", -1), |peer, request, _| {
        let headers = ["Location: /elsewhere"];
        peer.send(http("307 Temporary Redirect", &headers, request.document().as_bytes()))
    }),
    // 200, but not one complete JSON object.
    behaviour("json_none", 1, PROTOCOL, |peer, _, _| {
        peer.send(http("200 OK", &[], b"<html></html>"))
    }),
    behaviour("json_empty", 1, PROTOCOL, |peer, _, _| peer.send(http("200 OK", &[], b""))),
    behaviour("json_cut", 1, PROTOCOL, |peer, request, _| {
        let document = request.document();
        peer.send(http("200 OK", &[], &document.as_bytes()[..document.len() / 2]))
    }),
    behaviour("json_array", 1, PROTOCOL, |peer, request, _| {
        peer.send(http("200 OK", &[], format!("[{}]", request.document()).as_bytes()))
    }),
    behaviour("json_twice", 1, PROTOCOL, |peer, request, _| {
        let document = request.document().replacen('{', "{\"action\":\"FORM\",", 1);
        peer.send(http("200 OK", &[], document.as_bytes()))
    }),
    behaviour("json_more", 1, PROTOCOL, |peer, request, _| {
        peer.send(http("200 OK", &[], format!("{}x", request.document()).as_bytes()))
    }),
    behaviour("json_latin1", 1, PROTOCOL, |peer, request, _| {
        let document = [request.document().as_bytes(), b"\xE9"].concat();
        peer.send(http("200 OK", &[], &document))
    }),
    behaviour("json_huge", 1, PROTOCOL, |peer, request, _| {
        peer.send(http("200 OK", &[], padded(request, 1024 * 1024).as_bytes()))
    }),
    // A response for the OAuth client that must not be passed on. The ticket is used.
    behaviour("content_absent", 1, REFUSED_CONTENT, |peer, _, _| {
        peer.send(http("200 OK", &[], document(Value::Null).as_bytes()))
    }),
    behaviour("content_nul", 1, REFUSED_CONTENT, |peer, request, _| {
        let content = json!(format!("{}\0", location(&request.ticket())));
        peer.send(http("200 OK", &[], document(content).as_bytes()))
    }),
    behaviour("content_lines", 1, REFUSED_CONTENT, |peer, request, _| {
        let content = json!(format!("{}\r\nSet-Cookie: a=b", location(&request.ticket())));
        peer.send(http("200 OK", &[], document(content).as_bytes()))
    }),
    // Malformed HTTP.
    behaviour("head_status", 1, PROTOCOL, |peer, _, _| {
        peer.send("HTTP/1.1 2OO OK\r\nContent-Length: 2\r\n\r\n{}")
    }),
    behaviour("head_huge", 1, PROTOCOL, |peer, _, _| {
        let header = format!("X-Padding: {}", "x".repeat(20_000));
        peer.send(http("200 OK", &[&header], b"{}"))
    }),
    behaviour("two_lengths", 1, PROTOCOL, |peer, request, _| {
        peer.send(chunked(request, "Content-Length: 5\r\n"))
    }),
    behaviour("chunk_size", 1, PROTOCOL, |peer, _, _| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")
    }),
    // The response ends too early, at any byte but the first.
    behaviour("cut_fin", 4, NONE, |peer, request, _| {
        peer.send(cut(request))?;
        fin(peer)
    }),
    behaviour("cut_notify", 4, NONE, |peer, request, _| {
        peer.send(cut(request))?;
        notify(peer)
    }),
    behaviour("cut_reset", 4, NONE, |peer, request, _| {
        peer.send(cut(request))?;
        peer.reset()
    }),
    // No byte of the response.
    drops("drop_fin", Drops::Always, DROPPED, |peer, _, _| fin(peer)),
    drops("drop_notify", Drops::Always, DROPPED, |peer, _, _| notify(peer)),
    drops("drop_reset", Drops::Always, DROPPED, |peer, _, _| peer.reset()),
    drops("drop_first", Drops::First, DELIVERED, good),
    // The response does not end within the timeout.
    stalls("stall", |peer, _, _| peer.hold()),
    stalls("stall_head", |peer, request, _| {
        peer.send(&request.response()[..20])?;
        peer.hold()
    }),
    stalls("stall_body", |peer, request, _| {
        let response = request.response();
        peer.send(&response[..response.len() - 1])?;
        peer.hold()
    }),
    stalls("stall_drip", |peer, request, _| {
        peer.drip(&request.response(), 0, Duration::from_millis(20))
    }),
    rough("rough"),
    Behaviour { lane: Lane::Single, ..behaviour("stray", 1, DELIVERED, stray) },
];
