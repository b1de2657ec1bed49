//! Cases of the document in Authlete's API response.

use serde_json::json;

use crate::harness::peer::{Peer, http};
use crate::harness::server::{Kind, Server};
use crate::harness::{Called, FaultCase, Harness, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_body_is_no_json),
        case!(the_json_is_truncated),
        case!(something_stands_after_the_json),
        case!(the_json_is_an_array),
        case!(the_json_is_null),
        case!(the_body_is_empty),
        case!(the_body_starts_with_a_byte_order_mark),
        case!(the_body_is_utf_16),
        case!(the_body_is_not_utf_8),
        case!(the_json_is_nested_deeply),
        case!(a_string_is_too_long_for_the_limit),
        case!(a_member_stands_twice),
        case!(a_member_that_does_not_matter_stands_twice),
        case!(members_have_the_wrong_type),
        case!(the_content_is_missing),
        case!(the_action_is_missing),
        case!(the_action_is_unknown),
        case!(members_are_unknown),
        case!(the_location_would_split_the_header),
        case!(the_location_is_empty_or_too_long),
        case!(the_content_holds_u_0000),
        case!(the_content_holds_a_lone_surrogate),
    ]
}

/// A call that gets this body with 200, and a good one after it on the same connection.
fn answered(harness: &Harness, body: impl AsRef<[u8]>, check: impl Fn(&Called)) {
    let answer = http("200 OK", &[], body.as_ref());
    harness.run(|host| {
        let answer = answer.clone();
        let server = Server::start(Kind::Plain, move |peer: &mut Peer| {
            peer.request()?;
            peer.send(&answer)?;
            peer.serve()
        });
        host.client(&server, json!({}));
        check(&host.call());
        host.good();
        assert_eq!(server.connections(), 1, "a whole answer leaves the connection usable");
    });
}

/// The body is refused with this text, which quotes nothing of it.
fn refused(harness: &Harness, body: impl AsRef<[u8]>, text: &str) {
    answered(harness, body, |called| {
        called.is("PROTOCOL", "UNKNOWN", 1).says(text);
        assert_eq!(called.reply.text("outcome"), "NO_API_RESPONSE");
        assert_eq!(called.reply.number("httpStatus"), 200);
        assert_eq!(called.reply.text("json"), "");
    });
}

const GOOD: &str = r#"{"action":"LOCATION","responseContent":"https://client.example/C4NARY"}"#;

fn the_body_is_no_json(harness: &Harness) {
    refused(harness, "<html>C4NARY</html>", "is not valid JSON at line 1, column 1");
    refused(harness, "{'action':'C4NARY'}", "is not valid JSON at line 1, column 2");
}

