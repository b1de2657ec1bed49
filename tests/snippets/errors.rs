//! `docs/guide/errors.md`: when to make the same call again.

use std::net::TcpListener;
use std::process::Command;

use crate::common::{
    C, CPP, UNKNOWN_TICKET, compile, configure, fail_next, output, python, sandbox, ticket,
};
use crate::support::{self, program, run};

/// The programs that print the result, each with the arguments before the ticket.
fn programs() -> [Command; 3] {
    let c = program(&compile("errors.c", C));
    let cpp = |mode: &str| {
        let mut command = program(&compile("errors.cpp", CPP));
        command.arg(mode);
        command
    };
    [c, cpp("try"), cpp("catch")]
}

fn result(printed: &str) -> &str {
    printed.trim_end().lines().last().unwrap()
}

fn closed() -> String {
    format!("http://{}", support::unused_address())
}

#[test]
fn errors_state_whether_to_call_again() {
    let sandbox = sandbox();
    for command in programs() {
        let printed = output(command, &sandbox, UNKNOWN_TICKET);
        assert_eq!(result(&printed), "OK, TICKET_INVALID, ticket INVALID, call again: no");
    }
    for mut command in programs() {
        let printed = run(configure(command.arg(UNKNOWN_TICKET), &closed()));
        let expected = "CONNECT, NO_API_RESPONSE, ticket UNTOUCHED, call again: yes";
        assert_eq!(result(&printed), expected);
    }
    for mut command in programs() {
        let used = ticket(&sandbox);
        fail_next(&sandbox, r#"{"disconnect":"during","processed":true}"#);
        let printed = run(configure(command.arg(used), &sandbox.base_url()));
        let expected = "NETWORK, NO_API_RESPONSE, ticket UNKNOWN, call again: no";
        assert_eq!(result(&printed), expected);
    }
}

/// A token request has no ticket. If it may have been sent, it must not be repeated: the code may
/// have been used.
#[test]
fn a_token_request_is_repeated_only_if_it_was_not_sent() {
    // A server that never accepts connections.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    let commands = || {
        let [c, cpp, _] = programs();
        [c, cpp, python("errors.py")]
    };
    for (base_url, again) in [(silent, ["no", "False"]), (closed(), ["yes", "True"])] {
        for mut command in commands() {
            let config = r#"{"timeoutMs":200}"#;
            let command = configure(command.arg("token"), &base_url);
            let printed = run(command.env("AUTHLETE_FAIL_CONFIG_JSON", config));
            let ends =
                again.iter().any(|again| printed.trim_end().ends_with(&format!("again: {again}")));
            assert!(ends, "{base_url}: {printed}");
        }
    }
}
