//! Log cases: the line of a failed call alone says what failed and what to do. `runner/reports.rs`
//! compares the line of every call with the reply and the diagnostics.

use std::collections::BTreeSet;

use authlete_fail_sandbox::{Options, Sandbox, Service};
use serde_json::{Value, json};

use crate::harness::{Kind, Peer, Server, http};
use crate::name_server::{Answer, NameServer};
use crate::runner::{FaultCase, NETWORK, Runner, case, extend};
use crate::support::unused_address;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_line_tells_failures_apart),
        case!(a_host_that_cannot_be_resolved).needs(NETWORK),
        case!(the_level_selects_lines_and_fields),
        case!(a_closed_client_logs_each_call),
        case!(values_are_quoted_if_necessary),
    ]
}

/// What the operator did wrong, the configuration, and parts of the line: the cause and the next step.
struct Mistake {
    name: &'static str,
    config: Value,
    line: [String; 3],
}

fn mistake(name: &'static str, config: Value, line: [&str; 3]) -> Mistake {
    Mistake { name, config, line: line.map(str::to_owned) }
}

/// The servers run until the end of the case.
struct Servers {
    authlete: Sandbox,
    tls: Server,
    /// Its certificate is for 127.0.0.1.
    elsewhere: Server,
    silent: Server,
}

impl Servers {
    fn start() -> Self {
        Self {
            authlete: Sandbox::start(Options::default()).unwrap(),
            tls: Server::start(Kind::Tls, Peer::serve),
            elsewhere: Server::listen(Kind::Tls, "127.0.0.2:0", Peer::serve),
            silent: Server::start(Kind::Plain, Peer::hold),
        }
    }

    fn mistakes(&self) -> Vec<Mistake> {
        let base_url = self.authlete.base_url();
        let service = Service::defaults().remove(0);
        let authlete = |extra: Value| {
            let mut config = json!({
                "baseUrl": base_url, "serviceId": service.service_id, "accessToken": service.access_token,
            });
            extend(&mut config, extra);
            config
        };
        let unused = unused_address();
        let (port, proxy) = (format!("http://{unused}"), format!("http://u:c4n4ry@{unused}"));
        let plain = format!("http://{}", self.tls.address());
        let https = base_url.replace("http:", "https:");
        vec![
            mistake(
                "wrong token",
                authlete(json!({ "accessToken": "wr0ng-c4n4ry" })),
                ["status=HTTP http=401 ", "responded with status 401", "check \\\"accessToken\\\""],
            ),
            mistake(
                "wrong service",
                authlete(json!({ "serviceId": "99999" })),
                ["status=HTTP http=403 ", "responded with status 403", "check \\\"serviceId\\\""],
            ),
            mistake(
                "wrong path in the base URL",
                authlete(json!({ "baseUrl": format!("{base_url}/wrong") })),
                ["status=HTTP http=404 ", "responded with status 404", "check \\\"baseUrl\\\""],
            ),
            mistake(
                "wrong port",
                json!({ "baseUrl": port }),
                [
                    "status=CONNECT ",
                    "\"connect: 127.0.0.1:",
                    "refused the connection; nothing was sent; \
                     check the host and the port in \\\"baseUrl\\\"",
                ],
            ),
            mistake(
                "proxy down",
                json!({ "baseUrl": "https://us.authlete.com", "proxy": proxy }),
                [
                    "host=us.authlete.com status=CONNECT ",
                    "\"connect: the proxy 127.0.0.1:",
                    "refused the connection; nothing was sent; \
                     check the host and the port in \\\"proxy\\\"",
                ],
            ),
            mistake(
                "unknown issuer",
                json!({ "baseUrl": self.tls.config()["baseUrl"] }),
                [
                    "status=TLS ",
                    "the server's certificate is from an untrusted issuer",
                    "set \\\"caFile\\\" if the certificate is from a private CA",
                ],
            ),
            mistake(
                "wrong name",
                self.elsewhere.config(),
                [
                    "status=TLS ",
                    "the server's certificate is for another host",
                    "check the host in \\\"baseUrl\\\"",
                ],
            ),
            mistake(
                "http instead of https",
                json!({ "baseUrl": plain }),
                [
                    "status=PROTOCOL ",
                    "responded with malformed HTTP",
                    "if the port expects TLS, use https:// in \\\"baseUrl\\\"",
                ],
            ),
            mistake(
                "https instead of http",
                json!({ "baseUrl": https }),
                [
                    "status=TLS ",
                    "the server does not speak TLS on this port",
                    "check the scheme and the port in \\\"baseUrl\\\"",
                ],
            ),
            mistake(
                "timeout",
                json!({ "baseUrl": self.silent.config()["baseUrl"], "timeoutMs": 150 }),
                [
                    "status=TIMEOUT ",
                    "no complete API response from 127.0.0.1:",
                    "within 150 ms; Authlete may have processed the request",
                ],
            ),
        ]
    }
}

/// The line without the values that differ between calls with the same cause.
fn cause(line: &str) -> String {
    let words = line.split(' ').filter(|word| !word.starts_with("duration_us="));
    words.map(|word| word.trim_matches(|c: char| c.is_ascii_digit())).collect::<Vec<_>>().join(" ")
}

