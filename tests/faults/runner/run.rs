//! Runs processes that use the library, and makes the assertions of the suite about each.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::host::{Host, Start};
use super::program::Program;
use crate::harness::{Kind, Peer, Server};
use crate::network::Network;

/// The minimum and the maximum number of rounds of a body in one host, and the time after which no
/// more rounds start. The first round may allocate memory that the process keeps; the others must
/// not leak.
const BODY_ROUNDS: RangeInclusive<usize> = 3..=24;
const MAX_ROUNDS_TIME: Duration = Duration::from_millis(400);

/// The number of bytes by which allocated memory may grow from the first round to the last: a few
/// internal blocks of glibc.
const ALLOCATED_SLACK: usize = 1024;

/// The same for resident memory, in KiB.
const RESIDENT_SLACK: usize = 512;

/// The argument of every case.
pub struct Runner<'a> {
    network: Option<&'a Network>,
    healthy: Server,
    processes: AtomicUsize,
}

impl<'a> Runner<'a> {
    pub(super) fn run_case(network: Option<&'a Network>, body: impl Fn(&Runner)) {
        let healthy = Server::start(Kind::Plain, Peer::serve);
        let runner = Self { network, healthy, processes: AtomicUsize::new(0) };
        body(&runner);
        assert!(runner.processes.into_inner() > 0, "the case ran no process with the library");
    }

    /// The private network of a case that needs one.
    pub fn network(&self) -> &Network {
        self.network.expect("the case needs Need::PrivateNetwork")
    }

    /// Runs a body in a host.
    pub fn run(&self, body: impl Fn(&mut Host)) {
        self.run_in(&Start::plain(), body);
    }

    /// Runs a body in a host, first for plain HTTP and then, in another host, for TLS.
    pub fn run_plain_and_tls(&self, body: impl Fn(&mut Host, Kind)) {
        for kind in [Kind::Plain, Kind::Tls] {
            self.run(|host| body(host, kind));
        }
    }

    /// Runs a body in a host that is started in this way.
    pub fn run_in(&self, start: &Start, body: impl Fn(&mut Host)) {
        self.in_host(start, |host| Self::repeat(host, body));
    }

    /// Runs a body once in a host. For a body that waits for a timer of the kernel for a long time;
    /// memory is not compared.
    pub fn run_once(&self, body: impl FnOnce(&mut Host)) {
        self.in_host(&Start::plain(), body);
    }

    fn in_host(&self, start: &Start, body: impl FnOnce(&mut Host)) {
        self.count_process();
        let mut host = Host::start(start);
        host.free_client();
        let descriptors = host.descriptors();
        body(&mut host);
        self.call_healthy(&mut host);
        host.settle();
        assert_eq!(host.descriptors(), descriptors, "descriptors");
        host.end();
    }

    fn repeat(host: &mut Host, body: impl Fn(&mut Host)) {
        body(host);
        let first = host.settle();
        let (started, mut rounds) = (Instant::now(), 1);
        while rounds < *BODY_ROUNDS.start()
            || rounds < *BODY_ROUNDS.end() && started.elapsed() < MAX_ROUNDS_TIME
        {
            body(host);
            rounds += 1;
        }
        let last = host.settle();
        let is_flat = last.allocated <= first.allocated + ALLOCATED_SLACK
            && last.resident_kib <= first.resident_kib + RESIDENT_SLACK;
        assert!(is_flat, "memory after round 1: {first:?}, after round {rounds}: {last:?}");
    }

    fn call_healthy(&self, host: &mut Host) {
        // Long timeouts: the host may have a fast clock.
        host.client(&self.healthy, json!({ "timeoutMs": 600_000, "connectTimeoutMs": 600_000 }));
        let called = host.call();
        called.is("OK", "CONSUMED", called.reply.number("attempts"));
    }

    /// A mode of a C program.
    pub fn program(&self, name: &'static str, mode: &'static str) -> Program<'_> {
        self.count_process();
        Program::new(name, mode, &self.healthy)
    }

    fn count_process(&self) {
        self.processes.fetch_add(1, Ordering::Relaxed);
    }
}
