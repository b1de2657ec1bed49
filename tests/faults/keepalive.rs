//! Rows with nginx as the server, which closes connections when it likes.

use std::collections::HashMap;
use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::scratch;
use crate::world::load::{Load, Totals};
use crate::world::peer::Peer;
use crate::world::server::{Kind, Server, certificate, closed};
use crate::world::{PATIENCE, has_program};

/// nginx before a scripted server, which counts what is processed.
struct Nginx {
    child: Child,
    folder: PathBuf,
    port: u16,
    kind: Kind,
    authlete: Server,
}

impl Nginx {
    /// `None` where there is no nginx.
    fn start(name: &str, kind: Kind, settings: &str) -> Option<Self> {
        if !has_program("nginx", name) {
            return None;
        }
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
        let given_up = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < given_up, "nginx does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(Self { child, folder, port, kind, authlete })
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
    fn run(&self, load: &Load) -> Totals {
        let totals = load.run(self.config());
        totals.all_good(load);
        let mut counts: HashMap<String, usize> = HashMap::new();
        for request in self.authlete.requests() {
            *counts.entry(request.ticket()).or_default() += 1;
        }
        assert_eq!(counts.len(), load.threads * load.rounds);
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

/// The connections idle for about as long as nginx keeps them.
fn at_the_idle_boundary(kind: Kind, threads: usize, rounds: usize) {
    let name = format!("idle-{threads}");
    let Some(nginx) = Nginx::start(&name, kind, "keepalive_timeout 1s;") else { return };
    let pause = (Duration::from_millis(985), Duration::from_millis(1010));
    nginx.run(&Load { threads, rounds, pause, is_shared: false });
}

#[test]
fn nginx_closes_at_the_idle_boundary() {
    at_the_idle_boundary(Kind::Plain, 125, 4);
}

#[test]
fn nginx_closes_at_the_idle_boundary_in_tls() {
    at_the_idle_boundary(Kind::Tls, 125, 4);
}

#[test]
#[ignore = "takes a minute; make check-deep"]
fn nginx_closes_at_the_idle_boundary_10_000_times() {
    at_the_idle_boundary(Kind::Plain, 250, 40);
}

#[test]
#[ignore = "takes a minute; make check-deep"]
fn nginx_closes_at_the_idle_boundary_in_tls_10_000_times() {
    at_the_idle_boundary(Kind::Tls, 250, 40);
}

#[test]
fn nginx_closes_after_three_requests() {
    for kind in [Kind::Plain, Kind::Tls] {
        let Some(nginx) = Nginx::start("three", kind, "keepalive_requests 3;") else { return };
        let pause = (Duration::ZERO, Duration::ZERO);
        nginx.run(&Load { threads: 8, rounds: 125, pause, is_shared: true });
    }
}

#[test]
fn nginx_loses_the_server_behind_it() {
    let Some(nginx) = Nginx::start("502", Kind::Plain, "") else { return };
    nginx.authlete.stop_listening();
    let pause = (Duration::ZERO, Duration::ZERO);
    let load = Load { threads: 4, rounds: 5, pause, is_shared: true };
    let totals = load.run(nginx.config());
    assert_eq!((totals.number("failed"), totals.number("retried")), (20, 0));
    assert!(totals.error.starts_with("http: Authlete answered 502"), "{totals:?}");
}
