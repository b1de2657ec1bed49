//! Programs for production: metrics, diagnostics, shutdown, and several connections.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{
    C, CPP, UNKNOWN_TICKET, compile, configure, fail_next, in_language, output, python, sandbox,
    stderr, ticket,
};
use crate::support::{program, run};

#[test]
fn statistics_are_exported_to_prometheus() {
    let sandbox = sandbox();
    let c = program(&compile("metrics.c", &["-std=c99", "-Wl,--no-as-needed", "-lcjson"]));
    let calls = r#"authlete_calls_total{status="OK",outcome="DELIVERED"} 1"#;
    let mut names = Vec::new();
    for (command, calls) in [
        (c, calls),
        (program(&compile("metrics.cpp", CPP)), calls),
        (python("metrics.py"), r#"authlete_calls_total{outcome="DELIVERED",status="OK"} 1.0"#),
    ] {
        let printed = output(command, &sandbox, &ticket(&sandbox));
        let lines = [
            "# TYPE authlete_calls_total counter",
            calls,
            "# TYPE authlete_retries_total counter",
            "authlete_retries_total 0",
            "# TYPE authlete_connections_total counter",
            r#"authlete_connections_total{kind="new"} 1"#,
            r#"authlete_connections_total{kind="reused"} 0"#,
            "# TYPE authlete_pool gauge",
            r#"authlete_pool{state="idle"} 1"#,
            r#"authlete_pool{state="inUse"} 0"#,
            r#"authlete_connections_closed_total{reason="idleTimeout"} 0"#,
            r#"authlete_lookups_total{result="succeeded"} 0"#,
            r#"authlete_tls_handshakes_total{kind="full"} 0"#,
        ];
        for line in lines {
            assert!(printed.lines().any(|other| other.starts_with(line)), "{line}: {printed}");
        }
        let samples = printed.lines().filter(|line| line.starts_with("authlete_"));
        let name = |line: &str| line.split([' ', '{']).next().unwrap().to_owned();
        let mut all: Vec<_> =
            samples.map(name).filter(|name| !name.ends_with("_created")).collect();
        all.sort();
        names.push(all);
    }
    // Each program exports the same metrics.
    assert_eq!(names[0].len(), 17);
    assert!(names.iter().all(|other| *other == names[0]), "{names:?}");
}

#[test]
fn a_slow_call_is_logged() {
    let sandbox = sandbox();
    for (limit, is_logged) in [("0", true), ("60000000", false)] {
        let mut command = in_language("diagnostics.c");
        command.args([limit, UNKNOWN_TICKET]);
        let text = stderr(configure(&mut command, &sandbox.base_url()));
        assert_eq!(text.contains(r#""attempts":[{"connection":"new","#), is_logged, "{text}");
    }
}

/// Sends SIGTERM to the server after `wait_for_call`. Returns what the server sends to its client.
fn stopped(name: &str, arguments: [&str; 2], base_url: &str, wait_for_call: impl Fn()) -> String {
    let mut command = program(&compile(name, if name.ends_with(".c") { C } else { CPP }));
    command.args(arguments).stdout(Stdio::piped());
    let mut server = configure(&mut command, base_url).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    wait_for_call();
    run(Command::new("kill").arg(server.id().to_string()));
    let mut response = String::new();
    connection.read_to_string(&mut response).unwrap();
    assert!(server.wait().unwrap().success());
    response
}

#[test]
fn sigterm_aborts_calls_after_a_delay() {
    for name in ["shutdown.c", "shutdown.cpp"] {
        // A server that never responds.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", silent.local_addr().unwrap());
        let calls = Mutex::new(Vec::new());
        let start = Instant::now();
        let response = stopped(name, ["1", UNKNOWN_TICKET], &base_url, || {
            calls.lock().unwrap().push(silent.accept().unwrap());
        });
        assert_eq!(response, "SHUTDOWN: HTTP 500\n", "{name}");
        assert!(start.elapsed() >= Duration::from_secs(1), "{name}");
    }
}

#[test]
fn sigterm_lets_calls_complete() {
    let sandbox = sandbox();
    for name in ["shutdown.c", "shutdown.cpp"] {
        fail_next(&sandbox, r#"{"path":"/auth/authorization/fail","delayMs":500}"#);
        let ticket = ticket(&sandbox);
        let before = sandbox.requests();
        let response = stopped(name, ["60", &ticket], &sandbox.base_url(), || {
            while sandbox.requests() == before {
                thread::sleep(Duration::from_millis(1));
            }
        });
        assert_eq!(response, "OK: HTTP 302\n", "{name}");
    }
}

#[test]
fn several_connections_are_opened() {
    let sandbox = sandbox();
    for name in ["warm.c", "warm.cpp"] {
        // As with a distant server, no call returns before all have started.
        let fault = r#"{"path":"/service/configuration","delayMs":500,"times":32}"#;
        fail_next(&sandbox, fault);
        let printed = run(configure(&mut in_language(name), &sandbox.base_url()));
        assert!(printed.contains(r#""opened":32,"reused":0,"idle":32,"#), "{name}: {printed}");
        let mut command = in_language(name);
        let command = configure(&mut command, &sandbox.base_url());
        let text = stderr(command.env("AUTHLETE_SERVICE_ACCESSTOKEN", "revoked"));
        assert_eq!(text.matches("check AUTHLETE_SERVICE_ACCESSTOKEN").count(), 32, "{text}");
    }
}
