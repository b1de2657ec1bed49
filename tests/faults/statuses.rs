//! Cases of the HTTP status: redirects, errors, Retry-After, and invalid statuses.

use serde_json::json;

use crate::harness::peer::{Peer, Request, http};
use crate::harness::server::{Kind, Server};
use crate::harness::{FaultCase, Harness, case};
use crate::http::{answered, answering, malformed};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_redirect_301_is_not_followed),
        case!(a_redirect_302_is_not_followed),
        case!(a_redirect_303_is_not_followed),
        case!(a_redirect_307_is_not_followed),
        case!(a_redirect_308_is_not_followed),
        case!(authlete_refuses_with_4xx),
        case!(another_4xx_says_nothing_of_the_ticket),
        case!(authlete_fails_with_500),
        case!(a_gateway_fails_with_502),
        case!(a_gateway_fails_with_504),
        case!(the_wait_is_in_seconds),
        case!(the_wait_is_a_date),
        case!(the_wait_is_garbage),
        case!(the_wait_is_huge),
        case!(the_answer_is_204),
        case!(the_answer_is_http_1_0),
        case!(the_answer_is_of_another_protocol),
        case!(the_status_is_no_status),
        case!(always_503_makes_no_storm),
    ]
}

fn redirected(harness: &Harness, status: &'static str) {
    harness.run(|host| {
        let other = Server::start(Kind::Plain, Peer::serve);
        let to = format!("Location: http://{}/", other.address());
        let answer = move |_: &Request| http(status, &[&to], b"");
        let server = answering(Kind::Plain, answer, Peer::serve);
        host.client(&server, json!({}));
        host.call()
            .is("HTTP", "UNKNOWN", 1)
            .says(&format!("responded with status {}", &status[..3]));
        assert_eq!(other.connections(), 0);
        host.good();
    });
}

fn a_redirect_301_is_not_followed(harness: &Harness) {
    redirected(harness, "301 Moved Permanently");
}

fn a_redirect_302_is_not_followed(harness: &Harness) {
    redirected(harness, "302 Found");
}

fn a_redirect_303_is_not_followed(harness: &Harness) {
    redirected(harness, "303 See Other");
}

fn a_redirect_307_is_not_followed(harness: &Harness) {
    redirected(harness, "307 Temporary Redirect");
}

fn a_redirect_308_is_not_followed(harness: &Harness) {
    redirected(harness, "308 Permanent Redirect");
}

const DOCUMENT: &str = r#"{"resultCode":"A001203","resultMessage":"C4NARY"}"#;

fn status(harness: &Harness, line: &'static str, ticket_state: &str) {
    let answer = move |_: &Request| http(line, &[], DOCUMENT.as_bytes());
    answered(harness, answer, Peer::serve, |called| {
        called
            .is("HTTP", ticket_state, 1)
            .says(&format!("responded with status {} (A001203)", &line[..3]));
        assert_eq!(called.reply.number("httpStatus").to_string(), line[..3]);
        assert_eq!(called.reply.text("json"), DOCUMENT);
        assert_eq!(called.reply.text("resultCode"), "A001203");
    });
}

fn authlete_refuses_with_4xx(harness: &Harness) {
    for line in ["400 B", "401 U", "403 F", "404 N", "405 M", "413 L", "415 T", "421 M"] {
        status(harness, line, "UNTOUCHED");
    }
}

fn another_4xx_says_nothing_of_the_ticket(harness: &Harness) {
    status(harness, "408 Request Timeout", "UNKNOWN");
    status(harness, "499 C4NARY", "UNKNOWN");
}

fn authlete_fails_with_500(harness: &Harness) {
    status(harness, "500 Internal Server Error", "UNKNOWN");
}

fn a_gateway_fails_with_502(harness: &Harness) {
    status(harness, "502 Bad Gateway", "UNKNOWN");
}

fn a_gateway_fails_with_504(harness: &Harness) {
    status(harness, "504 Gateway Timeout", "UNKNOWN");
}

fn retry_after(harness: &Harness, header: &'static str, expected: impl Fn(i64) -> bool) {
    for (line, ticket_state) in [("429 T", "UNTOUCHED"), ("503 U", "UNKNOWN")] {
        let answer = move |_: &Request| http(line, &[header], DOCUMENT.as_bytes());
        answered(harness, answer, Peer::serve, |called| {
            called.is("HTTP", ticket_state, 1);
            let wait = called.reply.number("retryAfterMs");
            assert!(expected(wait), "{header}: {wait}");
        });
    }
}

fn the_wait_is_in_seconds(harness: &Harness) {
    retry_after(harness, "Retry-After: 120", |wait| wait == 120_000);
}

fn the_wait_is_a_date(harness: &Harness) {
    retry_after(harness, "Retry-After: Tue, 19 Jan 2038 03:14:07 GMT", |wait| wait > 3_600_000);
    retry_after(harness, "Retry-After: Tue, 14 Nov 2023 22:13:50 GMT", |wait| wait == 0);
}

fn the_wait_is_garbage(harness: &Harness) {
    retry_after(harness, "Retry-After: soon C4NARY", |wait| wait == -1);
    retry_after(harness, "Retry-After: -5", |wait| wait == -1);
    retry_after(harness, "X-Nothing: 1", |wait| wait == -1);
}

fn the_wait_is_huge(harness: &Harness) {
    retry_after(harness, "Retry-After: 1000000000", |wait| wait == i64::from(i32::MAX));
    retry_after(harness, "Retry-After: 18446744073709551615", |wait| wait == i64::from(i32::MAX));
    retry_after(harness, "Retry-After: 99999999999999999999999", |wait| wait == -1);
}

fn the_answer_is_204(harness: &Harness) {
    answered(
        harness,
        |_| b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        Peer::serve,
        |called| {
            called.is("PROTOCOL", "UNKNOWN", 1).says("is empty");
            assert_eq!(called.reply.number("httpStatus"), 204);
        },
    );
}

fn the_answer_is_http_1_0(harness: &Harness) {
    let answer =
        |request: &Request| format!("HTTP/1.0 200 OK\r\n\r\n{}", request.document()).into_bytes();
    answered(harness, answer, Peer::close_notify, |called| {
        called.is("OK", "CONSUMED", 1);
    });
}

fn the_answer_is_of_another_protocol(harness: &Harness) {
    for line in ["HTTP/2 200", "HTTP/3.0 200 OK", "ICY 200 OK", "220 mail.example ESMTP", "\0\0"] {
        malformed(harness, &format!("{line}\r\nContent-Length: 2\r\n\r\n{{}}"));
    }
}

fn the_status_is_no_status(harness: &Harness) {
    for status in ["099", "1000", "20", "abc", "-200"] {
        malformed(harness, &format!("HTTP/1.1 {status} OK\r\nContent-Length: 2\r\n\r\n{{}}"));
    }
}

fn always_503_makes_no_storm(harness: &Harness) {
    harness.run(|host| {
        let server = Server::start(Kind::Plain, |peer| {
            loop {
                peer.request()?;
                peer.send(http("503 Service Unavailable", &[], b"{}"))?;
            }
        });
        host.client(&server, json!({}));
        for _ in 0..1000 {
            host.call().is("HTTP", "UNKNOWN", 1);
        }
        assert_eq!(server.requests().len(), 1000);
        assert_eq!(server.connections(), 1);
    });
}