fn the_line_tells_failures_apart(runner: &Runner) {
    let servers = Servers::start();
    let mistakes = servers.mistakes();
    runner.run(|host| {
        let mut causes = BTreeSet::new();
        for Mistake { name, config, line: parts } in &mistakes {
            let mut config = config.clone();
            config["logLevel"] = json!("warn");
            host.client_with(config);
            let line = host.call().line();
            assert_eq!(line.level, "WARN", "{name}: {}", line.text);
            for part in parts {
                assert!(line.text.contains(part), "{name}: {part:?} is not in {}", line.text);
            }
            assert!(causes.insert(cause(&line.text)), "{name}: {}", line.text);
            let fails = ["status=CONNECT", "status=TLS"].iter().any(|text| parts[0].contains(text));
            let levels: Vec<_> = host.connect().lines().iter().map(|line| line.level).collect();
            assert_eq!(levels, if fails { vec!["WARN"] } else { vec![] }, "{name}");
        }
    });
}

fn a_host_that_cannot_be_resolved(runner: &Runner) {
    let _names = NameServer::start(Answer::NoSuchName);
    runner.run(|host| {
        for (config, cause, next_step) in [
            (
                json!({ "baseUrl": "https://authlete.test" }),
                "connect: cannot resolve authlete.test; nothing was sent",
                "; check the host in \"baseUrl\"",
            ),
            (
                json!({ "baseUrl": "https://us.authlete.com", "proxy": "http://proxy.test:8080" }),
                "connect: cannot resolve the proxy proxy.test:8080; nothing was sent",
                "; check the host in \"proxy\"",
            ),
        ] {
            host.client_with(config);
            let line = host.call().line();
            assert_eq!((line.level, line.get("status")), ("WARN", "CONNECT"));
            assert_eq!(line.get("error"), format!("{cause}{next_step}"));
        }
    });
}

/// A call that succeeds, one that fails, and the fields that the level debug adds.
fn the_level_selects_lines_and_fields(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Plain, |peer| {
            peer.serve_once()?;
            peer.serve_once()?;
            peer.request()?;
            peer.reset()
        });
        for (level, successes, failures, is_detailed) in [
            ("error", 0, 0, false),
            ("warn", 0, 1, false),
            ("info", 1, 1, false),
            ("debug", 1, 1, true),
        ] {
            host.client(&server, json!({ "logLevel": level, "retry": "none" }));
            let first = host.good();
            assert_eq!(first.lines().len(), successes, "{level}");
            assert_eq!(host.good().lines().len(), successes, "{level}");
            let failed = host.call();
            failed.is("NETWORK", "UNKNOWN", 1);
            assert_eq!(failed.lines().len(), failures, "{level}");
            assert_eq!(host.connect().lines().len(), successes, "{level}");
            if let Some(line) = first.lines().pop() {
                let end = line.text.split_once(" duration_us=").unwrap().1;
                let names: Vec<_> =
                    end.split(' ').skip(1).map(|field| field.split_once('=').unwrap().0).collect();
                let details = ["connection", "peer", "tcp_us", "wait_us", "body_us"];
                assert_eq!(names, if is_detailed { &details[..] } else { &[] });
                let expected =
                    if is_detailed { server.address().to_string() } else { String::new() };
                assert_eq!(line.get("peer"), expected);
            }
        }
    });
}

fn a_closed_client_logs_each_call(runner: &Runner) {
    runner.run(|host| {
        let _server = host.serve(Kind::Plain, Peer::serve);
        host.shutdown();
        for called in [host.call(), host.connect()] {
            let line = called.line();
            assert_eq!((line.level, line.get("status")), ("WARN", "SHUTDOWN"));
            let error = "shutdown: the client was shut down; nothing was sent";
            assert_eq!(line.get("error"), error);
        }
    });
}

/// The Request-Id is the only text from a server in a line. It must not add a field or a line.
fn values_are_quoted_if_necessary(runner: &Runner) {
    const IDS: [(&str, &str); 8] = [
        ("plain-1.2:3/4", "plain-1.2:3/4"),
        ("a b", "\"a b\""),
        ("a=b", "\"a=b\""),
        ("a\"b", "\"a\\\"b\""),
        ("a\\b", "\"a\\\\b\""),
        ("a\tb", "\"a b\""),
        ("\" status=OK", "\"\\\" status=OK\""),
        ("\\", "\"\\\\\""),
    ];
    runner.run(|host| {
        let _server = host.serve(Kind::Plain, |peer| {
            loop {
                for (id, _) in IDS {
                    let document = peer.request()?.document();
                    let header = format!("Request-Id: {id}");
                    peer.send(http("200 OK", &[&header], document.as_bytes()))?;
                }
            }
        });
        for (_, value) in IDS {
            let line = host.good().line();
            let field = format!(" request_id={value} connection=");
            assert!(line.text.contains(&field), "{field:?} is not in {}", line.text);
        }
    });
}