fn the_json_is_truncated(harness: &Harness) {
    refused(harness, &GOOD[..GOOD.len() - 1], "ends within the JSON object");
    refused(harness, r#"{"action":"LOC"#, "ends within the JSON object");
}

fn something_stands_after_the_json(harness: &Harness) {
    refused(harness, format!("{GOOD}{GOOD}"), "has text after the JSON object");
    refused(harness, format!("{GOOD}\0"), "has text after the JSON object");
}

fn the_json_is_an_array(harness: &Harness) {
    refused(harness, format!("[{GOOD}]"), "must be a JSON object");
}

fn the_json_is_null(harness: &Harness) {
    refused(harness, "null", "must be a JSON object");
}

fn the_body_is_empty(harness: &Harness) {
    refused(harness, "", "is empty");
}

fn the_body_starts_with_a_byte_order_mark(harness: &Harness) {
    refused(harness, format!("\u{feff}{GOOD}"), "starts with a byte order mark");
}

fn the_body_is_utf_16(harness: &Harness) {
    let units = GOOD.encode_utf16();
    refused(
        harness,
        units.clone().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        "is not valid JSON",
    );
    let marked: Vec<u8> = [0xFEFF].into_iter().chain(units).flat_map(u16::to_be_bytes).collect();
    refused(harness, marked, "is not UTF-8");
}

fn the_body_is_not_utf_8(harness: &Harness) {
    refused(harness, b"{\"action\":\"LOCATION\",\"responseContent\":\"\xff\xfe\"}", "is not UTF-8");
}

fn the_json_is_nested_deeply(harness: &Harness) {
    // What is not needed is passed over without recursion.
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    unknown_action(harness, &format!(r#"{{"a":{nested}}}"#));
    unfit(harness, &format!(r#"{{"action":"LOCATION","responseContent":{nested}}}"#), "CONSUMED");
    refused(harness, format!(r#"{{"a":{}"#, "[".repeat(100_000)), "ends within the JSON object");
}

fn a_string_is_too_long_for_the_limit(harness: &Harness) {
    let body = format!(r#"{{"action":"LOCATION","responseContent":"{}"}}"#, "x".repeat(10 << 20));
    let answer = http("200 OK", &[], body.as_bytes());
    harness.run(|host| {
        let answer = answer.clone();
        let server = Server::start(Kind::Plain, move |peer: &mut Peer| {
            let request = peer.request()?;
            if peer.number > 0 {
                return peer.send(request.answer());
            }
            peer.send(&answer)
        });
        host.client(&server, json!({}));
        host.call().is("PROTOCOL", "UNKNOWN", 1).says("larger than 1048576 bytes");
        host.good();
    });
}

fn a_member_stands_twice(harness: &Harness) {
    for name in ["action", "resultCode", "responseContent"] {
        let body = GOOD.replacen('{', &format!("{{\"{name}\":\"C4NARY\",\"{name}\":1,"), 1);
        refused(harness, body, &format!("has \"{name}\" twice"));
    }
}

fn a_member_that_does_not_matter_stands_twice(harness: &Harness) {
    let body = r#"{"x":1,"x":2,"action":"BAD_REQUEST","responseContent":"{}"}"#;
    answered(harness, body, |called| {
        called.is("OK", "INVALID", 1);
    });
}

/// The document is Authlete's, but its content may not be passed on.
fn unfit(harness: &Harness, body: &str, ticket_state: &str) {
    answered(harness, body, |called| {
        called.is("PROTOCOL", ticket_state, 1);
        assert_eq!(called.reply.text("outcome"), "SERVER_ERROR");
        assert_eq!(called.reply.text("json"), body);
    });
}

fn members_have_the_wrong_type(harness: &Harness) {
    unfit(harness, r#"{"action":"LOCATION","responseContent":7}"#, "CONSUMED");
    unfit(harness, r#"{"action":"LOCATION","responseContent":null}"#, "CONSUMED");
    unfit(harness, r#"{"action":"FORM","responseContent":{"a":"C4NARY"}}"#, "CONSUMED");
    answered(harness, r#"{"action":["C4NARY"],"responseContent":"C4NARY"}"#, |called| {
        called.is("OK", "UNKNOWN", 1);
        assert_eq!(called.reply.text("outcome"), "UNKNOWN_ACTION");
    });
}

fn the_content_is_missing(harness: &Harness) {
    unfit(harness, r#"{"action":"LOCATION","resultCode":"A060306"}"#, "CONSUMED");
    unfit(harness, r#"{"action":"BAD_REQUEST"}"#, "INVALID");
}

fn unknown_action(harness: &Harness, body: &str) {
    answered(harness, body, |called| {
        called.is("OK", "UNKNOWN", 1);
        assert_eq!(called.reply.text("outcome"), "UNKNOWN_ACTION");
        assert_eq!(called.reply.number("responseStatus"), 500);
        assert_eq!(called.reply.text("responseBody"), r#"{"error":"server_error"}"#);
        assert_eq!(called.reply.text("json"), body);
    });
}

fn the_action_is_missing(harness: &Harness) {
    unknown_action(harness, r#"{"responseContent":"C4NARY"}"#);
    unknown_action(harness, "{}");
}

fn the_action_is_unknown(harness: &Harness) {
    unknown_action(harness, r#"{"action":"TELEPORT","responseContent":"C4NARY"}"#);
    unknown_action(harness, r#"{"action":"location","responseContent":"https://client.example/"}"#);
    unknown_action(
        harness,
        r#"{"action":"LOCATION\u0000","responseContent":"https://client.example/"}"#,
    );
}

fn members_are_unknown(harness: &Harness) {
    let body = r#"{"x":[{"y":null}],"action":"FORM","responseContent":"<p>","ä":1e400}"#;
    answered(harness, body, |called| {
        called.is("OK", "CONSUMED", 1);
        assert_eq!(called.reply.text("responseBody"), "<p>");
    });
}

fn the_location_would_split_the_header(harness: &Harness) {
    for escaped in ["\\r\\nSet-Cookie: C4NARY", "\\n", "\\r", " ", "\\t", "\\u007f", "ä"] {
        let url = format!("https://client.example/{escaped}");
        unfit(
            harness,
            &format!(r#"{{"action":"LOCATION","responseContent":"{url}"}}"#),
            "CONSUMED",
        );
    }
}

fn the_location_is_empty_or_too_long(harness: &Harness) {
    unfit(harness, r#"{"action":"LOCATION","responseContent":""}"#, "CONSUMED");
    let url = "x".repeat(16 * 1024 + 1);
    unfit(harness, &format!(r#"{{"action":"LOCATION","responseContent":"{url}"}}"#), "CONSUMED");
}

fn the_content_holds_u_0000(harness: &Harness) {
    unfit(
        harness,
        r#"{"action":"LOCATION","responseContent":"https://client.example/\u0000"}"#,
        "CONSUMED",
    );
    unfit(harness, r#"{"action":"FORM","responseContent":"<html>\u0000C4NARY"}"#, "CONSUMED");
    unfit(harness, r#"{"action":"BAD_REQUEST","responseContent":"{\u0000}"}"#, "INVALID");
}

fn the_content_holds_a_lone_surrogate(harness: &Harness) {
    unfit(harness, r#"{"action":"FORM","responseContent":"\ud800C4NARY"}"#, "CONSUMED");
    unfit(
        harness,
        r#"{"action":"LOCATION","responseContent":"https://client.example/\udc00"}"#,
        "CONSUMED",
    );
}
