//! Cases of proxies: the environment's are ignored, a configured one must open a tunnel in time.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::peer::Peer;
use crate::harness::server::{Kind, Server, closed};
use crate::harness::{FaultCase, Harness, Host, Need, Start, TEST_TIMEOUT, case};
use crate::support::{run, scratch};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_proxies_of_the_environment_are_ignored),
        case!(the_proxy_wants_other_credentials),
        case!(the_proxy_refuses),
        case!(the_proxy_is_none),
        case!(the_head_of_the_proxy_never_ends),
        case!(the_proxy_resets),
        case!(the_proxy_is_not_there),
        case!(the_proxy_trickles),
        case!(the_proxy_hangs),
        case!(the_tunnel_ends_in_the_handshake),
        case!(a_real_proxy_opens_tunnels).needs(&[Need::Program("squid")]),
        case!(a_real_proxy_refuses_a_wrong_password).needs(&[Need::Program("squid")]),
        case!(a_real_proxy_cannot_reach_authlete).needs(&[Need::Program("squid")]),
    ]
}

fn authlete() -> Server {
    Server::start(Kind::Tls, Peer::serve)
}

fn the_proxies_of_the_environment_are_ignored(harness: &Harness) {
    for kind in [Kind::Plain, Kind::Tls] {
        let proxy = Server::start(Kind::Plain, Peer::hold);
        let url = format!("http://{}", proxy.address());
        let mut start = Start::plain();
        for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"] {
            start = start.env(name, &url).env(&name.to_lowercase(), &url);
        }
        harness.run_in(&start, |host| {
            let server = Server::start(kind, Peer::serve);
            host.client(&server, json!({}));
            host.good();
            assert_eq!(proxy.connections(), 0);
        });
    }
}

/// A client of `server` through a proxy that is scripted.
fn through(host: &mut Host, server: &Server, proxy: &Server, timeout_ms: u64) {
    let url = format!("http://user:passw0rd-C4NARY@{}", proxy.address());
    host.client(server, json!({ "proxy": url, "timeoutMs": timeout_ms }));
}

/// A proxy that answers CONNECT so, and a call that ends in CONNECT.
fn refuses(harness: &Harness, answer: &'static str, text: &str) {
    harness.run(|host| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, move |peer| {
            peer.head()?;
            peer.send(answer)?;
            peer.fin()?;
            peer.hold()
        });
        through(host, &server, &proxy, 2000);
        let called = host.call();
        called.is("CONNECT", "UNTOUCHED", 1).says(text).says("nothing was sent");
        assert_eq!((server.connections(), proxy.connections()), (0, 1));
    });
}

fn the_proxy_wants_other_credentials(harness: &Harness) {
    refuses(
        harness,
        "HTTP/1.1 407 C4NARY\r\nProxy-Authenticate: Basic\r\n\r\nC4NARY",
        " refused CONNECT with status 407",
    );
}

fn the_proxy_refuses(harness: &Harness) {
    refuses(harness, "HTTP/1.1 403 C4NARY\r\n\r\n", " refused CONNECT with status 403");
    refuses(harness, "HTTP/1.0 502 C4NARY\r\n\r\n", " refused CONNECT with status 502");
    refuses(
        harness,
        "HTTP/1.1 302 C4NARY\r\nLocation: http://C4NARY/\r\n\r\n",
        " refused CONNECT with status 302",
    );
}

fn the_proxy_is_none(harness: &Harness) {
    refuses(harness, "SSH-2.0-C4NARY\r\n\r\n", "sent no valid response to CONNECT");
    refuses(harness, "HTTP/1.1 2", "sent no valid response to CONNECT");
    refuses(harness, "", "sent no valid response to CONNECT");
}

fn the_head_of_the_proxy_never_ends(harness: &Harness) {
    harness.run(|host| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.send("HTTP/1.1 200 OK\r\n")?;
            peer.flood("X-Line: C4NARY\r\n".repeat(100))
        });
        through(host, &server, &proxy, 2000);
        host.call().is("CONNECT", "UNTOUCHED", 1).says("sent no valid response to CONNECT");
    });
}

fn the_proxy_resets(harness: &Harness) {
    harness.run(|host| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.reset()
        });
        through(host, &server, &proxy, 2000);
        host.call().is("CONNECT", "UNTOUCHED", 1).says("sent no valid response to CONNECT");
        assert_eq!(proxy.connections(), 1);
    });
}

fn the_proxy_is_not_there(harness: &Harness) {
    harness.run(|host| {
        let url = format!("http://user:passw0rd-C4NARY@{}", closed());
        host.client(&authlete(), json!({ "proxy": url }));
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
    });
}

fn the_proxy_trickles(harness: &Harness) {
    let head = b"HTTP/1.1 200 OK\r\nX-Slow: x";
    harness.run(|host| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.drip(head, head.len() - 1, Duration::from_millis(20))
        });
        through(host, &server, &proxy, 300);
        host.call().is("TIMEOUT", "UNTOUCHED", 1).says("the proxy").says("did not respond in time");
    });
}

fn the_proxy_hangs(harness: &Harness) {
    harness.run(|host| {
        let proxy = Server::start(Kind::Plain, Peer::hold);
        through(host, &authlete(), &proxy, 300);
        host.call().is("TIMEOUT", "UNTOUCHED", 1).says("the proxy");
    });
}

fn the_tunnel_ends_in_the_handshake(harness: &Harness) {
    harness.run(|host| {
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.send("HTTP/1.1 200 OK\r\n\r\n")?;
            peer.read_some().map(drop)
        });
        through(host, &authlete(), &proxy, 2000);
        host.call().is("TLS", "UNTOUCHED", 2).says("ended the TLS handshake");
    });
}

/// squid, with one user.
struct Squid {
    child: Child,
    port: u16,
}

impl Squid {
    fn start(name: &str) -> Self {
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
        let given_up = Instant::now() + TEST_TIMEOUT;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < given_up, "squid does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, port }
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

fn a_real_proxy_opens_tunnels(harness: &Harness) {
    let proxy = Squid::start("a_real_proxy_opens_tunnels");
    harness.run(|host| {
        let server = authlete();
        host.client(&server, json!({ "proxy": proxy.url("user:passw0rd-C4NARY@") }));
        for _ in 0..20 {
            host.good();
        }
        assert_eq!(server.connections(), 1, "the tunnel is reused");
    });
}

fn a_real_proxy_refuses_a_wrong_password(harness: &Harness) {
    let proxy = Squid::start("a_real_proxy_refuses_a_wrong_password");
    harness.run(|host| {
        let server = authlete();
        for credentials in ["user:wr0ng-C4NARY@", ""] {
            host.client(&server, json!({ "proxy": proxy.url(credentials) }));
            let called = host.call();
            called.is("CONNECT", "UNTOUCHED", 1);
            let error = called.reply.text("error");
            assert!(error.contains("refused CONNECT with status 40"), "{error}");
            assert!(!error.contains("user"), "{error}");
        }
        assert_eq!(server.connections(), 0);
    });
}

fn a_real_proxy_cannot_reach_authlete(harness: &Harness) {
    let proxy = Squid::start("a_real_proxy_cannot_reach_authlete");
    harness.run(|host| {
        let server = authlete();
        server.stop_listening();
        host.client(&server, json!({ "proxy": proxy.url("user:passw0rd-C4NARY@") }));
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused CONNECT with status 50");
    });
}
