//! The Python programs of the pages about errors and observation.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use authlete_fail_sandbox::Sandbox;

use crate::common::{self, UNKNOWN_TICKET, configure, output, python, sandbox, stderr, ticket};
use crate::support::{self, ROOT, run, scratch};

/// Makes the next fail call for an authorization request fail.
fn fail_next(sandbox: &Sandbox, fault: &str) {
    common::fail_next(sandbox, &format!(r#"{{"path":"/auth/authorization/fail",{fault}}}"#));
}

#[test]
fn every_error_has_a_response() {
    let closed = format!("http://{}", support::unused_address());
    // The second ticket is an invalid request.
    for (ticket, error) in [(UNKNOWN_TICKET, "connect: "), ("", "request: ")] {
        let run = configure(python("errors.py").arg(ticket), &closed).output().unwrap();
        let log = String::from_utf8(run.stderr).unwrap();
        assert_eq!(String::from_utf8(run.stdout).unwrap(), "HTTP 500\n", "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(log.contains(error), "{log}");
    }
}

#[test]
fn a_job_repeats_a_call_only_if_it_is_safe() {
    let sandbox = sandbox();
    fail_next(&sandbox, r#""status":429,"headers":{"Retry-After":"1"}"#);
    assert_eq!(output(python("repeat.py"), &sandbox, &ticket(&sandbox)), "HTTP 302\n");

    let ticket = ticket(&sandbox);
    let before = sandbox.requests();
    fail_next(&sandbox, r#""status":503,"headers":{"Retry-After":"1"}"#);
    let failed = configure(python("repeat.py").arg(ticket), &sandbox.base_url()).output().unwrap();
    let log = String::from_utf8(failed.stderr).unwrap();
    assert!(!failed.status.success() && log.contains("responded with status 503"), "{log}");
    // The fault, and one call.
    assert_eq!(sandbox.requests() - before, 1, "{log}");
}

#[test]
fn the_steps_of_a_slow_call_are_logged() {
    let sandbox = sandbox();
    let ticket = ticket(&sandbox);
    fail_next(&sandbox, r#""disconnect":"before","delayMs":400"#);
    fail_next(&sandbox, r#""delayMs":300"#);
    let log = stderr(configure(python("slow_call.py").arg(ticket), &sandbox.base_url()));
    let lines: Vec<_> = log.lines().collect();
    let [call, first, second] = lines[..] else { panic!("{log}") };
    assert!(call.starts_with("/auth/authorization/fail took "), "{log}");
    assert!(first.starts_with("reused connection: {'waitUs': "), "{log}");
    assert!(second.starts_with("new connection: {'tcpUs': "), "{log}");
}

/// A server that makes a call for each request. The response is the process ID of the worker.
const APPLICATION: &str = "
import os
from contextlib import suppress
from authlete_fail import Error
from metrics import client

def application(environ, start_response):
    with suppress(Error):
        client.backchannel_authentication()
    start_response('200 OK', [])
    return [str(os.getpid()).encode()]
";

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        run(Command::new("kill").arg(self.0.id().to_string()));
        let _ = self.0.wait();
    }
}

/// Returns the first of two ports that are free.
fn two_ports() -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let mut ports = (0..100).map(|_| support::unused_address().port());
    ports.find(|port| is_free(port + 1)).unwrap()
}

/// Waits for the response of the server at a port.
fn get(port: u16) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--retry", "60", "--retry-delay", "1"]);
    run(curl.args(["--retry-connrefused", &format!("http://127.0.0.1:{port}/metrics")]))
}

#[test]
fn each_gunicorn_worker_has_its_metrics() {
    let folder = scratch().join("metrics-application");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("metrics_application.py"), APPLICATION).unwrap();
    let server = support::unused_address();
    let metrics = two_ports();
    let mut gunicorn = Command::new(format!("{ROOT}/target/venv/bin/gunicorn"));
    gunicorn
        .args(["--config", "gunicorn_metrics.py", "--workers", "2", "--threads", "4", "--bind"])
        .arg(server.to_string())
        .args(["--no-control-socket", "--pythonpath"])
        .arg(folder)
        .arg("metrics_application");
    let closed = format!("http://{}", support::unused_address());
    configure(&mut gunicorn, &closed)
        .env("METRICS_PORT", metrics.to_string())
        .env("PYTHONPATH", format!("{ROOT}/bindings/python"))
        .current_dir(format!("{ROOT}/docs/snippets"))
        .stderr(Stdio::null());
    let _server = Running(gunicorn.spawn().unwrap());

    let ports = [metrics, metrics + 1];
    for port in ports {
        get(port);
    }
    let pids = [(); 10].map(|()| get(server.port()));
    let calls = |port| {
        let text = get(port);
        let mut lines = text.lines().filter(|line| line.starts_with("authlete_calls_total{"));
        lines.next().map_or(0.0, |line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap())
    };
    assert_eq!(ports.map(calls).iter().sum::<f64>(), 10.0);

    // The new worker has the port of the old one.
    run(Command::new("kill").args(["-KILL", &pids[0]]));
    thread::sleep(Duration::from_millis(100));
    assert!(ports.map(calls).iter().sum::<f64>() < 10.0);
}
