//! Proxy cases: proxies in the environment are ignored; a configured proxy must open a tunnel in time.

use std::fs;
use std::io;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::harness::server::Script;
use crate::harness::{Kind, Peer, Server};
use crate::runner::{Daemon, FaultCase, Need, Runner, Start, case};
use crate::support::{run, scratch, unused_address};

pub fn cases() -> Vec<FaultCase> {
    let (refused, late, cut) = (("CONNECT", 1), ("TIMEOUT", 1), ("TLS", 2));
    let ok = "HTTP/1.1 200 OK\r\n";
    let (in_time, handshake) =
        (&["the proxy", "did not respond in time"], &["during the TLS handshake"]);
    let handshakes = begins("HTTP/1.1 200 OK\r\n\r\n", |peer| peer.read_some().map(drop));
    vec![
        case!(proxies_in_the_environment_are_ignored),
        case!(the_proxy_refuses, responds(REFUSALS)),
        case!(
            the_proxy_does_not_speak_http,
            responds(&["SSH-2.0-c4n4ry\r\n\r\n", "HTTP/1.1 2", ""])
        ),
        case!(
            the_headers_of_the_proxy_never_end,
            fails(begins(ok, endless), 2000, refused, &[INVALID])
        ),
        case!(the_proxy_resets, fails(begins("", Peer::reset), 2000, refused, &[INVALID])),
        case!(nothing_listens_at_the_proxy),
        case!(the_proxy_responds_byte_by_byte, fails(begins("", slow), 300, late, in_time)),
        case!(the_proxy_is_silent, fails(Peer::hold, 300, late, &["the proxy"])),
        case!(the_connect_timeout_includes_the_proxy),
        case!(the_tunnel_ends_in_the_handshake, fails(handshakes, 2000, cut, handshake)),
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
            let _server = host.serve(kind, Peer::serve);
            host.good();
            assert_eq!(proxy.connections(), 0);
        });
    }
}

/// Asserts that a call through a scripted proxy fails.
fn fails(
    script: impl Script + Copy,
    timeout_ms: u64,
    (status, attempts): (&str, usize),
    says: &[&str],
) -> impl Fn(&Runner) {
    move |runner| {
        runner.run(|host| {
            let (server, proxy) = (authlete(), Server::start(Kind::Plain, script));
            let url = format!("http://user:passw0rd-c4n4ry@{}", proxy.address());
            host.client(&server, json!({ "proxy": url, "timeoutMs": timeout_ms }));
            let called = host.call();
            called.is(status, "UNTOUCHED", attempts as i64);
            for text in says {
                called.says(text);
            }
            assert_eq!((server.connections(), proxy.connections()), (0, attempts));
        });
    }
}

const REFUSALS: &[&str] = &[
    "HTTP/1.1 407 c4n4ry\r\nProxy-Authenticate: Basic\r\n\r\nc4n4ry",
    "HTTP/1.1 403 c4n4ry\r\n\r\n",
    "HTTP/1.0 502 c4n4ry\r\n\r\n",
    "HTTP/1.1 302 c4n4ry\r\nLocation: http://c4n4ry/\r\n\r\n",
];

const INVALID: &str = "sent no valid response to CONNECT";

/// Asserts that calls fail if the proxy sends one of these responses.
fn responds(responses: &'static [&'static str]) -> impl Fn(&Runner) {
    move |runner| {
        for &response in responses {
            let refused =
                format!(" refused CONNECT with status {}", response.get(9..12).unwrap_or(""));
            let wrong = if REFUSALS.contains(&response) { &*refused } else { INVALID };
            let script = move |peer: &mut Peer| {
                peer.head()?;
                peer.send(response)?;
                peer.fin()?;
                peer.hold()
            };
            fails(script, 2000, ("CONNECT", 1), &[wrong, "nothing was sent"])(runner);
        }
    }
}

/// After the request for a tunnel, the proxy sends `head` and then continues with `script`.
fn begins(head: &'static str, script: fn(&mut Peer) -> io::Result<()>) -> impl Script + Copy {
    move |peer: &mut Peer| {
        peer.head()?;
        peer.send(head)?;
        script(peer)
    }
}

fn endless(peer: &mut Peer) -> io::Result<()> {
    peer.flood("X-Line: c4n4ry\r\n".repeat(100))
}

fn slow(peer: &mut Peer) -> io::Result<()> {
    let head = b"HTTP/1.1 200 OK\r\nX-Slow: x";
    peer.drip(head, head.len() - 1, Duration::from_millis(20))
}

fn the_connect_timeout_includes_the_proxy(runner: &Runner) {
    runner.run(|host| {
        let proxy = Server::start(Kind::Plain, Peer::hold);
        let url = format!("http://{}", proxy.address());
        let timeouts = json!({ "proxy": url, "timeoutMs": 20_000, "connectTimeoutMs": 300 });
        host.client(&authlete(), timeouts);
        let called = host.call();
        called.is("TIMEOUT", "UNTOUCHED", 1).says("did not respond in time");
        called.within(Duration::from_secs(1));
    });
}

fn nothing_listens_at_the_proxy(runner: &Runner) {
    runner.run(|host| {
        let url = format!("http://user:passw0rd-c4n4ry@{}", unused_address());
        host.client(&authlete(), json!({ "proxy": url }));
        host.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
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
            assert!(!error.contains("user:"), "{error}");
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
