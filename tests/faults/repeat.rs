//! Cases of `may_repeat`: whether repeating a call is safe and may help, after each kind of fault.

use std::io;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::general::{ISSUE, OTHER, TICKET};
use crate::harness::server::Script;
use crate::harness::{Kind, Peer, Server, http};
use crate::runner::{Called, FaultCase, Host, NETWORK, Need, Runner, case};
use crate::support::unused_address;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_lookup_fails).needs(NETWORK),
        case!(the_connection_is_refused),
        case!(no_descriptor_is_left).needs(&[Need::Strace]),
        case!(the_proxy_refuses),
        case!(the_proxy_ends_the_connection),
        case!(the_handshake_ends),
        case!(the_certificate_is_for_another_host),
        case!(the_request_was_complete),
        case!(authlete_responds_with_an_error),
        case!(the_first_attempt_may_have_been_processed),
    ]
}

/// Makes a named and a general call, and asserts the same for both.
fn both(host: &mut Host, check: impl Fn(&Called) -> &Called) {
    check(&host.call());
    check(&host.general(ISSUE, TICKET, json!({})));
}

fn the_lookup_fails(runner: &Runner) {
    // No name server responds in the private network.
    runner.run(|host| {
        host.client_with(json!({ "baseUrl": "https://unknown.test", "timeoutMs": 1000 }));
        both(host, |called| {
            let status = called.reply.text("status");
            assert!(["CONNECT", "TIMEOUT"].contains(&status), "{status}");
            called.is(status, "UNTOUCHED", 1).may_repeat(true)
        });
    });
}

fn the_connection_is_refused(runner: &Runner) {
    runner.run(|host| {
        host.client_with(json!({ "baseUrl": format!("http://{}", unused_address()) }));
        both(host, |called| called.is("CONNECT", "UNTOUCHED", 1).may_repeat(true));
        let called = host.general(OTHER, "", json!({ "method": "GET" }));
        called.is("CONNECT", "NONE", 1).may_repeat(true);
    });
}

fn no_descriptor_is_left(runner: &Runner) {
    runner.run(|host| {
        let _server = host.serve(Kind::Plain, Peer::serve);
        let injection = host.inject(&["socket:error=EMFILE:when=1..2"]);
        both(host, |called| called.is("RESOURCE", "UNTOUCHED", 1).may_repeat(true));
        drop(injection);
        host.good();
    });
}

fn the_proxy_refuses(runner: &Runner) {
    for (response, may_repeat) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", false),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", false),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", true),
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", true),
    ] {
        runner.run(|host| {
            let proxy = Server::start(Kind::Plain, move |peer| {
                peer.head()?;
                peer.send(response)?;
                peer.hold()
            });
            let url = format!("http://{}", proxy.address());
            host.client_with(json!({ "baseUrl": "https://authlete.test", "proxy": url }));
            both(host, |called| called.is("CONNECT", "UNTOUCHED", 1).may_repeat(may_repeat));
        });
    }
}

fn the_proxy_ends_the_connection(runner: &Runner) {
    let ends: [fn(&mut Peer) -> io::Result<()>; 3] = [
        |peer| peer.head().map(drop),
        |peer| {
            peer.head()?;
            peer.reset()
        },
        |peer| {
            peer.head()?;
            peer.send("HTTP/1.1 200 OK\r\n")
        },
    ];
    for end in ends {
        runner.run(|host| {
            let proxy = Server::start(Kind::Plain, end);
            let url = format!("http://{}", proxy.address());
            host.client_with(json!({ "baseUrl": "https://authlete.test", "proxy": url }));
            both(host, |called| called.is("CONNECT", "UNTOUCHED", 1).may_repeat(true));
        });
    }
}

fn the_handshake_ends(runner: &Runner) {
    let ends: [fn(&mut Peer) -> io::Result<()>; 2] = [
        |peer| peer.read_some().map(drop),
        |peer| {
            peer.read_some()?;
            peer.reset()
        },
    ];
    for end in ends {
        runner.run(|host| {
            let _server = host.serve(Kind::Handshake, end);
            both(host, |called| called.is("TLS", "UNTOUCHED", 2).may_repeat(true));
        });
    }
}

fn the_certificate_is_for_another_host(runner: &Runner) {
    runner.run(|host| {
        let server = Server::listen(Kind::Tls, "127.0.0.2:0", Peer::serve);
        host.client(&server, json!({}));
        both(host, |called| called.is("TLS", "UNTOUCHED", 1).may_repeat(false));
    });
}

/// Runs `script` after a complete request on a new connection.
fn after_the_request(runner: &Runner, script: impl Script + Copy, extra: Value, status: &str) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, move |peer| {
            peer.request()?;
            script(peer)
        });
        host.client(&server, extra.clone());
        both(host, |called| called.is(status, "UNKNOWN", 1).may_repeat(false));
    });
}

fn the_request_was_complete(runner: &Runner) {
    let plain = json!({});
    after_the_request(runner, Peer::reset, plain.clone(), "NETWORK");
    after_the_request(runner, |_: &mut Peer| Ok(()), plain.clone(), "NETWORK");
    after_the_request(runner, Peer::hold, json!({ "timeoutMs": 150 }), "TIMEOUT");
    after_the_request(runner, |peer: &mut Peer| peer.send("SSH-2.0\r\n\r\n"), plain, "PROTOCOL");
    let half = |peer: &mut Peer| peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{");
    after_the_request(runner, half, json!({}), "NETWORK");
}

fn authlete_responds_with_an_error(runner: &Runner) {
    for (status, state, may_repeat) in [
        ("429 Too Many Requests", "UNTOUCHED", true),
        ("400 Bad Request", "UNTOUCHED", false),
        ("401 Unauthorized", "UNTOUCHED", false),
        ("403 Forbidden", "UNTOUCHED", false),
        ("500 Internal Server Error", "UNKNOWN", false),
        ("502 Bad Gateway", "UNKNOWN", false),
        ("503 Service Unavailable", "UNKNOWN", false),
        ("504 Gateway Timeout", "UNKNOWN", false),
    ] {
        runner.run(|host| {
            let _server = host.serve(Kind::Plain, move |peer| {
                loop {
                    peer.request()?;
                    peer.send(http(status, &[], b"{}"))?;
                }
            });
            both(host, |called| called.is("HTTP", state, 1).may_repeat(may_repeat));
        });
    }
}

/// The second attempt alone would be safe to repeat.
fn the_first_attempt_may_have_been_processed(runner: &Runner) {
    type Script = fn(&mut Peer) -> io::Result<()>;
    let scripts: [(Script, &str); 2] = [
        (
            |peer| {
                peer.request()?;
                peer.send(http("429 Too Many Requests", &[], b"{}"))
            },
            "HTTP",
        ),
        (
            |peer| {
                peer.head()?;
                thread::sleep(Duration::from_millis(20));
                peer.reset()
            },
            "NETWORK",
        ),
    ];
    for (second, status) in scripts {
        runner.run(|host| {
            let _server = host.serve(Kind::Plain, move |peer| {
                if peer.number > 0 {
                    return second(peer);
                }
                peer.serve_once()?;
                peer.request()?;
                Ok(())
            });
            host.good();
            host.call().is(status, "UNKNOWN", 2).may_repeat(false);
        });
    }
}
