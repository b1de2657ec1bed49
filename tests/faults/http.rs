//! Cases of HTTP: API responses that never arrive, never end, or contradict their headers.

use std::time::Duration;

use serde_json::json;

use crate::harness::peer::{Peer, Request};
use crate::harness::server::{Kind, Server};
use crate::harness::{Called, FaultCase, Harness, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(no_api_response_comes),
        case!(the_head_drips),
        case!(the_body_drips),
        case!(the_chunks_drip),
        case!(interim_answers_never_end),
        case!(half_an_answer_comes_and_then_silence),
        case!(the_head_is_as_large_as_allowed),
        case!(the_head_is_larger_than_allowed),
        case!(the_head_has_too_many_lines),
        case!(the_head_never_ends),
        case!(a_header_line_never_ends),
        case!(interim_answers_flood),
    ]
}

const BOTH: [Kind; 2] = [Kind::Plain, Kind::Tls];

/// Every other connection serves; the first, and with it the first call, gets `answer`, and then
/// what `after` does.
pub fn answering(
    kind: Kind,
    answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static,
    after: fn(&mut Peer) -> std::io::Result<()>,
) -> Server {
    Server::start(kind, move |peer| {
        let request = peer.request()?;
        if peer.number > 0 {
            peer.send(request.answer())?;
            return peer.serve();
        }
        peer.send(answer(&request))?;
        after(peer)
    })
}

/// One call that gets `answer`, and a good one after it.
pub fn answered(
    harness: &Harness,
    answer: impl Fn(&Request) -> Vec<u8> + Clone + Send + Sync + 'static,
    after: fn(&mut Peer) -> std::io::Result<()>,
    check: impl Fn(&Called),
) {
    for kind in BOTH {
        harness.run(|host| {
            let server = answering(kind, answer.clone(), after);
            host.client(&server, json!({}));
            let called = host.call();
            check(&called);
            assert_eq!(server.count(&called.ticket), 1, "one request");
            host.good();
        });
    }
}

pub fn malformed(harness: &Harness, answer: &str) {
    let answer = answer.to_owned();
    answered(
        harness,
        move |_| answer.clone().into_bytes(),
        Peer::hold,
        |called| {
            called.is("PROTOCOL", "UNKNOWN", 1).says("responded with malformed HTTP");
        },
    );
}

/// A call that ends at its deadline, after the whole request was sent.
fn times_out(
    harness: &Harness,
    script: impl Fn(&mut Peer) -> std::io::Result<()> + Clone + Send + Sync + 'static,
) {
    for kind in BOTH {
        harness.run(|host| {
            let script = script.clone();
            let server = Server::start(kind, move |peer| {
                let request = peer.request()?;
                if peer.number > 0 {
                    return peer.send(request.answer());
                }
                script(peer)
            });
            host.client(&server, json!({ "timeoutMs": 250 }));
            let called = host.call();
            called.is("TIMEOUT", "UNKNOWN", 1).says("within 250 ms; Authlete may have processed");
            assert_eq!(server.count(&called.ticket), 1, "one request");
            assert!(called.elapsed >= Duration::from_millis(240), "{:?}", called.elapsed);
            host.good();
        });
    }
}

const PAUSE: Duration = Duration::from_millis(20);

fn no_api_response_comes(harness: &Harness) {
    times_out(harness, Peer::hold);
}

fn the_head_drips(harness: &Harness) {
    let head = b"HTTP/1.1 200 OK\r\nX-Slow: ";
    times_out(harness, |peer| peer.drip(&[head.as_slice(), b"x"].concat(), head.len(), PAUSE));
}

fn the_body_drips(harness: &Harness) {
    times_out(harness, |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{\"a\":\"")?;
        peer.drip(b"x", 0, PAUSE)
    });
}

fn the_chunks_drip(harness: &Harness) {
    times_out(harness, |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        peer.drip(b"1\r\nx\r\n", 0, Duration::from_millis(5))
    });
}

fn interim_answers_never_end(harness: &Harness) {
    times_out(harness, |peer| {
        peer.drip(b"HTTP/1.1 102 Processing\r\n\r\n", 0, Duration::from_millis(1))
    });
}

fn half_an_answer_comes_and_then_silence(harness: &Harness) {
    times_out(harness, |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"action\":")?;
        peer.hold()
    });
}

/// An answer whose head is `len` bytes long.
fn padded(request: &Request, len: usize) -> Vec<u8> {
    let answer = String::from_utf8(request.answer()).unwrap();
    let head_len = answer.find("\r\n\r\n").unwrap() + 4;
    let line = format!("\r\nX-Pad: {}\r\n", "x".repeat(len - head_len - "X-Pad: \r\n".len()));
    answer.replacen("\r\n", &line, 1).into_bytes()
}

fn the_head_is_as_large_as_allowed(harness: &Harness) {
    answered(
        harness,
        |request| padded(request, 16 * 1024),
        Peer::serve,
        |called| {
            called.is("OK", "CONSUMED", 1);
        },
    );
}

fn the_head_is_larger_than_allowed(harness: &Harness) {
    answered(
        harness,
        |request| padded(request, 16 * 1024 + 1),
        Peer::hold,
        |called| {
            called
                .is("PROTOCOL", "UNKNOWN", 1)
                .says("sent headers, a chunk header or trailers over 16384 bytes");
        },
    );
}

fn the_head_has_too_many_lines(harness: &Harness) {
    let many = |_: &Request| {
        let lines = "X-Line: 1\r\n".repeat(129);
        format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 2\r\n\r\n{{}}").into_bytes()
    };
    answered(harness, many, Peer::hold, |called| {
        called.is("PROTOCOL", "UNKNOWN", 1);
    });
}

fn the_head_never_ends(harness: &Harness) {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood("X-Line: 1\r\n".repeat(100))
    }
    answered(
        harness,
        |_| b"HTTP/1.1 200 OK\r\n".to_vec(),
        flood,
        |called| {
            called.is("PROTOCOL", "UNKNOWN", 1);
        },
    );
}

fn a_header_line_never_ends(harness: &Harness) {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood([b'x'; 4096])
    }
    answered(
        harness,
        |_| b"HTTP/1.1 200 OK\r\nX-Line: ".to_vec(),
        flood,
        |called| {
            called
                .is("PROTOCOL", "UNKNOWN", 1)
                .says("sent headers, a chunk header or trailers over 16384 bytes");
        },
    );
}

fn interim_answers_flood(harness: &Harness) {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood("HTTP/1.1 102 Processing\r\n\r\n".repeat(100))
    }
    for kind in BOTH {
        harness.run(|host| {
            let server = answering(kind, |_| Vec::new(), flood);
            host.client(&server, json!({ "timeoutMs": 250 }));
            let called = host.call();
            let status = called.reply.text("status");
            assert!(["TIMEOUT", "PROTOCOL"].contains(&status), "{status}");
            called.is(status, "UNKNOWN", 1);
            host.good();
        });
    }
}
