//! Cases of bodies: too large, compressed, badly framed, truncated.

use serde_json::json;

use crate::harness::peer::{Peer, Request, http};
use crate::harness::server::Kind;
use crate::harness::{Called, FaultCase, Harness, case};
use crate::http::{answered, answering, malformed};
use crate::support::{run, scratch};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_body_is_as_large_as_allowed),
        case!(the_body_is_larger_than_allowed),
        case!(the_body_never_ends),
        case!(the_length_is_huge),
        case!(the_body_is_a_compressed_bomb),
        case!(the_encoding_is_unknown),
        case!(the_lengths_contradict_each_other),
        case!(the_length_is_no_number),
        case!(a_chunk_is_malformed),
        case!(the_body_has_a_length_and_chunks),
        case!(the_body_is_cut),
        case!(a_chunk_is_cut),
        case!(a_body_without_length_is_cut),
        case!(a_body_without_length_is_complete),
        case!(an_error_without_length_is_reset),
    ]
}

const BOTH: [Kind; 2] = [Kind::Plain, Kind::Tls];

const LIMIT: usize = 1024 * 1024;

/// The document of the request, with spaces behind it up to `len`.
fn document(request: &Request, len: usize) -> Vec<u8> {
    let mut body = request.document().into_bytes();
    body.resize(len, b' ');
    body
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(5000) {
        answer.extend(format!("{:x}\r\n", chunk.len()).bytes());
        answer.extend(chunk);
        answer.extend(b"\r\n");
    }
    answer.extend(b"0\r\n\r\n");
    answer
}

fn the_body_is_as_large_as_allowed(harness: &Harness) {
    let good = |called: &Called| {
        called.is("OK", "CONSUMED", 1);
    };
    answered(harness, |request| http("200 OK", &[], &document(request, LIMIT)), Peer::serve, good);
    answered(harness, |request| chunked(&document(request, LIMIT)), Peer::serve, good);
}

fn the_body_is_larger_than_allowed(harness: &Harness) {
    let bad = |called: &Called| {
        called.is("PROTOCOL", "UNKNOWN", 1).says("larger than 1048576 bytes");
    };
    answered(
        harness,
        |request| http("200 OK", &[], &document(request, LIMIT + 1)),
        Peer::hold,
        bad,
    );
    answered(harness, |request| chunked(&document(request, LIMIT + 1)), Peer::hold, bad);
}

fn the_body_never_ends(harness: &Harness) {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood([b' '; 16 * 1024])
    }
    fn flood_chunks(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood(format!("4000\r\n{}\r\n", " ".repeat(0x4000)))
    }
    let bad = |called: &Called| {
        called.is("PROTOCOL", "UNKNOWN", 1).says("larger than 1048576 bytes");
    };
    answered(harness, |_| b"HTTP/1.1 200 OK\r\n\r\n{".to_vec(), flood, bad);
    let head = |_: &Request| b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    answered(harness, head, flood_chunks, bad);
}

