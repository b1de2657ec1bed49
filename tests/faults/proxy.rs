//! Rows of proxies: the environment's are ignored, a configured one must open a tunnel in time.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{run, scratch};
use crate::world::host::Start;
use crate::world::peer::Peer;
use crate::world::row::{Row, row, row_in};
use crate::world::server::{Kind, Server, closed};
use crate::world::{PATIENCE, has_program};

fn authlete() -> Server {
    Server::start(Kind::Tls, Peer::serve)
}

#[test]
fn the_proxies_of_the_environment_are_ignored() {
    for kind in [Kind::Plain, Kind::Tls] {
        let proxy = Server::start(Kind::Plain, Peer::hold);
        let url = format!("http://{}", proxy.address());
        let mut start = Start::plain();
        for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"] {
            start = start.env(name, &url).env(&name.to_lowercase(), &url);
        }
        row_in(&start, |row| {
            let server = Server::start(kind, Peer::serve);
            row.client(&server, json!({}));
            row.good();
            assert_eq!(proxy.connections(), 0);
        });
    }
}

/// A client of `server` through a proxy that is scripted.
fn through(row: &mut Row, server: &Server, proxy: &Server, timeout_ms: u64) {
    let url = format!("http://user:passw0rd-C4NARY@{}", proxy.address());
    row.client(server, json!({ "proxy": url, "timeoutMs": timeout_ms }));
}

/// A proxy that answers CONNECT so, and a call that ends in CONNECT.
fn refuses(answer: &'static str, text: &str) {
    row(|row| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, move |peer| {
            peer.head()?;
            peer.send(answer)?;
            peer.fin()?;
            peer.hold()
        });
        through(row, &server, &proxy, 2000);
        let called = row.call();
        called.is("CONNECT", "UNTOUCHED", 1).says(text).says("nothing was sent");
        assert_eq!((server.connections(), proxy.connections()), (0, 1));
    });
}

#[test]
fn the_proxy_wants_other_credentials() {
    refuses("HTTP/1.1 407 C4NARY\r\nProxy-Authenticate: Basic\r\n\r\nC4NARY", " answered 407");
}

#[test]
fn the_proxy_refuses() {
    refuses("HTTP/1.1 403 C4NARY\r\n\r\n", " answered 403");
    refuses("HTTP/1.0 502 C4NARY\r\n\r\n", " answered 502");
    refuses("HTTP/1.1 302 C4NARY\r\nLocation: http://C4NARY/\r\n\r\n", " answered 302");
}

#[test]
fn the_proxy_is_none() {
    refuses("SSH-2.0-C4NARY\r\n\r\n", "did not answer as a proxy does");
    refuses("HTTP/1.1 2", "did not answer as a proxy does");
    refuses("", "did not answer as a proxy does");
}

#[test]
fn the_head_of_the_proxy_never_ends() {
    row(|row| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.send("HTTP/1.1 200 OK\r\n")?;
            peer.flood("X-Line: C4NARY\r\n".repeat(100))
        });
        through(row, &server, &proxy, 2000);
        row.call().is("CONNECT", "UNTOUCHED", 1).says("did not answer as a proxy does");
    });
}

#[test]
fn the_proxy_resets() {
    row(|row| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.reset()
        });
        through(row, &server, &proxy, 2000);
        row.call().is("CONNECT", "UNTOUCHED", 1).says("did not answer as a proxy does");
        assert_eq!(proxy.connections(), 1);
    });
}

#[test]
fn the_proxy_is_not_there() {
    row(|row| {
        let url = format!("http://user:passw0rd-C4NARY@{}", closed());
        row.client(&authlete(), json!({ "proxy": url }));
        row.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
    });
}

#[test]
fn the_proxy_trickles() {
    let head = b"HTTP/1.1 200 OK\r\nX-Slow: x";
    row(|row| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.drip(head, head.len() - 1, Duration::from_millis(20))
        });
        through(row, &server, &proxy, 300);
        row.call().is("TIMEOUT", "UNTOUCHED", 1).says("the proxy").says("did not answer in time");
    });
}

