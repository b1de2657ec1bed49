//! Cases of an ambiguous end of a response: the connection is not reused.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Kind, Peer, Request, Server};
use crate::http::answering;
use crate::runner::{FaultCase, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(chunked_is_not_the_last_coding),
        case!(a_coding_comes_before_chunked),
        case!(a_space_before_the_size_of_a_chunk),
        case!(a_size_of_a_chunk_with_20_digits),
        case!(a_trailer_line_without_a_colon),
        case!(a_line_feed_before_the_status_line),
        case!(responses_in_pieces),
        case!(a_204_announces_a_body),
        case!(a_304_announces_a_body),
        case!(a_101_switches_protocols),
    ]
}

/// The document in the ambiguous responses; the result of a call that accepts it is DELIVERED.
const DOCUMENT: &str =
    r#"{"resultCode":"A060306","action":"LOCATION","responseContent":"https://evil.example/"}"#;

/// The first call gets `response`. The server keeps the connection open, so only the client can
/// close it.
fn closes(runner: &Runner, response: &str, status: &str) {
    for kind in [Kind::Plain, Kind::Tls] {
        runner.run(|host| {
            let bytes = response.as_bytes().to_vec();
            let server = answering(kind, move |_| bytes.clone(), Peer::serve);
            host.client(&server, json!({}));
            let called = host.call();
            called.is(status, "UNKNOWN", 1);
            assert_eq!(server.count(&called.ticket), 1, "one request");
            host.good();
            assert_eq!(server.connections(), 2, "the connection is not used again");
        });
    }
}

/// The document as one chunk, with these lines before and after it.
fn chunk(size: &str, trailer: &str) -> String {
    format!("{size}\r\n{DOCUMENT}\r\n0\r\n{trailer}\r\n")
}

fn size() -> String {
    format!("{:x}", DOCUMENT.len())
}

fn with_coding(coding: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n{body}")
}

fn chunked_is_not_the_last_coding(runner: &Runner) {
    // RFC 9112, 6.3: the body then ends with the connection.
    closes(runner, &with_coding("chunked, gzip", &chunk(&size(), "")), "PROTOCOL");
}

fn a_coding_comes_before_chunked(runner: &Runner) {
    closes(runner, &with_coding("gzip, chunked", &chunk(&size(), "")), "PROTOCOL");
}

fn a_space_before_the_size_of_a_chunk(runner: &Runner) {
    closes(runner, &with_coding("chunked", &chunk(&format!(" {}", size()), "")), "PROTOCOL");
}

fn a_size_of_a_chunk_with_20_digits(runner: &Runner) {
    closes(runner, &with_coding("chunked", &chunk(&format!("{:0>20}", size()), "")), "PROTOCOL");
}

fn a_trailer_line_without_a_colon(runner: &Runner) {
    closes(runner, &with_coding("chunked", &chunk(&size(), "no colon\r\n")), "PROTOCOL");
}

fn a_line_feed_before_the_status_line(runner: &Runner) {
    let len = DOCUMENT.len();
    closes(
        runner,
        &format!("\nHTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n{DOCUMENT}"),
        "PROTOCOL",
    );
}

/// Responses with an unambiguous end, in pieces of so many bytes: their connection is reused.
fn is_reused(runner: &Runner, piece_len: usize, response: fn(&Request) -> Vec<u8>) {
    for kind in [Kind::Plain, Kind::Tls] {
        runner.run(|host| {
            let server = Server::start(kind, move |peer| {
                loop {
                    let bytes = response(&peer.request()?);
                    for piece in bytes.chunks(piece_len) {
                        peer.send(piece)?;
                        // Time for the client to read it by itself.
                        thread::sleep(Duration::from_micros(50));
                    }
                }
            });
            host.client(&server, json!({}));
            for _ in 0..3 {
                host.good();
            }
            assert_eq!(server.connections(), 1);
        });
    }
}

fn in_chunks(request: &Request) -> Vec<u8> {
    let document = request.document();
    let (first, second) = document.split_at(0x11);
    let len = second.len();
    let chunks = format!("11;name=\"value\"\r\n{first}\r\n{len:04X}\r\n{second}\r\n0\r\n");
    with_coding("chunked", &format!("{chunks}Expires: now\r\nX-Empty:\r\n\r\n")).into_bytes()
}

fn responses_in_pieces(runner: &Runner) {
    for piece_len in [1, 7, 1000] {
        is_reused(runner, piece_len, Request::response);
        is_reused(runner, piece_len, in_chunks);
    }
}

/// The framings of a body that these statuses must not have.
const BODIES: [(&str, &str); 3] = [
    ("Content-Length: 5", ""),
    ("Content-Length: 5", "hello"),
    ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
];

fn a_204_announces_a_body(runner: &Runner) {
    for (header, body) in BODIES {
        closes(runner, &format!("HTTP/1.1 204 No Content\r\n{header}\r\n\r\n{body}"), "PROTOCOL");
    }
}

fn a_304_announces_a_body(runner: &Runner) {
    for (header, body) in BODIES {
        closes(runner, &format!("HTTP/1.1 304 Not Modified\r\n{header}\r\n\r\n{body}"), "HTTP");
    }
}

/// What follows is not HTTP.
fn a_101_switches_protocols(runner: &Runner) {
    let response = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    closes(runner, response, "HTTP");
}
