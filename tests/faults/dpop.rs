//! DPoP cases: nonces that change or are accepted once, in threads, in forked children and in two
//! clients. `tests/scenarios/dpop-nonces.json` has the cases of a single call.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use serde_json::json;

use crate::general::{ISSUE, OTHER, TICKET};
use crate::harness::dpop::{Proof, challenge, key, response};
use crate::harness::{Kind, Peer, Request, Server, http};
use crate::runner::{FaultCase, NETWORK, ROUNDS, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(every_response_has_a_new_nonce, rotates(Policy::EachResponse)),
        case!(a_nonce_is_accepted_once, rotates(Policy::SingleUse)),
        case!(failed_calls_leave_their_nonce),
        case!(the_server_closes_after_its_challenge),
        case!(a_third_attempt_has_two_causes),
        case!(proofs_omit_the_default_port).needs(NETWORK),
        case!(two_clients_have_separate_nonces, are_separate("dpop", "two-clients", 5, 2)),
        case!(children_start_without_a_nonce, are_separate("fork", "share", 10, 7)),
        case!(sixty_four_threads_share_a_nonce, all_succeed("threads", "share", 10)),
        case!(eight_threads_share_nonces_that_are_accepted_once),
        case!(children_and_parent_share_a_client, all_succeed("fork", "share", 10)),
        case!(children_of_children, all_succeed("fork", "nest", 0)),
        case!(forks_while_threads_call, all_succeed("fork", "storm", 20)),
    ]
}

/// The algorithm of the cases that make many calls: signing takes the least time.
const ALGORITHM: &str = "EdDSA";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Policy {
    /// Every response has a new nonce. All of them are accepted.
    EachResponse,
    /// Every response has a new nonce. Each one is accepted once.
    SingleUse,
}

/// The nonces of a server that are accepted, those that it requires of the extra attempts, by ticket,
/// and the `jti` of every proof.
#[derive(Default)]
struct Nonces {
    issued: usize,
    accepted: HashSet<String>,
    required: HashMap<String, String>,
    seen: HashSet<String>,
}

impl Nonces {
    /// Checks the proof of a request. Returns whether its nonce is accepted, and a new one.
    fn check(&mut self, policy: Policy, kind: Kind, request: &Request) -> (bool, String) {
        let proof = check_proof(kind, request);
        assert!(self.seen.insert(proof.jti), "a jti was used twice");
        let required = self.required.remove(&request.ticket());
        if required.is_some() {
            assert_eq!(proof.nonce, required, "not the nonce of the 401");
        }
        let is_accepted = proof.nonce.is_some_and(|nonce| match policy {
            Policy::EachResponse => self.accepted.contains(&nonce),
            Policy::SingleUse => self.accepted.remove(&nonce),
        });
        self.issued += 1;
        let next = format!("nonce-{}", self.issued);
        self.accepted.insert(next.clone());
        if !is_accepted && required.is_none() {
            self.required.insert(request.ticket(), next.clone());
        }
        (is_accepted, next)
    }
}

fn check_proof(kind: Kind, request: &Request) -> Proof {
    let host = request.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let scheme = if kind == Kind::Plain { "http" } else { "https" };
    Proof::check(request, &key(ALGORITHM), &format!("{scheme}://{host}"))
}

/// A server that requires nonces.
fn requiring(kind: Kind, policy: Policy) -> Server {
    let nonces = Mutex::new(Nonces::default());
    Server::start(kind, move |peer| {
        loop {
            let request = peer.request()?;
            let (is_accepted, next) = nonces.lock().unwrap().check(policy, kind, &request);
            peer.send(if is_accepted { response(&request, &next) } else { challenge(&next) })?;
        }
    })
}

/// Only the first call of a client makes an extra attempt.
fn rotates(policy: Policy) -> impl Fn(&Runner) {
    move |runner| {
        runner.run_plain_and_tls(|host, kind| {
            let server = requiring(kind, policy);
            host.client(&server, json!({ "dpopKey": key(ALGORITHM) }));
            host.call().is("OK", "CONSUMED", 2);
            for _ in 0..10 {
                host.good();
                host.general(ISSUE, TICKET, json!({})).is("OK", "UNKNOWN", 1);
                let own = json!({ "method": "GET", "accessToken": "another-token" });
                host.general(OTHER, "", own).is("OK", "NONE", 1);
            }
            assert_eq!((server.connections(), server.requests().len()), (1, 32));
        });
    }
}