#[test]
fn the_proxy_hangs() {
    row(|row| {
        let proxy = Server::start(Kind::Plain, Peer::hold);
        through(row, &authlete(), &proxy, 300);
        row.call().is("TIMEOUT", "UNTOUCHED", 1).says("the proxy");
    });
}

#[test]
fn the_tunnel_ends_in_the_handshake() {
    row(|row| {
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.send("HTTP/1.1 200 OK\r\n\r\n")?;
            peer.read_some().map(drop)
        });
        through(row, &authlete(), &proxy, 2000);
        row.call().is("TLS", "UNTOUCHED", 2).says("ended the handshake");
    });
}

/// squid, with one user.
struct Squid {
    child: Child,
    port: u16,
}

impl Squid {
    /// `None` where there is no squid.
    fn start(name: &str) -> Option<Self> {
        if !has_program("squid", name) {
            return None;
        }
        let port = closed().port();
        let path = |end: &str| scratch().join(format!("squid-{name}.{end}"));
        let file = path("conf");
        // Where the user that squid becomes may read.
        let users = std::env::temp_dir().join(format!("squid-{}-{name}.users", std::process::id()));
        // The form of crypt(3) that basic_ncsa_auth reads, by openssl.
        let hash = run(Command::new("openssl").args(["passwd", "-apr1", "passw0rd-C4NARY"]));
        fs::write(&users, format!("user:{hash}")).unwrap();
        let text = format!(
            "http_port 127.0.0.1:{port}\n\
             auth_param basic program /usr/lib/squid/basic_ncsa_auth {}\n\
             acl known proxy_auth REQUIRED\n\
             http_access allow known\n\
             http_access deny all\n\
             cache deny all\naccess_log none\ncache_log /dev/null\npid_filename none\n\
             shutdown_lifetime 0 seconds\nvisible_hostname squid\n",
            users.display()
        );
        fs::write(&file, text).unwrap();
        let child = Command::new("squid")
            // Its shared memory has this name.
            .args(["-N", "-n", &format!("s{port}"), "-f"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("squid is installed");
        let given_up = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < given_up, "squid does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(Self { child, port })
    }

    fn url(&self, credentials: &str) -> String {
        format!("http://{credentials}127.0.0.1:{}", self.port)
    }
}

impl Drop for Squid {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for part in ["metadata", "queues", "readers"] {
            let _ = fs::remove_file(format!("/dev/shm/s{}-cf__{part}.shm", self.port));
        }
    }
}

#[test]
fn a_real_proxy_opens_tunnels() {
    let Some(proxy) = Squid::start("a_real_proxy_opens_tunnels") else { return };
    row(|row| {
        let server = authlete();
        row.client(&server, json!({ "proxy": proxy.url("user:passw0rd-C4NARY@") }));
        for _ in 0..20 {
            row.good();
        }
        assert_eq!(server.connections(), 1, "the tunnel is reused");
    });
}

#[test]
fn a_real_proxy_refuses_a_wrong_password() {
    let Some(proxy) = Squid::start("a_real_proxy_refuses_a_wrong_password") else { return };
    row(|row| {
        let server = authlete();
        for credentials in ["user:wr0ng-C4NARY@", ""] {
            row.client(&server, json!({ "proxy": proxy.url(credentials) }));
            let called = row.call();
            called.is("CONNECT", "UNTOUCHED", 1);
            let error = called.reply.text("error");
            assert!(error.contains("answered 40"), "{error}");
            assert!(!error.contains("user"), "{error}");
        }
        assert_eq!(server.connections(), 0);
    });
}

#[test]
fn a_real_proxy_cannot_reach_authlete() {
    let Some(proxy) = Squid::start("a_real_proxy_cannot_reach_authlete") else { return };
    row(|row| {
        let server = authlete();
        server.stop_listening();
        row.client(&server, json!({ "proxy": proxy.url("user:passw0rd-C4NARY@") }));
        row.call().is("CONNECT", "UNTOUCHED", 1).says("answered 50");
    });
}
