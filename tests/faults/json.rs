//! Rows of the document that Authlete answers with.

use serde_json::json;

use crate::world::peer::{Peer, http};
use crate::world::row::{Called, row};
use crate::world::server::{Kind, Server};

/// A call that gets this body with 200, and a good one after it on the same connection.
fn answered(body: impl AsRef<[u8]>, check: impl Fn(&Called)) {
    let answer = http("200 OK", &[], body.as_ref());
    row(|row| {
        let answer = answer.clone();
        let server = Server::start(Kind::Plain, move |peer: &mut Peer| {
            peer.request()?;
            peer.send(&answer)?;
            peer.serve()
        });
        row.client(&server, json!({}));
        check(&row.call());
        row.good();
        assert_eq!(server.connections(), 1, "a whole answer leaves the connection usable");
    });
}

/// The body is refused with this text, which quotes nothing of it.
fn refused(body: impl AsRef<[u8]>, text: &str) {
    answered(body, |called| {
        called.is("PROTOCOL", "UNKNOWN", 1).says(text);
        assert_eq!(called.reply.text("outcome"), "NO_ANSWER");
        assert_eq!(called.reply.number("httpStatus"), 200);
        assert_eq!(called.reply.text("json"), "");
    });
}

const GOOD: &str = r#"{"action":"LOCATION","responseContent":"https://client.example/C4NARY"}"#;

#[test]
fn the_body_is_no_json() {
    refused("<html>C4NARY</html>", "is not valid JSON at line 1, column 1");
    refused("{'action':'C4NARY'}", "is not valid JSON at line 1, column 2");
}

#[test]
fn the_json_is_truncated() {
    refused(&GOOD[..GOOD.len() - 1], "ends before the JSON object does");
    refused(r#"{"action":"LOC"#, "ends before the JSON object does");
}

#[test]
fn something_stands_after_the_json() {
    refused(format!("{GOOD}{GOOD}"), "has text after the JSON object");
    refused(format!("{GOOD}\0"), "has text after the JSON object");
}

#[test]
fn the_json_is_an_array() {
    refused(format!("[{GOOD}]"), "must be a JSON object");
}

#[test]
fn the_json_is_null() {
    refused("null", "must be a JSON object");
}

#[test]
fn the_body_is_empty() {
    refused("", "is empty");
}

#[test]
fn the_body_starts_with_a_byte_order_mark() {
    refused(format!("\u{feff}{GOOD}"), "starts with a byte order mark");
}

#[test]
fn the_body_is_utf_16() {
    let units = GOOD.encode_utf16();
    refused(units.clone().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), "is not valid JSON");
    let marked: Vec<u8> = [0xFEFF].into_iter().chain(units).flat_map(u16::to_be_bytes).collect();
    refused(marked, "is not UTF-8");
}

#[test]
fn the_body_is_not_utf_8() {
    refused(b"{\"action\":\"LOCATION\",\"responseContent\":\"\xff\xfe\"}", "is not UTF-8");
}