/// A response has a nonce whatever its status is.
fn failed_calls_leave_their_nonce(runner: &Runner) {
    const STATUSES: [&str; 5] = ["400 A", "401 B", "429 C", "500 D", "503 E"];
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, move |peer| {
            for (number, status) in STATUSES.iter().enumerate() {
                let proof = check_proof(kind, &peer.request()?);
                let expected = number.checked_sub(1).map(|number| format!("nonce-{number}"));
                assert_eq!(proof.nonce, expected);
                peer.send(http(status, &[&format!("DPoP-Nonce: nonce-{number}")], b"{}"))?;
            }
            assert_eq!(check_proof(kind, &peer.request()?).nonce.unwrap(), "nonce-4");
            peer.send(http("204 No Content", &[], b""))
        });
        host.client(&server, json!({ "dpopKey": key(ALGORITHM) }));
        for status in STATUSES {
            let called = host.call();
            called.is("HTTP", if status < "5" { "UNTOUCHED" } else { "UNKNOWN" }, 1);
        }
        host.general(OTHER, "", json!({ "method": "GET" })).is("OK", "NONE", 1);
    });
}

/// The extra attempt notices the end of the connection, or loses it and is repeated.
fn the_server_closes_after_its_challenge(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, move |peer| {
            let request = peer.request()?;
            let nonce = check_proof(kind, &request).nonce;
            peer.send(if nonce.is_some() { request.response() } else { challenge("nonce") })
        });
        host.client(&server, json!({ "dpopKey": key(ALGORITHM) }));
        let called = host.call();
        let attempts = called.reply.number("attempts");
        assert!(attempts == 2 || attempts == 3, "{attempts}");
        called.is("OK", "CONSUMED", attempts);
        assert_eq!(server.connections(), 2);
    });
}

/// The runner checks that the statistics count two retries.
fn a_third_attempt_has_two_causes(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, |peer| {
            if peer.number > 0 {
                return peer.serve();
            }
            peer.request()?;
            peer.send(challenge("nonce"))?;
            peer.request().map(drop)
        });
        host.client(&server, json!({ "dpopKey": key(ALGORITHM) }));
        let called = host.call();
        called.is("OK", "CONSUMED", 3);
        let causes = format!(
            "http: Authlete responded with status 401 and a new DPoP nonce; \
             Authlete did not process the request; \
             then network: lost the connection to {} (unexpected end of file); \
             Authlete may have processed the request",
            server.address()
        );
        assert_eq!(called.diagnostics()["retryCause"], causes);
    });
}

/// The server compares the URL after normalization (RFC 9449, 4.3), which removes the default port (RFC
/// 3986, 6.2.3). In a private network, a test can listen on that port.
fn proofs_omit_the_default_port(runner: &Runner) {
    for (kind, scheme, port) in [(Kind::Plain, "http", 80), (Kind::Tls, "https", 443)] {
        let server = Server::listen(kind, &format!("127.0.0.1:{port}"), Peer::serve);
        runner.run(|host| {
            let origin = format!("{scheme}://127.0.0.1");
            for base_url in [origin.clone(), format!("{origin}:{port}"), format!("{origin}/")] {
                let key = key(ALGORITHM);
                host.client(&server, json!({ "baseUrl": base_url, "dpopKey": key }));
                host.good();
                Proof::check(server.requests().last().unwrap(), &key, &origin);
            }
        });
    }
}

/// A mode in which each connection belongs to one client in one process, and has its own nonces.
fn are_separate(
    program: &'static str,
    mode: &'static str,
    number: usize,
    connections: usize,
) -> impl Fn(&Runner) {
    move |runner| {
        for kind in [Kind::Plain, Kind::Tls] {
            let server = Server::start(kind, move |peer| {
                let mut last = None;
                for number in 0.. {
                    let request = peer.request()?;
                    assert_eq!(check_proof(kind, &request).nonce, last);
                    let next = format!("nonce-{}-{number}", peer.number);
                    peer.send(response(&request, &next))?;
                    last = Some(next);
                }
                Ok(())
            });
            let extra = json!({ "dpopKey": key(ALGORITHM) });
            runner.program(program, mode).client(&server, extra).number(number).run();
            assert_eq!(server.connections(), connections * ROUNDS);
        }
    }
}

/// A mode in which all calls must succeed, with a server whose responses have new nonces.
fn all_succeed(program: &'static str, mode: &'static str, number: usize) -> impl Fn(&Runner) {
    move |runner| {
        for kind in [Kind::Plain, Kind::Tls] {
            let server = requiring(kind, Policy::EachResponse);
            let extra = json!({ "dpopKey": key(ALGORITHM) });
            runner.program(program, mode).client(&server, extra).number(number).run();
        }
    }
}

/// Threads often use the same nonce, but no other thread uses the nonce of a 401.
fn eight_threads_share_nonces_that_are_accepted_once(runner: &Runner) {
    for kind in [Kind::Plain, Kind::Tls] {
        let server = requiring(kind, Policy::SingleUse);
        let program = runner.program("dpop", "contend");
        program.client(&server, json!({ "dpopKey": key(ALGORITHM) })).number(100).run();
    }
}
