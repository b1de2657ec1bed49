//! Cases of the document in Authlete's API response.

use serde_json::json;

use crate::harness::{Kind, Peer, Server, http};
use crate::runner::{Called, FaultCase, Runner, case};

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
fn answered(runner: &Runner, body: impl AsRef<[u8]>, check: impl Fn(&Called)) {
    let answer = http("200 OK", &[], body.as_ref());
    runner.run(|host| {
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
fn refused(runner: &Runner, body: impl AsRef<[u8]>, text: &str) {
    answered(runner, body, |called| {
        called.is("PROTOCOL", "UNKNOWN", 1).says(text);
        assert_eq!(called.reply.text("outcome"), "NO_API_RESPONSE");
        assert_eq!(called.reply.number("httpStatus"), 200);
        assert_eq!(called.reply.text("json"), "");
    });
}

const GOOD: &str = r#"{"action":"LOCATION","responseContent":"https://client.example/c4n4ry"}"#;

fn the_body_is_no_json(runner: &Runner) {
    refused(runner, "<html>c4n4ry</html>", "is not valid JSON at line 1, column 1");
    refused(runner, "{'action':'c4n4ry'}", "is not valid JSON at line 1, column 2");
}

fn the_json_is_truncated(runner: &Runner) {
    refused(runner, &GOOD[..GOOD.len() - 1], "ends before the JSON object does");
    refused(runner, r#"{"action":"LOC"#, "ends before the JSON object does");
}

fn something_stands_after_the_json(runner: &Runner) {
    refused(runner, format!("{GOOD}{GOOD}"), "has text after the JSON object");
    refused(runner, format!("{GOOD}\0"), "has text after the JSON object");
}

fn the_json_is_an_array(runner: &Runner) {
    refused(runner, format!("[{GOOD}]"), "must be a JSON object");
}

fn the_json_is_null(runner: &Runner) {
    refused(runner, "null", "must be a JSON object");
}

fn the_body_is_empty(runner: &Runner) {
    refused(runner, "", "is empty");
}

fn the_body_starts_with_a_byte_order_mark(runner: &Runner) {
    refused(runner, format!("\u{feff}{GOOD}"), "starts with a byte order mark");
}

fn the_body_is_utf_16(runner: &Runner) {
    let units = GOOD.encode_utf16();
    refused(
        runner,
        units.clone().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        "is not valid JSON",
    );
    let marked: Vec<u8> = [0xFEFF].into_iter().chain(units).flat_map(u16::to_be_bytes).collect();
    refused(runner, marked, "is not UTF-8");
}

fn the_body_is_not_utf_8(runner: &Runner) {
    refused(runner, b"{\"action\":\"LOCATION\",\"responseContent\":\"\xff\xfe\"}", "is not UTF-8");
}

fn the_json_is_nested_deeply(runner: &Runner) {
    // What is not needed is passed over without recursion.
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    unknown_action(runner, &format!(r#"{{"a":{nested}}}"#));
    unfit(runner, &format!(r#"{{"action":"LOCATION","responseContent":{nested}}}"#), "CONSUMED");
    refused(
        runner,
        format!(r#"{{"a":{}"#, "[".repeat(100_000)),
        "ends before the JSON object does",
    );
}

fn a_string_is_too_long_for_the_limit(runner: &Runner) {
    let body = format!(r#"{{"action":"LOCATION","responseContent":"{}"}}"#, "x".repeat(10 << 20));
    let answer = http("200 OK", &[], body.as_bytes());
    runner.run(|host| {
        let answer = answer.clone();
        let server = Server::start(Kind::Plain, move |peer: &mut Peer| {
            let request = peer.request()?;
            if peer.number > 0 {
                return peer.send(request.response());
            }
            peer.send(&answer)
        });
        host.client(&server, json!({}));
        host.call().is("PROTOCOL", "UNKNOWN", 1).says("larger than 1048576 bytes");
        host.good();
    });
}

fn a_member_stands_twice(runner: &Runner) {
    for name in ["action", "resultCode", "responseContent"] {
        let body = GOOD.replacen('{', &format!("{{\"{name}\":\"c4n4ry\",\"{name}\":1,"), 1);
        refused(runner, body, &format!("has \"{name}\" twice"));
    }
}

fn a_member_that_does_not_matter_stands_twice(runner: &Runner) {
    let body = r#"{"x":1,"x":2,"action":"BAD_REQUEST","responseContent":"{}"}"#;
    answered(runner, body, |called| {
        called.is("OK", "INVALID", 1);
    });
}

/// The document is Authlete's, but its content may not be passed on.
fn unfit(runner: &Runner, body: &str, ticket_state: &str) {
    answered(runner, body, |called| {
        called.is("PROTOCOL", ticket_state, 1);
        assert_eq!(called.reply.text("outcome"), "SERVER_ERROR");
        assert_eq!(called.reply.text("json"), body);
    });
}

fn members_have_the_wrong_type(runner: &Runner) {
    unfit(runner, r#"{"action":"LOCATION","responseContent":7}"#, "CONSUMED");
    unfit(runner, r#"{"action":"LOCATION","responseContent":null}"#, "CONSUMED");
    unfit(runner, r#"{"action":"FORM","responseContent":{"a":"c4n4ry"}}"#, "CONSUMED");
    answered(runner, r#"{"action":["c4n4ry"],"responseContent":"c4n4ry"}"#, |called| {
        called.is("OK", "UNKNOWN", 1);
        assert_eq!(called.reply.text("outcome"), "UNKNOWN_ACTION");
    });
}

fn the_content_is_missing(runner: &Runner) {
    unfit(runner, r#"{"action":"LOCATION","resultCode":"A060306"}"#, "CONSUMED");
    unfit(runner, r#"{"action":"BAD_REQUEST"}"#, "INVALID");
}

fn unknown_action(runner: &Runner, body: &str) {
    answered(runner, body, |called| {
        called.is("OK", "UNKNOWN", 1);
        assert_eq!(called.reply.text("outcome"), "UNKNOWN_ACTION");
        assert_eq!(called.reply.number("responseStatus"), 500);
        assert_eq!(called.reply.text("responseBody"), r#"{"error":"server_error"}"#);
        assert_eq!(called.reply.text("json"), body);
    });
}

fn the_action_is_missing(runner: &Runner) {
    unknown_action(runner, r#"{"responseContent":"c4n4ry"}"#);
    unknown_action(runner, "{}");
}

fn the_action_is_unknown(runner: &Runner) {
    unknown_action(runner, r#"{"action":"TELEPORT","responseContent":"c4n4ry"}"#);
    unknown_action(runner, r#"{"action":"location","responseContent":"https://client.example/"}"#);
    unknown_action(
        runner,
        r#"{"action":"LOCATION\u0000","responseContent":"https://client.example/"}"#,
    );
}

fn members_are_unknown(runner: &Runner) {
    let body = r#"{"x":[{"y":null}],"action":"FORM","responseContent":"<p>","ä":1e400}"#;
    answered(runner, body, |called| {
        called.is("OK", "CONSUMED", 1);
        assert_eq!(called.reply.text("responseBody"), "<p>");
    });
}

fn the_location_would_split_the_header(runner: &Runner) {
    for escaped in ["\\r\\nSet-Cookie: c4n4ry", "\\n", "\\r", " ", "\\t", "\\u007f", "ä"] {
        let url = format!("https://client.example/{escaped}");
        unfit(runner, &format!(r#"{{"action":"LOCATION","responseContent":"{url}"}}"#), "CONSUMED");
    }
}

fn the_location_is_empty_or_too_long(runner: &Runner) {
    unfit(runner, r#"{"action":"LOCATION","responseContent":""}"#, "CONSUMED");
    let url = "x".repeat(16 * 1024 + 1);
    unfit(runner, &format!(r#"{{"action":"LOCATION","responseContent":"{url}"}}"#), "CONSUMED");
}

fn the_content_holds_u_0000(runner: &Runner) {
    unfit(
        runner,
        r#"{"action":"LOCATION","responseContent":"https://client.example/\u0000"}"#,
        "CONSUMED",
    );
    unfit(runner, r#"{"action":"FORM","responseContent":"<html>\u0000c4n4ry"}"#, "CONSUMED");
    unfit(runner, r#"{"action":"BAD_REQUEST","responseContent":"{\u0000}"}"#, "INVALID");
}

fn the_content_holds_a_lone_surrogate(runner: &Runner) {
    unfit(runner, r#"{"action":"FORM","responseContent":"\ud800c4n4ry"}"#, "CONSUMED");
    unfit(
        runner,
        r#"{"action":"LOCATION","responseContent":"https://client.example/\udc00"}"#,
        "CONSUMED",
    );
}
