//! Cases of proxies: those in the environment are ignored; a configured one must open a tunnel in time.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Kind, Peer, Server};
use crate::runner::{Daemon, FaultCase, Host, Need, Runner, Start, case};
use crate::support::{run, scratch, unused_address};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(proxies_in_the_environment_are_ignored),
        case!(the_proxy_refuses, refuses(REFUSALS)),
        case!(
            the_proxy_does_not_speak_http,
            refuses(&["SSH-2.0-c4n4ry\r\n\r\n", "HTTP/1.1 2", ""])
        ),
        case!(the_head_of_the_proxy_never_ends),
        case!(the_proxy_resets),
        case!(nothing_listens_at_the_proxy),
        case!(the_proxy_responds_byte_by_byte),
        case!(the_proxy_is_silent),
        case!(the_tunnel_ends_in_the_handshake),
        case!(a_real_proxy_opens_tunnels).needs(&[Need::Program("squid")]),
        case!(a_real_proxy_refuses_a_wrong_password).needs(&[Need::Program("squid")]),
        case!(a_real_proxy_cannot_reach_authlete).needs(&[Need::Program("squid")]),
    ]
}

fn authlete() -> Server {
    Server::start(Kind::Tls, Peer::serve)
}

fn proxies_in_the_environment_are_ignored(runner: &Runner) {
    for kind in [Kind::Plain, Kind::Tls] {
        let proxy = Server::start(Kind::Plain, Peer::hold);
        let url = format!("http://{}", proxy.address());
        let mut start = Start::plain();
        for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"] {
            start = start.env(name, &url).env(&name.to_lowercase(), &url);
        }
        runner.run_in(&start, |host| {
            let _server = host.serve(kind, Peer::serve);
            host.good();
            assert_eq!(proxy.connections(), 0);
        });
    }
}

/// Makes a client of `server` that uses a scripted proxy.
fn through(host: &mut Host, server: &Server, proxy: &Server, timeout_ms: u64) {
    let url = format!("http://user:passw0rd-c4n4ry@{}", proxy.address());
    host.client(server, json!({ "proxy": url, "timeoutMs": timeout_ms }));
}

/// Calls with the status CONNECT, because the proxy sends one of these responses.
fn refuses(responses: &'static [&'static str]) -> impl Fn(&Runner) {
    move |runner| {
        for &response in responses {
            let wrong = match response.get(9..12) {
                Some(status) if response.starts_with("HTTP") => {
                    format!(" refused CONNECT with status {status}")
                }
                _ => "sent no valid response to CONNECT".to_owned(),
            };
            runner.run(|host| {
                let server = authlete();
                let proxy = Server::start(Kind::Plain, move |peer| {
                    peer.head()?;
                    peer.send(response)?;
                    peer.fin()?;
                    peer.hold()
                });
                through(host, &server, &proxy, 2000);
                let called = host.call();
                called.is("CONNECT", "UNTOUCHED", 1).says(&wrong).says("nothing was sent");
                assert_eq!((server.connections(), proxy.connections()), (0, 1));
            });
        }
    }
}

const REFUSALS: &[&str] = &[
    "HTTP/1.1 407 c4n4ry\r\nProxy-Authenticate: Basic\r\n\r\nc4n4ry",
    "HTTP/1.1 403 c4n4ry\r\n\r\n",
    "HTTP/1.0 502 c4n4ry\r\n\r\n",
    "HTTP/1.1 302 c4n4ry\r\nLocation: http://c4n4ry/\r\n\r\n",
];

fn the_head_of_the_proxy_never_ends(runner: &Runner) {
    runner.run(|host| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.send("HTTP/1.1 200 OK\r\n")?;
            peer.flood("X-Line: c4n4ry\r\n".repeat(100))
        });
        through(host, &server, &proxy, 2000);
        host.call().is("CONNECT", "UNTOUCHED", 1).says("sent no valid response to CONNECT");
    });
}

