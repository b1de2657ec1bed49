//! The snippets in the documentation compile, and work as their pages say.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;
mod descriptions;
mod dpop;
mod errors;
mod frameworks;
mod go;
mod operate;
mod options;
mod production;
mod python;
mod reasons;
mod server;
#[path = "../support/mod.rs"]
mod support;
mod upgrading;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread::{self, JoinHandle};

use authlete_fail_sandbox::{ACCESS_TOKEN, Options, Sandbox, Tls};
use common::{
    C, CPP, UNKNOWN_TICKET, compile, configure, in_language, output, python, sandbox, snippet,
    stderr, ticket,
};
use support::{ROOT, program, run, scratch};

#[test]
fn quick_starts() {
    let sandbox = sandbox();
    let closed = format!("http://{}", support::unused_address());
    for name in ["reject.c", "reject.cpp", "reject.py"] {
        let command = || in_language(name);
        let ticket = ticket(&sandbox);
        let first = output(command(), &sandbox, &ticket);
        assert!(first.starts_with("HTTP 302\n"), "{name}: {first}");
        assert!(first.contains("Location: https://client.example.org/cb?error=access_denied"));
        assert!(first.contains("\nCache-Control: no-store\n"), "{name}: {first}");
        let second = output(command(), &sandbox, &ticket);
        assert!(second.starts_with("HTTP 400\n"), "{name}: {second}");
        // The log on stderr states the cause.
        let log = stderr(configure(command().arg(&ticket), &sandbox.base_url()));
        assert!(log.contains(" outcome=TICKET_INVALID "), "{name}: {log}");
        let log = stderr(configure(command().arg(&ticket), &closed));
        assert!(log.contains("check the host and the port in AUTHLETE_BASE_URL"), "{name}: {log}");
    }
}

#[test]
fn a_client_works_after_fork() {
    let sandbox = sandbox();
    let mut command = program(&compile("fork.c", &["-std=c99", "-D_POSIX_C_SOURCE=200809L"]));
    command.args([ticket(&sandbox), ticket(&sandbox)]);
    let printed = run(configure(&mut command, &sandbox.base_url()));
    assert_eq!(printed, "worker: HTTP 302\nparent: HTTP 302\n");
}

#[test]
fn other_endpoints_are_called() {
    let sandbox = sandbox();
    let query = "response_type=code&client_id=26478243745571";
    for name in ["call.c", "call.cpp", "call.py"] {
        let printed = |query: &str| output(in_language(name), &sandbox, query);
        assert_eq!(printed(query), "log in to My client\n", "{name}");
        assert_eq!(printed(&format!("{query}&prompt=none")), "send HTTP 302\n", "{name}");
        assert_eq!(printed("response_type=code&client_id=1"), "send HTTP 400\n", "{name}");
    }
    let mut command = in_language("call.c");
    let address = format!("http://{}", support::unused_address());
    let text = stderr(configure(command.arg(query), &address));
    assert!(text.starts_with("connect: "), "{text}");
}

#[test]
fn connections_are_opened_early() {
    let sandbox = sandbox();
    let closed = format!("http://{}", support::unused_address());
    for name in ["connect.c", "connect.cpp", "connect.py"] {
        let command = || in_language(name);
        let printed = output(command(), &sandbox, &ticket(&sandbox));
        assert_eq!(printed, "new connection\nidle connection\nHTTP 302\n", "{name}");
        let failed = configure(command().arg(UNKNOWN_TICKET), &closed).output().unwrap();
        let text = String::from_utf8(failed.stderr).unwrap();
        assert!(text.matches("connect: ").count() >= 2, "{name}: {text}");
    }
}

#[test]
fn a_token_is_rotated_by_assignment() {
    let sandbox = sandbox();
    let mut command = program(&compile("rotate.cpp", CPP));
    let command = command.args([&sandbox.base_url(), "revoked", ACCESS_TOKEN]);
    let printed = run(configure(command, &sandbox.base_url()));
    assert!(printed.contains("call: ") && printed.ends_with("new: OK\n"), "{printed}");
}

#[test]
fn calls_are_logged() {
    let sandbox = sandbox();
    let address = sandbox.base_url().replace("http://", "");
    let expected = format!(
        "endpoint=/backchannel/authentication/fail host={address} status=OK http=200 code=A185001 \
         action=INTERNAL_SERVER_ERROR outcome=DELIVERED ticket=NONE attempts=1 duration_us="
    );
    for (mut command, prefix) in [
        (program(&compile("log.c", C)), "<6>authlete-fail: "),
        (python("log.py"), "INFO:authlete_fail:"),
    ] {
        let text = stderr(configure(command.arg(sandbox.base_url()), &sandbox.base_url()));
        assert!(text.contains(&format!("{prefix}{expected}")), "{text}");
    }
}

