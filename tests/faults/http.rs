//! Rows of HTTP: answers that do not come, do not end, or are not what they say.

use std::time::Duration;

use serde_json::json;

use crate::world::peer::{Peer, Request, http};
use crate::world::row::{Called, Row, row};
use crate::world::server::{Kind, Server};

const BOTH: [Kind; 2] = [Kind::Plain, Kind::Tls];

/// Every other connection serves; the first, and with it the first call, gets `answer`, and then
/// what `after` does.
fn answering(
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
fn answered(
    answer: impl Fn(&Request) -> Vec<u8> + Clone + Send + Sync + 'static,
    after: fn(&mut Peer) -> std::io::Result<()>,
    check: impl Fn(&Called),
) {
    for kind in BOTH {
        row(|row| {
            let server = answering(kind, answer.clone(), after);
            row.client(&server, json!({}));
            let called = row.call();
            check(&called);
            assert_eq!(server.count(&called.ticket), 1, "one request");
            row.good();
        });
    }
}

fn malformed(answer: &str) {
    let answer = answer.to_owned();
    answered(
        move |_| answer.clone().into_bytes(),
        Peer::hold,
        |called| {
            called.is("PROTOCOL", "UNKNOWN", 1).says("answered with malformed HTTP");
        },
    );
}

/// A call that ends at its deadline, after the whole request was sent.
fn times_out(script: impl Fn(&mut Peer) -> std::io::Result<()> + Clone + Send + Sync + 'static) {
    for kind in BOTH {
        row(|row| {
            let script = script.clone();
            let server = Server::start(kind, move |peer| {
                let request = peer.request()?;
                if peer.number > 0 {
                    return peer.send(request.answer());
                }
                script(peer)
            });
            row.client(&server, json!({ "timeoutMs": 250 }));
            let called = row.call();
            called.is("TIMEOUT", "UNKNOWN", 1).says("within 250 ms; Authlete may have processed");
            assert_eq!(server.count(&called.ticket), 1, "one request");
            assert!(called.elapsed >= Duration::from_millis(240), "{:?}", called.elapsed);
            row.good();
        });
    }
}

const PAUSE: Duration = Duration::from_millis(20);

#[test]
fn no_answer_comes() {
    times_out(Peer::hold);
}

#[test]
fn the_head_drips() {
    let head = b"HTTP/1.1 200 OK\r\nX-Slow: ";
    times_out(|peer| peer.drip(&[head.as_slice(), b"x"].concat(), head.len(), PAUSE));
}

#[test]
fn the_body_drips() {
    times_out(|peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{\"a\":\"")?;
        peer.drip(b"x", 0, PAUSE)
    });
}

#[test]
fn the_chunks_drip() {
    times_out(|peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        peer.drip(b"1\r\nx\r\n", 0, Duration::from_millis(5))
    });
}

#[test]
fn interim_answers_never_end() {
    times_out(|peer| peer.drip(b"HTTP/1.1 102 Processing\r\n\r\n", 0, Duration::from_millis(1)));
}

#[test]
fn half_an_answer_comes_and_then_silence() {
    times_out(|peer| {
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

#[test]
fn the_head_is_as_large_as_allowed() {
    answered(
        |request| padded(request, 16 * 1024),
        Peer::serve,
        |called| {
            called.is("OK", "CONSUMED", 1);
        },
    );
}

#[test]
fn the_head_is_larger_than_allowed() {
    answered(
        |request| padded(request, 16 * 1024 + 1),
        Peer::hold,
        |called| {
            called.is("PROTOCOL", "UNKNOWN", 1).says("too large a head");
        },
    );
}

#[test]
fn the_head_has_too_many_lines() {
    let many = |_: &Request| {
        let lines = "X-Line: 1\r\n".repeat(129);
        format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 2\r\n\r\n{{}}").into_bytes()
    };
    answered(many, Peer::hold, |called| {
        called.is("PROTOCOL", "UNKNOWN", 1);
    });
}

#[test]
fn the_head_never_ends() {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood("X-Line: 1\r\n".repeat(100))
    }
    answered(
        |_| b"HTTP/1.1 200 OK\r\n".to_vec(),
        flood,
        |called| {
            called.is("PROTOCOL", "UNKNOWN", 1);
        },
    );
}

#[test]
fn a_header_line_never_ends() {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood([b'x'; 4096])
    }
    answered(
        |_| b"HTTP/1.1 200 OK\r\nX-Line: ".to_vec(),
        flood,
        |called| {
            called.is("PROTOCOL", "UNKNOWN", 1).says("too large a head");
        },
    );
}

#[test]
fn interim_answers_flood() {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood("HTTP/1.1 102 Processing\r\n\r\n".repeat(100))
    }
    for kind in BOTH {
        row(|row| {
            let server = answering(kind, |_| Vec::new(), flood);
            row.client(&server, json!({ "timeoutMs": 250 }));
            let called = row.call();
            let status = called.reply.text("status");
            assert!(["TIMEOUT", "PROTOCOL"].contains(&status), "{status}");
            called.is(status, "UNKNOWN", 1);
            row.good();
        });
    }
}

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

