//! Response framing cases. If the end of a response is ambiguous, the connection is not reused.
//! Otherwise it is reused, even if the response arrives in pieces.

use std::thread;
use std::time::Duration;

use crate::harness::Request;
use crate::runner::{FaultCase, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(after_an_ambiguous_end_the_connection_is_closed),
        case!(responses_in_pieces, in_pieces(Request::response)),
        case!(responses_in_chunks_in_pieces, in_pieces(chunks)),
        case!(responses_after_interim_responses_in_pieces, in_pieces(after_interim_responses)),
    ]
}

/// The body of the ambiguous responses. A call that accepts it has the outcome DELIVERED.
const BODY: &str =
    r#"{"resultCode":"A060306","action":"LOCATION","responseContent":"https://evil.example/"}"#;

fn with_coding(coding: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n{body}")
}

/// Responses with an ambiguous end, and the status of the call that gets one.
fn ambiguous_responses() -> Vec<(String, &'static str)> {
    let len = BODY.len();
    let chunks = |size: &str, trailer: &str| format!("{size}\r\n{BODY}\r\n0\r\n{trailer}\r\n");
    let size = format!("{len:x}");
    let valid = chunks(&size, "");
    let protocol_errors = [
        // RFC 9112, 6.3: such a body ends when the connection closes.
        with_coding("chunked, gzip", &valid),
        with_coding("gzip, chunked", &valid),
        with_coding("chunked\r\nContent-Length: 5", &valid),
        with_coding("chunked", &chunks(&format!(" {size}"), "")),
        with_coding("chunked", &chunks(&format!("{size:0>20}"), "")),
        with_coding("chunked", &chunks(&size, "no colon\r\n")),
        format!("\nHTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n{BODY}"),
    ];
    let mut responses: Vec<_> =
        protocol_errors.into_iter().map(|response| (response, "PROTOCOL")).collect();
    // These statuses must not have a body.
    for (status, result) in [("204 No Content", "PROTOCOL"), ("304 Not Modified", "HTTP")] {
        for (header, body) in [
            ("Content-Length: 5", ""),
            ("Content-Length: 5", "hello"),
            ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
        ] {
            responses.push((format!("HTTP/1.1 {status}\r\n{header}\r\n\r\n{body}"), result));
        }
    }
    // The bytes that follow are not HTTP.
    let switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    responses.push((switched.to_owned(), "HTTP"));
    responses
}

/// The server keeps the connection open, so only the client can close it.
fn after_an_ambiguous_end_the_connection_is_closed(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        for (response, status) in ambiguous_responses() {
            let bytes = response.clone();
            let server = host.serve(kind, move |peer| {
                if peer.number == 0 {
                    peer.request()?;
                    peer.send(&bytes)?;
                }
                peer.serve()
            });
            let called = host.call();
            called.is(status, "UNKNOWN", 1);
            assert_eq!(server.count(&called.ticket), 1, "one request");
            host.good();
            assert_eq!(server.connections(), 2, "reused after {response:?}");
        }
    });
}

/// Asserts that the connection is reused if every response arrives in pieces of 1, 7 or 1000 bytes.
fn in_pieces(response: fn(&Request) -> Vec<u8>) -> impl Fn(&Runner) {
    move |runner| {
        for piece_len in [1, 7, 1000] {
            runner.run_plain_and_tls(|host, kind| {
                let server = host.serve(kind, move |peer| {
                    loop {
                        let bytes = response(&peer.request()?);
                        for piece in bytes.chunks(piece_len) {
                            peer.send(piece)?;
                            // So that the client reads each piece separately.
                            thread::sleep(Duration::from_micros(50));
                        }
                    }
                });
                for _ in 0..3 {
                    host.good();
                }
                assert_eq!(server.connections(), 1);
            });
        }
    }
}

/// A chunked response.
fn chunks(request: &Request) -> Vec<u8> {
    let document = request.document();
    let (first, second) = document.split_at(0x11);
    let len = second.len();
    let chunks = format!("11;name=\"value\"\r\n{first}\r\n{len:04X}\r\n{second}\r\n0\r\n");
    with_coding("chunked", &format!("{chunks}Expires: now\r\nX-Empty:\r\n\r\n")).into_bytes()
}

/// A response after several of RFC 9110, 15.2.
fn after_interim_responses(request: &Request) -> Vec<u8> {
    const INTERIM: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 100 Continue\r\nDate: Sat, 21 Nov 2026 16:00:00 GMT\r\n\r\n\
        HTTP/1.1 102 Processing\r\nServer: proxy\r\nX-Id: 1\r\n\r\n\
        HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n";
    [INTERIM, &request.response()].concat()
}