/// Starts a server that responds to one call, and returns its URL and the request.
fn one_call() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut connection = listener.accept().unwrap().0;
        let mut request = vec![0; 4096];
        let mut len = 0;
        while !request[..len].ends_with(b"}") {
            len += connection.read(&mut request[len..]).unwrap();
        }
        let body = r#"{"action":"BAD_REQUEST","responseContent":"{}"}"#;
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            .unwrap();
        String::from_utf8_lossy(&request[..len]).to_ascii_lowercase()
    });
    (base_url, server)
}

#[test]
fn calls_are_traced() {
    let (base_url, server) = one_call();
    let printed = run(configure(in_language("traces.c").arg("t"), &base_url));
    let (status, diagnostics) = printed.split_once('\n').unwrap();
    assert_eq!(status, "HTTP 400");
    assert!(diagnostics.contains(r#""connection":"new","peerAddress":"127.0.0.1""#), "{printed}");
    let header = "\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";
    let request = server.join().unwrap();
    assert!(request.contains(header), "{request}");

    let (base_url, server) = one_call();
    let printed = run(configure(python("traces.py").arg("t"), &base_url));
    let id = |name: &str| {
        let (_, rest) = printed.split_once(&format!("\"{name}\": \"0x")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let header = format!("\r\ntraceparent: 00-{}-{}-", id("trace_id"), id("span_id"));
    let request = server.join().unwrap();
    assert!(request.contains(&header), "{request}");
    for expected in [
        r#""name": "POST /auth/authorization/fail""#,
        r#""http.request.method": "POST""#,
        r#""server.address": "127.0.0.1""#,
        r#""http.response.status_code": 200"#,
        r#""network.peer.address": "127.0.0.1""#,
        r#""name": "http.client.request.duration""#,
    ] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }

    let closed = format!("http://{}", support::unused_address());
    let failed = configure(python("traces.py").arg("t"), &closed).output().unwrap();
    let printed = String::from_utf8(failed.stdout).unwrap();
    assert!(printed.contains(r#""error.type": "CONNECT""#), "{printed}");
    assert!(printed.contains(r#""status_code": "ERROR""#), "{printed}");
}

#[test]
fn a_private_ca_is_trusted() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate_pem = certified.cert.pem();
    let path = scratch().join("snippet-ca.pem");
    fs::write(&path, &certificate_pem).unwrap();
    let tls = Tls { certificate_pem, key_pem: certified.signing_key.serialize_pem() };
    let sandbox = Sandbox::start(Options { tls: Some(tls), ..Options::default() }).unwrap();
    for name in ["tls.c", "tls.cpp", "tls.py"] {
        let mut command = in_language(name);
        let printed = run(configure(command.arg(sandbox.base_url()).arg(&path), ""));
        assert_eq!(printed, "HTTP 403\n", "{name}");
        let mut command = in_language(name);
        let failed = configure(command.arg(sandbox.base_url()).arg("missing.pem"), "");
        assert!(!failed.output().unwrap().status.success(), "{name}");
    }
}

#[test]
fn python_servers_respond() {
    let sandbox = sandbox();
    let mut command = python("wsgi.py");
    command.env("HTTP_COOKIE", "session=1");
    let printed = output(command, &sandbox, &ticket(&sandbox));
    assert!(printed.starts_with("Status: 302 Found\r\nLocation: https://"), "{printed}");
    let printed = output(python("deny.py"), &sandbox, &ticket(&sandbox));
    assert!(printed.starts_with("HTTP 302\nLocation: https://"), "{printed}");
    let printed = output(python("asgi.py"), &sandbox, &ticket(&sandbox));
    assert!(printed.contains("'status': 302") && printed.contains("b'location'"), "{printed}");
}

#[test]
fn the_program_without_the_library_prints_the_same() {
    let by_hand = scratch().join("snippet-by-hand");
    run(Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o"])
        .arg(&by_hand)
        .arg(snippet("by_hand.c"))
        .args(["-lcurl", "-lcjson"])
        .current_dir(ROOT));
    let with_library = compile("with_library.c", C);
    let sandbox = sandbox();
    let form = |query: &str| {
        let script = fs::read_to_string(Path::new(ROOT).join(snippet("ticket.sh"))).unwrap();
        let mut command = Command::new("sh");
        command.arg("-c").arg(script.replace("&state=s1", query));
        run(configure(&mut command, &sandbox.base_url())).trim().to_owned()
    };
    for (status, mut ticket) in [
        ("HTTP 302\n", Box::new(|| form("&state=s1")) as Box<dyn Fn() -> String>),
        ("HTTP 200\n", Box::new(|| form("&response_mode=form_post"))),
        ("HTTP 400\n", Box::new(|| UNKNOWN_TICKET.to_owned())),
    ] {
        let ticket = &mut ticket;
        let one = output(Command::new(&by_hand), &sandbox, &ticket());
        let other = output(program(&with_library), &sandbox, &ticket());
        assert!(one.starts_with(status), "{one}");
        assert_eq!(one, other);
    }
}