#[test]
fn the_body_is_as_large_as_allowed() {
    let good = |called: &Called| {
        called.is("OK", "CONSUMED", 1);
    };
    answered(|request| http("200 OK", &[], &document(request, LIMIT)), Peer::serve, good);
    answered(|request| chunked(&document(request, LIMIT)), Peer::serve, good);
}

#[test]
fn the_body_is_larger_than_allowed() {
    let bad = |called: &Called| {
        called.is("PROTOCOL", "UNKNOWN", 1).says("larger than 1048576 bytes");
    };
    answered(|request| http("200 OK", &[], &document(request, LIMIT + 1)), Peer::hold, bad);
    answered(|request| chunked(&document(request, LIMIT + 1)), Peer::hold, bad);
}

#[test]
fn the_body_never_ends() {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood([b' '; 16 * 1024])
    }
    fn flood_chunks(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood(format!("4000\r\n{}\r\n", " ".repeat(0x4000)))
    }
    let bad = |called: &Called| {
        called.is("PROTOCOL", "UNKNOWN", 1).says("larger than 1048576 bytes");
    };
    answered(|_| b"HTTP/1.1 200 OK\r\n\r\n{".to_vec(), flood, bad);
    let head = |_: &Request| b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    answered(head, flood_chunks, bad);
}

#[test]
fn the_length_is_huge() {
    fn flood(peer: &mut Peer) -> std::io::Result<()> {
        peer.flood([b' '; 16 * 1024])
    }
    let head =
        |_: &Request| b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n{".to_vec();
    answered(head, flood, |called| {
        called.is("PROTOCOL", "UNKNOWN", 1);
    });
    malformed("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{}");
}

#[test]
fn the_body_is_a_compressed_bomb() {
    let bomb = crate::support::scratch().join("bomb.gz");
    let command = format!("head -c 200M /dev/zero | gzip -9 > {}", bomb.display());
    crate::support::run(std::process::Command::new("sh").args(["-c", &command]));
    let bomb = std::fs::read(bomb).unwrap();
    row(|row| {
        let bomb = bomb.clone();
        let answer = move |_: &Request| http("200 OK", &["Content-Encoding: gzip"], &bomb);
        let server = answering(Kind::Plain, answer, Peer::serve);
        row.client(&server, json!({}));
        row.call().is("PROTOCOL", "UNKNOWN", 1).says("is not UTF-8");
        assert!(row.host.memory() < 20 * 1024, "{} KiB", row.host.memory());
        assert!(!server.requests()[0].head.to_ascii_lowercase().contains("accept-encoding"));
        row.good();
    });
}

#[test]
fn the_encoding_is_unknown() {
    let answer = |_: &Request| http("200 OK", &["Content-Encoding: br"], b"\x8b\x05\x80{}\x03");
    answered(answer, Peer::serve, |called| {
        called.is("PROTOCOL", "UNKNOWN", 1);
    });
}

#[test]
fn the_lengths_contradict_each_other() {
    malformed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}   ");
}

#[test]
fn the_length_is_no_number() {
    malformed("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}");
    malformed("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}");
}

#[test]
fn a_chunk_is_malformed() {
    let bad = |called: &Called| {
        called.is("PROTOCOL", "UNKNOWN", 1);
    };
    for chunk in ["zz\r\n{}\r\n0\r\n\r\n", "ffffffffffffffffff\r\n{}", "2\r\n{}xx0\r\n\r\n"] {
        let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
        answered(move |_| answer.clone().into_bytes(), Peer::hold, bad);
    }
}

