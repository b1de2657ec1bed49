//! Proxy cases: proxies in the environment are ignored; a configured proxy must open a tunnel in time.

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
        case!(the_proxy_refuses_the_credentials),
        case!(the_proxy_refuses_the_tunnel),
        case!(the_proxy_does_not_speak_http),
        case!(the_headers_of_the_proxy_never_end),
        case!(the_proxy_resets),
        case!(nothing_listens_at_the_proxy),
        case!(the_proxy_responds_byte_by_byte),
        case!(the_proxy_is_silent),
        case!(the_tunnel_ends_in_the_handshake),
        case!(the_certificate_must_be_for_authlete_and_not_for_the_proxy),
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
            let server = Server::start(kind, Peer::serve);
            host.client(&server, json!({}));
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

/// Asserts that a call has the status CONNECT if the proxy sends this response.
fn refuses(runner: &Runner, response: &'static str, text: &str) {
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
        called.is("CONNECT", "UNTOUCHED", 1).says(text).says("nothing was sent");
        assert_eq!((server.connections(), proxy.connections()), (0, 1));
    });
}

fn the_proxy_refuses_the_credentials(runner: &Runner) {
    refuses(
        runner,
        "HTTP/1.1 407 c4n4ry\r\nProxy-Authenticate: Basic\r\n\r\nc4n4ry",
        " refused CONNECT with status 407",
    );
}

fn the_proxy_refuses_the_tunnel(runner: &Runner) {
    refuses(runner, "HTTP/1.1 403 c4n4ry\r\n\r\n", " refused CONNECT with status 403");
    refuses(runner, "HTTP/1.0 502 c4n4ry\r\n\r\n", " refused CONNECT with status 502");
    refuses(
        runner,
        "HTTP/1.1 302 c4n4ry\r\nLocation: http://c4n4ry/\r\n\r\n",
        " refused CONNECT with status 302",
    );
}

fn the_proxy_does_not_speak_http(runner: &Runner) {
    refuses(runner, "SSH-2.0-c4n4ry\r\n\r\n", "sent no valid response to CONNECT");
    refuses(runner, "HTTP/1.1 2", "sent no valid response to CONNECT");
    refuses(runner, "", "sent no valid response to CONNECT");
}

fn the_headers_of_the_proxy_never_end(runner: &Runner) {
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

fn the_certificate_must_be_for_authlete_and_not_for_the_proxy(runner: &Runner) {
    // One server is both the proxy and Authlete.
    let tunnel = |peer: &mut Peer| {
        peer.head()?;
        peer.send("HTTP/1.1 200 OK\r\n\r\n")?;
        peer.upgrade()?;
        peer.serve()
    };
    runner.run(|host| {
        let mut client = |proxy: &Server, name: &str| {
            let url = format!("http://{}", proxy.address());
            host.client(proxy, json!({ "baseUrl": format!("https://{name}"), "proxy": url }));
            host.call()
        };
        // The certificate is for authlete.test and 127.0.0.1.
        let proxy = Server::listen(Kind::Handshake, "127.0.0.2:0", tunnel);
        client(&proxy, "authlete.test").is("OK", "CONSUMED", 1);
        let proxy = Server::listen(Kind::Handshake, "127.0.0.1:0", tunnel);
        client(&proxy, "other.test").is("TLS", "UNTOUCHED", 1).says("is for another host");
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
