//! The options of one call.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use authlete_fail_sandbox::ACCESS_TOKEN;

use crate::common::{UNKNOWN_TICKET, configure, in_language, output, python, sandbox, ticket};
use crate::one_call;
use crate::support::{ROOT, run, scratch};

const SNIPPETS: [&str; 3] = ["options.c", "options.cpp", "options.py"];

fn token_file(name: &str, token: &str) -> PathBuf {
    let path = scratch().join(format!("{name}-token"));
    fs::write(&path, format!("{token}\n")).unwrap();
    path
}

/// Whether the page shows the error that follows the HTTP status.
fn is_on_page(printed: &str) -> bool {
    let page = fs::read_to_string(format!("{ROOT}/docs/guide/options.md")).unwrap();
    let error = printed.strip_prefix("HTTP 500\n").unwrap().trim_end();
    page.lines().any(|line| line.trim() == error)
}

#[test]
fn options_replace_those_of_the_client() {
    for name in SNIPPETS {
        let (base_url, server) = one_call();
        let mut command = in_language(name);
        command.arg("t").arg(token_file(name, "current")).arg("r1");
        assert_eq!(run(configure(&mut command, &base_url)), "HTTP 400\n\n", "{name}");
        let request = server.join().unwrap();
        for header in ["\r\nauthorization: bearer current\r\n", "\r\nx-request-id: r1\r\n"] {
            assert!(request.contains(header), "{name}: {request}");
        }
    }
}

#[test]
fn the_timeout_of_a_call_is_less_than_that_of_the_client() {
    // A server that never accepts connections.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", silent.local_addr().unwrap());
    for name in SNIPPETS {
        let mut command = in_language(name);
        command.arg("t").arg(token_file(&format!("late-{name}"), "current")).arg("r1");
        let printed = run(configure(&mut command, &base_url));
        let host = silent.local_addr().unwrap().to_string();
        assert!(is_on_page(&printed.replace(&host, "us.authlete.com")), "{name}: {printed}");
    }
}

#[test]
fn invalid_options_are_refused() {
    let sandbox = sandbox();
    for name in SNIPPETS {
        let mut command = in_language(name);
        command.arg("t").arg(token_file(&format!("header-{name}"), "current")).arg("a\nHost: b");
        let printed = run(configure(&mut command, &sandbox.base_url()));
        let problem = "contains \"X-Request-Id\", whose value must consist of visible ASCII";
        assert!(
            printed.starts_with("HTTP 500\n") && printed.contains(problem),
            "{name}: {printed}"
        );
    }
}

#[test]
fn a_rejected_token_is_replaced() {
    let sandbox = sandbox();
    let path = token_file("rejected", "revoked");
    for name in SNIPPETS {
        let mut command = in_language(name);
        command.arg(UNKNOWN_TICKET).arg(&path).arg("r1");
        let printed = run(configure(&mut command, &sandbox.base_url()));
        assert!(is_on_page(&printed.replace("access_token", "accessToken")), "{name}: {printed}");
    }
    // Another program replaces the token after the snippet has read it.
    let mut command = python("options.py");
    let command = command.arg(ticket(&sandbox)).arg(&path).args(["r1", ACCESS_TOKEN]);
    assert_eq!(run(configure(command, &sandbox.base_url())), "HTTP 302\n\n");
    assert_eq!(output(with_token(&path), &sandbox, "r1"), "HTTP 400\n\n");
}

/// With an unknown ticket, and the token that is now in the file.
fn with_token(path: &PathBuf) -> std::process::Command {
    let mut command = in_language("options.c");
    command.arg(UNKNOWN_TICKET).arg(path);
    command
}
