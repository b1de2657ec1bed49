//! Cases with nginx as the server, which closes idle connections at any time.

use std::collections::HashMap;
use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::load::{Load, Totals};
use crate::harness::peer::Peer;
use crate::harness::server::{Kind, Server, certificate, closed};
use crate::harness::{FaultCase, Harness, Need, TEST_TIMEOUT, case};
use crate::support::scratch;

const NGINX: &[Need] = &[Need::Program("nginx")];

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(nginx_closes_at_the_idle_boundary).needs(NGINX),
        case!(nginx_closes_at_the_idle_boundary_in_tls).needs(NGINX),
        case!(nginx_closes_at_the_idle_boundary_10_000_times).needs(NGINX).deep(),
        case!(nginx_closes_at_the_idle_boundary_in_tls_10_000_times).needs(NGINX).deep(),
        case!(nginx_closes_after_three_requests).needs(NGINX),
        case!(nginx_loses_the_server_behind_it).needs(NGINX),
    ]
}

/// nginx before a scripted server, which counts what is processed.
struct Nginx {
    child: Child,
    folder: PathBuf,
    port: u16,
    kind: Kind,
    authlete: Server,
}

impl Nginx {
    fn start(name: &str, kind: Kind, settings: &str) -> Self {
        let authlete = Server::start(Kind::Plain, Peer::serve);
        let folder = scratch().join(format!("nginx-{name}-{kind:?}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("certificate.pem"), &certificate().0).unwrap();
        fs::write(folder.join("key.pem"), &certificate().1).unwrap();
        let port = closed().port();
        let tls = match kind {
            Kind::Plain => "",
            _ => "ssl_certificate certificate.pem; ssl_certificate_key key.pem;",
        };
        let ssl = if kind == Kind::Plain { "" } else { "ssl" };
        let text = format!(
            "daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit;
             events {{ worker_connections 2000; }}
             http {{
                 access_log off; client_body_temp_path b; proxy_temp_path p;
                 fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
                 server {{
                     listen 127.0.0.1:{port} {ssl} backlog=1024; {tls} {settings}
                     location / {{ proxy_pass http://{}; }}
                 }}
             }}",
            authlete.address()
        );
        fs::write(folder.join("nginx.conf"), text).unwrap();
        let child = Command::new("nginx")
            .arg("-p")
            .arg(&folder)
            .args(["-e", "stderr", "-c", "nginx.conf"])
            .stderr(Stdio::inherit())
            .spawn()
            .expect("nginx is installed");
        let given_up = Instant::now() + TEST_TIMEOUT;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < given_up, "nginx does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, folder, port, kind, authlete }
    }

    fn config(&self) -> Value {
        match self.kind {
            Kind::Plain => json!({ "baseUrl": format!("http://127.0.0.1:{}", self.port) }),
            _ => json!({
                "baseUrl": format!("https://127.0.0.1:{}", self.port), "caPem": certificate().0,
            }),
        }
    }

    /// Runs a load; every call must be good, and processed once.
    fn run(&self, harness: &Harness, load: &Load) -> Totals {
        let before = self.authlete.requests().len();
        let totals = load.run(harness, self.config());
        totals.all_good();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for request in &self.authlete.requests()[before..] {
            *counts.entry(request.ticket()).or_default() += 1;
        }
        assert_eq!(counts.len(), totals.calls);
        assert!(counts.values().all(|count| *count == 1), "a call was processed twice");
        totals
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // As by SIGTERM, which the workers hear of.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Pauses in milliseconds between the calls on a connection that nginx keeps for a second.
const AROUND_A_SECOND: [(u64, u64); 6] =
    [(985, 1010), (995, 1005), (985, 995), (998, 1002), (980, 990), (1000, 1010)];

/// How many calls nginx must have cut off: the connection was still open when the call checked it,
/// and nginx closed it before it read the request, so that the call was retried.
const RACES: usize = 3;

/// Calls when nginx closes the connection, with one timing after another until there were enough
/// races.
fn at_the_idle_boundary(harness: &Harness, kind: Kind, threads: usize, rounds: usize) {
    let nginx = Nginx::start(&format!("idle-{threads}"), kind, "keepalive_timeout 1s;");
    let mut races = 0;
    for (min, max) in AROUND_A_SECOND {
        let pause = (Duration::from_millis(min), Duration::from_millis(max));
        let totals = nginx.run(harness, &Load { threads, rounds, pause, is_shared: false });
        races += totals.number("retried");
        if races >= RACES {
            return;
        }
    }
    panic!("only {races} calls raced with nginx");
}

fn nginx_closes_at_the_idle_boundary(harness: &Harness) {
    at_the_idle_boundary(harness, Kind::Plain, 125, 2);
}

fn nginx_closes_at_the_idle_boundary_in_tls(harness: &Harness) {
    at_the_idle_boundary(harness, Kind::Tls, 125, 2);
}

fn nginx_closes_at_the_idle_boundary_10_000_times(harness: &Harness) {
    at_the_idle_boundary(harness, Kind::Plain, 250, 14);
}

fn nginx_closes_at_the_idle_boundary_in_tls_10_000_times(harness: &Harness) {
    at_the_idle_boundary(harness, Kind::Tls, 250, 14);
}

fn nginx_closes_after_three_requests(harness: &Harness) {
    for kind in [Kind::Plain, Kind::Tls] {
        let nginx = Nginx::start("three", kind, "keepalive_requests 3;");
        let pause = (Duration::ZERO, Duration::ZERO);
        nginx.run(harness, &Load { threads: 8, rounds: 125, pause, is_shared: true });
    }
}

fn nginx_loses_the_server_behind_it(harness: &Harness) {
    let nginx = Nginx::start("502", Kind::Plain, "");
    nginx.authlete.stop_listening();
    let pause = (Duration::ZERO, Duration::ZERO);
    let load = Load { threads: 4, rounds: 5, pause, is_shared: true };
    let totals = load.run(harness, nginx.config());
    assert_eq!((totals.number("failed"), totals.number("retried")), (totals.calls, 0));
    assert!(totals.error.starts_with("http: Authlete responded with status 502"), "{totals:?}");
}
