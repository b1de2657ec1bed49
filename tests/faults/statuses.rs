//! Rows of the status: redirects, refusals, waits, and what is no status at all.

use serde_json::json;

use crate::http::{answered, answering, malformed};
use crate::world::peer::{Peer, Request, http};
use crate::world::row::row;
use crate::world::server::{Kind, Server};

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
    row(|row| {
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
    });
}