fn the_proxy_resets(runner: &Runner) {
    runner.run(|host| {
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

fn nothing_listens_at_the_proxy(runner: &Runner) {
    runner.run(|host| {
        let url = format!("http://user:passw0rd-c4n4ry@{}", unused_address());
        host.client(&authlete(), json!({ "proxy": url }));
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
    });
}

fn the_proxy_responds_byte_by_byte(runner: &Runner) {
    let head = b"HTTP/1.1 200 OK\r\nX-Slow: x";
    runner.run(|host| {
        let server = authlete();
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.drip(head, head.len() - 1, Duration::from_millis(20))
        });
        through(host, &server, &proxy, 300);
        host.call().is("TIMEOUT", "UNTOUCHED", 1).says("the proxy").says("did not respond in time");
    });
}

fn the_proxy_is_silent(runner: &Runner) {
    runner.run(|host| {
        let proxy = Server::start(Kind::Plain, Peer::hold);
        through(host, &authlete(), &proxy, 300);
        host.call().is("TIMEOUT", "UNTOUCHED", 1).says("the proxy");
    });
}

fn the_tunnel_ends_in_the_handshake(runner: &Runner) {
    runner.run(|host| {
        let proxy = Server::start(Kind::Plain, |peer| {
            peer.head()?;
            peer.send("HTTP/1.1 200 OK\r\n\r\n")?;
            peer.read_some().map(drop)
        });
        through(host, &authlete(), &proxy, 2000);
        host.call().is("TLS", "UNTOUCHED", 2).says("during the TLS handshake");
    });
}

/// squid with one user.
struct Squid {
    daemon: Option<Daemon>,
    port: u16,
}

impl Squid {
    fn start(name: &str) -> Self {
        let port = unused_address().port();
        let path = |end: &str| scratch().join(format!("squid-{name}.{end}"));
        let file = path("conf");
        // Readable by the user that squid switches to.
        let users = std::env::temp_dir().join(format!("squid-{}-{name}.users", std::process::id()));
        // basic_ncsa_auth reads this crypt(3) format.
        let hash = run(Command::new("openssl").args(["passwd", "-apr1", "passw0rd-c4n4ry"]));
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
        let mut command = Command::new("squid");
        // -n names its shared memory.
        command.args(["-N", "-n", &format!("s{port}"), "-f"]).arg(&file);
        Self { daemon: Some(Daemon::start(&mut command, &[port])), port }
    }

    fn url(&self, credentials: &str) -> String {
        format!("http://{credentials}127.0.0.1:{}", self.port)
    }
}

impl Drop for Squid {
    fn drop(&mut self) {
        drop(self.daemon.take());
        for part in ["metadata", "queues", "readers"] {
            let _ = fs::remove_file(format!("/dev/shm/s{}-cf__{part}.shm", self.port));
        }
    }
}

fn a_real_proxy_opens_tunnels(runner: &Runner) {
    let proxy = Squid::start("a_real_proxy_opens_tunnels");
    runner.run(|host| {
        let server = authlete();
        host.client(&server, json!({ "proxy": proxy.url("user:passw0rd-c4n4ry@") }));
        for _ in 0..20 {
            host.good();
        }
        assert_eq!(server.connections(), 1, "the tunnel is reused");
    });
}

fn a_real_proxy_refuses_a_wrong_password(runner: &Runner) {
    let proxy = Squid::start("a_real_proxy_refuses_a_wrong_password");
    runner.run(|host| {
        let server = authlete();
        for credentials in ["user:wr0ng-c4n4ry@", ""] {
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

fn a_real_proxy_cannot_reach_authlete(runner: &Runner) {
    let proxy = Squid::start("a_real_proxy_cannot_reach_authlete");
    runner.run(|host| {
        let server = authlete();
        server.stop_listening();
        host.client(&server, json!({ "proxy": proxy.url("user:passw0rd-c4n4ry@") }));
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused CONNECT with status 50");
    });
}