#[test]
fn the_body_has_a_length_and_chunks() {
    // RFC 9112, 6.3: perhaps an attempt to make one answer two, so an error.
    for kind in BOTH {
        row(|row| {
            let server = answering(
                kind,
                |request| {
                    let answer = String::from_utf8(chunked(&document(request, 400))).unwrap();
                    answer.replacen("\r\n", "\r\nContent-Length: 5\r\n", 1).into_bytes()
                },
                Peer::serve,
            );
            row.client(&server, json!({}));
            row.call().is("PROTOCOL", "UNKNOWN", 1).says("has a length and is chunked");
            row.good();
            assert_eq!(server.connections(), 2, "the connection is not used again");
        });
    }
}

/// The body breaks off after a part, in this framing, by `end`.
fn cut(head: &'static str, end: fn(&mut Peer) -> std::io::Result<()>) {
    let part = move |request: &Request| {
        let document = request.document();
        format!("HTTP/1.1 200 OK\r\n{head}\r\n{}", &document[..document.len() / 2]).into_bytes()
    };
    answered(part, end, |called| {
        let status = called.reply.text("status");
        assert!(["NETWORK", "PROTOCOL"].contains(&status), "{status}");
        called.is(status, "UNKNOWN", 1);
    });
}

fn fin(peer: &mut Peer) -> std::io::Result<()> {
    peer.fin()
}

#[test]
fn the_body_is_cut() {
    for end in [fin, Peer::close_notify, Peer::reset] {
        cut("Content-Length: 5000\r\n", end);
    }
}

#[test]
fn a_chunk_is_cut() {
    for end in [fin, Peer::close_notify, Peer::reset] {
        cut("Transfer-Encoding: chunked\r\n\r\n1000", end);
    }
}

#[test]
fn a_body_without_length_is_cut() {
    for end in [fin, Peer::close_notify, Peer::reset] {
        cut("", end);
    }
}

#[test]
fn a_body_without_length_is_complete() {
    let whole = |request: &Request| format!("HTTP/1.1 200 OK\r\n\r\n{}", request.document()).into();
    fn end(peer: &mut Peer) -> std::io::Result<()> {
        peer.close_notify()
    }
    answered(whole, end, |called| {
        called.is("OK", "CONSUMED", 1);
    });
}

#[test]
fn an_error_without_length_is_reset() {
    let part = |_: &Request| b"HTTP/1.1 503 Unavailable\r\nRetry-After: 3\r\n\r\n{\"a".to_vec();
    answered(part, Peer::reset, |called| {
        called.is("HTTP", "UNKNOWN", 1);
        assert_eq!(called.reply.number("retryAfterMs"), 3000);
    });
}

fn redirected(status: &'static str) {
    row(|row| {
        let other = Server::start(Kind::Plain, Peer::serve);
        let to = format!("Location: http://{}/", other.address());
        let answer = move |_: &Request| http(status, &[&to], b"");
        let server = answering(Kind::Plain, answer, Peer::serve);
        row.client(&server, json!({}));
        row.call().is("HTTP", "UNKNOWN", 1).says(&format!("answered {}", &status[..3]));
        assert_eq!(other.connections(), 0);
        row.good();
    });
}

#[test]
fn a_redirect_301_is_not_followed() {
    redirected("301 Moved Permanently");
}

#[test]
fn a_redirect_302_is_not_followed() {
    redirected("302 Found");
}

#[test]
fn a_redirect_303_is_not_followed() {
    redirected("303 See Other");
}

#[test]
fn a_redirect_307_is_not_followed() {
    redirected("307 Temporary Redirect");
}

#[test]
fn a_redirect_308_is_not_followed() {
    redirected("308 Permanent Redirect");
}

const DOCUMENT: &str = r#"{"resultCode":"A001203","resultMessage":"C4NARY"}"#;

fn status(line: &'static str, ticket_state: &str) {
    let answer = move |_: &Request| http(line, &[], DOCUMENT.as_bytes());
    answered(answer, Peer::serve, |called| {
        called.is("HTTP", ticket_state, 1).says(&format!("answered {} (A001203)", &line[..3]));
        assert_eq!(called.reply.number("httpStatus").to_string(), line[..3]);
        assert_eq!(called.reply.text("json"), DOCUMENT);
        assert_eq!(called.reply.text("resultCode"), "A001203");
    });
}

