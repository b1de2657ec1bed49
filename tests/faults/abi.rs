//! Cases of the ABI: arguments of every kind. NULL and out-parameters are `tests/c/abi.c`'s, the
//! symbols `tests/abi.rs`'s.

use serde_json::json;

use crate::harness::{Kind, Server};
use crate::runner::{FaultCase, ROUNDS, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(requests_that_are_no_documents),
        case!(configurations_that_are_no_documents),
        case!(arguments_at_the_edge_of_memory),
        case!(handles_go_from_thread_to_thread),
    ]
}

/// Under each of the three endpoints nothing is sent, and the ticket is untouched.
fn requests_that_are_no_documents(runner: &Runner) {
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
    runner.run(|host| {
        host.client(&server, json!({}));
        for text in texts {
            for verb in ["authorization", "token", "backchannel_authentication"] {
                let called = host.request(verb, text);
                let shown: String = text.chars().take(50).collect();
                assert_eq!(called.reply.text("status"), "INVALID_REQUEST", "{verb} {shown:?}");
                assert_eq!(called.reply.text("ticketState"), "UNTOUCHED", "{verb} {shown:?}");
                assert_eq!(called.reply.text("error").lines().count(), 1);
            }
        }
    });
    assert_eq!(server.connections(), 0);
}

fn configurations_that_are_no_documents(runner: &Runner) {
    let long = format!(r#"{{"baseUrl":"https://{}"}}"#, "x".repeat(1 << 20));
    let token = format!(
        r#"{{"baseUrl":"https://h","serviceId":"1","accessToken":"{}\r\n"}}"#,
        "x".repeat(1 << 20)
    );
    let deep = r#"{"a":"#.repeat(100_000);
    runner.run(|host| {
        for text in
            ["null", "[]", "{", "\0", "\u{feff}{}", "{}", "{\"\0\":1}", &long, &token, &deep]
        {
            let called = host.request("client", text);
            let shown: String = text.chars().take(50).collect();
            assert_eq!(called.reply.text("status"), "INVALID_CONFIG", "{shown:?}");
            assert_eq!(called.reply.text("error").lines().count(), 1, "{shown:?}");
            assert!(
                called.reply.text("error").len() < 500,
                "{shown:?}: {}",
                called.reply.text("error").len()
            );
        }
    });
}

/// Bytes that are not UTF-8, whose length is wrong, or that end where memory ends.
fn arguments_at_the_edge_of_memory(runner: &Runner) {
    let server = Server::start(Kind::Plain, |peer| peer.serve());
    runner.program("abi", "edges").client(&server, json!({})).run();
    assert_eq!(server.requests().len(), 2 * ROUNDS);
}

/// The client is made, used, shut down and freed by a thread each; and a callback that takes its time or calls back.
fn handles_go_from_thread_to_thread(runner: &Runner) {
    let server = Server::start(Kind::Tls, |peer| peer.serve());
    runner.program("abi", "threads").client(&server, json!({})).run();
    runner.program("abi", "callback").client(&server, json!({})).run();
}