#[test]
fn the_json_is_nested_deeply() {
    // What is not needed is passed over without recursion.
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    unknown_action(&format!(r#"{{"a":{nested}}}"#));
    unfit(&format!(r#"{{"action":"LOCATION","responseContent":{nested}}}"#), "CONSUMED");
    refused(format!(r#"{{"a":{}"#, "[".repeat(100_000)), "ends before the JSON object does");
}

#[test]
fn a_string_is_too_long_for_the_limit() {
    let body = format!(r#"{{"action":"LOCATION","responseContent":"{}"}}"#, "x".repeat(10 << 20));
    let answer = http("200 OK", &[], body.as_bytes());
    row(|row| {
        let answer = answer.clone();
        let server = Server::start(Kind::Plain, move |peer: &mut Peer| {
            let request = peer.request()?;
            if peer.number > 0 {
                return peer.send(request.answer());
            }
            peer.send(&answer)
        });
        row.client(&server, json!({}));
        row.call().is("PROTOCOL", "UNKNOWN", 1).says("larger than 1048576 bytes");
        row.good();
    });
}

#[test]
fn a_member_stands_twice() {
    for name in ["action", "resultCode", "responseContent"] {
        let body = GOOD.replacen('{', &format!("{{\"{name}\":\"C4NARY\",\"{name}\":1,"), 1);
        refused(body, &format!("has \"{name}\" twice"));
    }
}

#[test]
fn a_member_that_does_not_matter_stands_twice() {
    let body = r#"{"x":1,"x":2,"action":"BAD_REQUEST","responseContent":"{}"}"#;
    answered(body, |called| {
        called.is("OK", "INVALID", 1);
    });
}

/// The document is Authlete's, but its content may not be passed on.
fn unfit(body: &str, ticket_state: &str) {
    answered(body, |called| {
        called.is("PROTOCOL", ticket_state, 1);
        assert_eq!(called.reply.text("outcome"), "SERVER_ERROR");
        assert_eq!(called.reply.text("json"), body);
    });
}

#[test]
fn members_have_the_wrong_type() {
    unfit(r#"{"action":"LOCATION","responseContent":7}"#, "CONSUMED");
    unfit(r#"{"action":"LOCATION","responseContent":null}"#, "CONSUMED");
    unfit(r#"{"action":"FORM","responseContent":{"a":"C4NARY"}}"#, "CONSUMED");
    answered(r#"{"action":["C4NARY"],"responseContent":"C4NARY"}"#, |called| {
        called.is("OK", "UNKNOWN", 1);
        assert_eq!(called.reply.text("outcome"), "UNKNOWN_ACTION");
    });
}

#[test]
fn the_content_is_missing() {
    unfit(r#"{"action":"LOCATION","resultCode":"A060306"}"#, "CONSUMED");
    unfit(r#"{"action":"BAD_REQUEST"}"#, "INVALID");
}

fn unknown_action(body: &str) {
    answered(body, |called| {
        called.is("OK", "UNKNOWN", 1);
        assert_eq!(called.reply.text("outcome"), "UNKNOWN_ACTION");
        assert_eq!(called.reply.number("responseStatus"), 500);
        assert_eq!(called.reply.text("responseBody"), r#"{"error":"server_error"}"#);
        assert_eq!(called.reply.text("json"), body);
    });
}

#[test]
fn the_action_is_missing() {
    unknown_action(r#"{"responseContent":"C4NARY"}"#);
    unknown_action("{}");
}

#[test]
fn the_action_is_unknown() {
    unknown_action(r#"{"action":"TELEPORT","responseContent":"C4NARY"}"#);
    unknown_action(r#"{"action":"location","responseContent":"https://client.example/"}"#);
    unknown_action(r#"{"action":"LOCATION\u0000","responseContent":"https://client.example/"}"#);
}

#[test]
fn members_are_unknown() {
    let body = r#"{"x":[{"y":null}],"action":"FORM","responseContent":"<p>","ä":1e400}"#;
    answered(body, |called| {
        called.is("OK", "CONSUMED", 1);
        assert_eq!(called.reply.text("responseBody"), "<p>");
    });
}

#[test]
fn the_location_would_split_the_header() {
    for escaped in ["\\r\\nSet-Cookie: C4NARY", "\\n", "\\r", " ", "\\t", "\\u007f", "ä"] {
        let url = format!("https://client.example/{escaped}");
        unfit(&format!(r#"{{"action":"LOCATION","responseContent":"{url}"}}"#), "CONSUMED");
    }
}

#[test]
fn the_location_is_empty_or_too_long() {
    unfit(r#"{"action":"LOCATION","responseContent":""}"#, "CONSUMED");
    let url = "x".repeat(16 * 1024 + 1);
    unfit(&format!(r#"{{"action":"LOCATION","responseContent":"{url}"}}"#), "CONSUMED");
}

#[test]
fn the_content_holds_u_0000() {
    unfit(r#"{"action":"LOCATION","responseContent":"https://client.example/\u0000"}"#, "CONSUMED");
    unfit(r#"{"action":"FORM","responseContent":"<html>\u0000C4NARY"}"#, "CONSUMED");
    unfit(r#"{"action":"BAD_REQUEST","responseContent":"{\u0000}"}"#, "INVALID");
}

#[test]
fn the_content_holds_a_lone_surrogate() {
    unfit(r#"{"action":"FORM","responseContent":"\ud800C4NARY"}"#, "CONSUMED");
    unfit(r#"{"action":"LOCATION","responseContent":"https://client.example/\udc00"}"#, "CONSUMED");
}