#[test]
fn authlete_refuses_with_4xx() {
    for line in ["400 B", "401 U", "403 F", "404 N", "405 M", "413 L", "415 T", "421 M"] {
        status(line, "UNTOUCHED");
    }
}

#[test]
fn another_4xx_says_nothing_of_the_ticket() {
    status("408 Request Timeout", "UNKNOWN");
    status("499 C4NARY", "UNKNOWN");
}

#[test]
fn authlete_fails_with_500() {
    status("500 Internal Server Error", "UNKNOWN");
}

#[test]
fn a_gateway_fails_with_502() {
    status("502 Bad Gateway", "UNKNOWN");
}

#[test]
fn a_gateway_fails_with_504() {
    status("504 Gateway Timeout", "UNKNOWN");
}

fn retry_after(header: &'static str, expected: impl Fn(i64) -> bool) {
    for (line, ticket_state) in [("429 T", "UNTOUCHED"), ("503 U", "UNKNOWN")] {
        let answer = move |_: &Request| http(line, &[header], DOCUMENT.as_bytes());
        answered(answer, Peer::serve, |called| {
            called.is("HTTP", ticket_state, 1);
            let wait = called.reply.number("retryAfterMs");
            assert!(expected(wait), "{header}: {wait}");
        });
    }
}

#[test]
fn the_wait_is_in_seconds() {
    retry_after("Retry-After: 120", |wait| wait == 120_000);
}

#[test]
fn the_wait_is_a_date() {
    retry_after("Retry-After: Tue, 19 Jan 2038 03:14:07 GMT", |wait| wait > 3_600_000);
    retry_after("Retry-After: Tue, 14 Nov 2023 22:13:50 GMT", |wait| wait == 0);
}

#[test]
fn the_wait_is_garbage() {
    retry_after("Retry-After: soon C4NARY", |wait| wait == -1);
    retry_after("Retry-After: -5", |wait| wait == -1);
    retry_after("X-Nothing: 1", |wait| wait == -1);
}

#[test]
fn the_wait_is_huge() {
    retry_after("Retry-After: 1000000000", |wait| wait == i64::from(i32::MAX));
    retry_after("Retry-After: 18446744073709551615", |wait| wait == i64::from(i32::MAX));
    retry_after("Retry-After: 99999999999999999999999", |wait| wait == -1);
}

#[test]
fn the_answer_is_204() {
    answered(
        |_| b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        Peer::serve,
        |called| {
            called.is("PROTOCOL", "UNKNOWN", 1).says("is empty");
            assert_eq!(called.reply.number("httpStatus"), 204);
        },
    );
}

#[test]
fn the_answer_is_http_1_0() {
    let answer =
        |request: &Request| format!("HTTP/1.0 200 OK\r\n\r\n{}", request.document()).into_bytes();
    answered(answer, Peer::close_notify, |called| {
        called.is("OK", "CONSUMED", 1);
    });
}

#[test]
fn the_answer_is_of_another_protocol() {
    for line in ["HTTP/2 200", "HTTP/3.0 200 OK", "ICY 200 OK", "220 mail.example ESMTP", "\0\0"] {
        malformed(&format!("{line}\r\nContent-Length: 2\r\n\r\n{{}}"));
    }
}

#[test]
fn the_status_is_no_status() {
    for status in ["099", "1000", "20", "abc", "-200"] {
        malformed(&format!("HTTP/1.1 {status} OK\r\nContent-Length: 2\r\n\r\n{{}}"));
    }
}

#[test]
fn always_503_makes_no_storm() {
    let run = |row: &mut Row| {
        let server = Server::start(Kind::Plain, |peer| {
            loop {
                peer.request()?;
                peer.send(http("503 Service Unavailable", &[], b"{}"))?;
            }
        });
        row.client(&server, json!({}));
        for _ in 0..1000 {
            row.call().is("HTTP", "UNKNOWN", 1);
        }
        assert_eq!(server.requests().len(), 1000);
        assert_eq!(server.connections(), 1);
    };
    row(run);
}
