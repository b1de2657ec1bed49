//! Rows of the ABI: arguments of every kind. NULL and out-parameters are `tests/c/abi.c`'s, the
//! symbols `tests/abi.rs`'s.

use serde_json::json;

use crate::program::{config, run_mode};
use crate::world::row::row;
use crate::world::server::{Kind, Server};

/// Under each of the three endpoints nothing is sent, and the ticket is untouched.
#[test]
fn requests_that_are_no_documents() {
    let server = Server::start(Kind::Plain, |peer| peer.serve());
    let long =
        format!(r#"{{"ticket":"t","reason":"DENIED","description":"{}"}}"#, "x".repeat(1 << 20));
    let deep = "[".repeat(100_000);
    let texts = [
        "",
        " ",
        "null",
        "[]",
        "\"\"",
        "{",
        "}",
        "\0",
        "{\0}",
        "\u{feff}{}",
        "{}{}",
        "{}\r\n{",
        r#"{"ticket":"\u0000","reason":"DENIED"}"#,
        r#"{"ticket":"t","reason":"DENIED\r\nX: y"}"#,
        r#"{"ticket":"\ud800","reason":"DENIED"}"#,
        r#"{"ticket":["t"],"reason":"DENIED"}"#,
        &long,
        &deep,
    ];
    row(|row| {
        row.client(&server, json!({}));
        for text in texts {
            for verb in ["authorization", "token", "backchannel_authentication"] {
                let (reply, _) = row.host.command(verb, text);
                let shown: String = text.chars().take(50).collect();
                assert_eq!(reply.text("status"), "INVALID_REQUEST", "{verb} {shown:?}");
                assert_eq!(reply.text("ticketState"), "UNTOUCHED", "{verb} {shown:?}");
                assert_eq!(reply.text("error").lines().count(), 1);
            }
        }
    });
    assert_eq!(server.connections(), 0);
}

#[test]
fn configurations_that_are_no_documents() {
    let long = format!(r#"{{"baseUrl":"https://{}"}}"#, "x".repeat(1 << 20));
    let token = format!(
        r#"{{"baseUrl":"https://h","serviceId":"1","accessToken":"{}\r\n"}}"#,
        "x".repeat(1 << 20)
    );
    let deep = r#"{"a":"#.repeat(100_000);
    row(|row| {
        for text in
            ["null", "[]", "{", "\0", "\u{feff}{}", "{}", "{\"\0\":1}", &long, &token, &deep]
        {
            let (reply, _) = row.host.command("client", text);
            let shown: String = text.chars().take(50).collect();
            assert_eq!(reply.text("status"), "INVALID_CONFIG", "{shown:?}");
            assert_eq!(reply.text("error").lines().count(), 1, "{shown:?}");
            assert!(reply.text("error").len() < 500, "{shown:?}: {}", reply.text("error").len());
        }
    });
}

/// Bytes that are not UTF-8, whose length is wrong, or that end where memory ends.
#[test]
fn arguments_at_the_edge_of_memory() {
    let server = Server::start(Kind::Plain, |peer| peer.serve());
    run_mode("abi", "edges", &config(&server, json!({})), 0);
    assert_eq!(server.requests().len(), 2);
}

/// The client is made, used, shut down and freed by a thread each; and a callback that takes its time or calls back.
#[test]
fn handles_go_from_thread_to_thread() {
    let server = Server::start(Kind::Tls, |peer| peer.serve());
    let config = config(&server, json!({ "logLevel": "debug" }));
    run_mode("abi", "threads", &config, 0);
    run_mode("abi", "callback", &config, 0);
}