fn the_length_is_huge(harness: &Harness) {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood([b' '; 16 * 1024])
    }
    let head =
        |_: &Request| b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n{".to_vec();
    answered(harness, head, flood, |called| {
        called.is("PROTOCOL", "UNKNOWN", 1);
    });
    malformed(harness, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{}");
}

fn the_body_is_a_compressed_bomb(harness: &Harness) {
    let bomb = scratch().join("bomb.gz");
    let command = format!("head -c 200M /dev/zero | gzip -9 > {}", bomb.display());
    run(std::process::Command::new("sh").args(["-c", &command]));
    let bomb = std::fs::read(bomb).unwrap();
    harness.run(|host| {
        let bomb = bomb.clone();
        let answer = move |_: &Request| http("200 OK", &["Content-Encoding: gzip"], &bomb);
        let server = answering(Kind::Plain, answer, Peer::serve);
        host.client(&server, json!({}));
        host.call()
            .is("PROTOCOL", "UNKNOWN", 1)
            .says("has an unsupported Transfer-Encoding or Content-Encoding");
        assert!(host.resident_kib() < 20 * 1024, "{} KiB", host.resident_kib());
        assert!(!server.requests()[0].head.to_ascii_lowercase().contains("accept-encoding"));
        host.good();
    });
}

fn the_encoding_is_unknown(harness: &Harness) {
    let answer = |_: &Request| http("200 OK", &["Content-Encoding: br"], b"\x8b\x05\x80{}\x03");
    answered(harness, answer, Peer::serve, |called| {
        called.is("PROTOCOL", "UNKNOWN", 1);
    });
}

fn the_lengths_contradict_each_other(harness: &Harness) {
    malformed(harness, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}   ");
}

fn the_length_is_no_number(harness: &Harness) {
    malformed(harness, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}");
    malformed(harness, "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}");
}

fn a_chunk_is_malformed(harness: &Harness) {
    let bad = |called: &Called| {
        called.is("PROTOCOL", "UNKNOWN", 1);
    };
    for chunk in ["zz\r\n{}\r\n0\r\n\r\n", "ffffffffffffffffff\r\n{}", "2\r\n{}xx0\r\n\r\n"] {
        let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
        answered(harness, move |_| answer.clone().into_bytes(), Peer::hold, bad);
    }
}

fn the_body_has_a_length_and_chunks(harness: &Harness) {
    // RFC 9112, 6.3: perhaps an attempt to make one answer two, so an error.
    for kind in BOTH {
        harness.run(|host| {
            let server = answering(
                kind,
                |request| {
                    let answer = String::from_utf8(chunked(&document(request, 400))).unwrap();
                    answer.replacen("\r\n", "\r\nContent-Length: 5\r\n", 1).into_bytes()
                },
                Peer::serve,
            );
            host.client(&server, json!({}));
            host.call()
                .is("PROTOCOL", "UNKNOWN", 1)
                .says("has both Transfer-Encoding and Content-Length");
            host.good();
            assert_eq!(server.connections(), 2, "the connection is not used again");
        });
    }
}

/// The body breaks off after a part, in this framing, by `end`.
fn cut(harness: &Harness, head: &'static str, end: fn(&mut Peer) -> std::io::Result<()>) {
    let part = move |request: &Request| {
        let document = request.document();
        format!("HTTP/1.1 200 OK\r\n{head}\r\n{}", &document[..document.len() / 2]).into_bytes()
    };
    answered(harness, part, end, |called| {
        let status = called.reply.text("status");
        assert!(["NETWORK", "PROTOCOL"].contains(&status), "{status}");
        called.is(status, "UNKNOWN", 1);
    });
}

fn fin(peer: &mut Peer) -> std::io::Result<()> {
    peer.fin()
}

fn the_body_is_cut(harness: &Harness) {
    for end in [fin, Peer::close_notify, Peer::reset] {
        cut(harness, "Content-Length: 5000\r\n", end);
    }
}

fn a_chunk_is_cut(harness: &Harness) {
    for end in [fin, Peer::close_notify, Peer::reset] {
        cut(harness, "Transfer-Encoding: chunked\r\n\r\n1000", end);
    }
}

fn a_body_without_length_is_cut(harness: &Harness) {
    for end in [fin, Peer::close_notify, Peer::reset] {
        cut(harness, "", end);
    }
}

fn a_body_without_length_is_complete(harness: &Harness) {
    let whole = |request: &Request| format!("HTTP/1.1 200 OK\r\n\r\n{}", request.document()).into();
    fn end(peer: &mut Peer) -> std::io::Result<()> {
        peer.close_notify()
    }
    answered(harness, whole, end, |called| {
        called.is("OK", "CONSUMED", 1);
    });
}

fn an_error_without_length_is_reset(harness: &Harness) {
    let part = |_: &Request| b"HTTP/1.1 503 Unavailable\r\nRetry-After: 3\r\n\r\n{\"a".to_vec();
    answered(harness, part, Peer::reset, |called| {
        called.is("HTTP", "UNKNOWN", 1);
        assert_eq!(called.reply.number("retryAfterMs"), 3000);
    });
}
