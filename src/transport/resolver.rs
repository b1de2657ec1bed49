//! The addresses of the one host that a client connects to.
//!
//! A lookup runs only for a new connection, in a thread of its own, because getaddrinfo knows no
//! deadline; never more than one at a time. Its result serves for a while, and longer than that
//! while the name service is out.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::attempt::Attempt;
use super::failure::Failure;
use crate::sys;

/// How long addresses are used without asking again.
const TTL: Duration = Duration::from_secs(30);

/// How long a call waits for a lookup where older addresses would do.
const PATIENCE: Duration = Duration::from_millis(500);

/// glibc's resolver needs some 100 KiB with all its modules.
const STACK_LEN: usize = 512 * 1024;

/// More addresses than any host needs; each may take its part of the time.
const MAX_ADDRESSES: usize = 16;

type Addresses = Arc<[SocketAddr]>;

/// Resolves one host.
#[derive(Debug)]
pub struct Resolver {
    host: String,
    port: u16,
    lookups: Arc<Lookups>,
}

#[derive(Debug, Default)]
struct Lookups {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    known: Option<(Addresses, Instant)>,
    /// When the lookup that runs began.
    running_since: Option<Instant>,
    /// When the last one failed, and how.
    failed: Option<(Instant, Option<i32>)>,
    is_shut_down: bool,
}

impl Resolver {
    /// `host` is a name, or an address without brackets.
    pub fn new(host: String, port: u16) -> Self {
        Self { host, port, lookups: Arc::default() }
    }

    /// The addresses to connect to, before the deadline of this thread's attempt.
    pub fn resolve(&self) -> Result<Addresses, Failure> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok([SocketAddr::new(address, self.port)].into());
        }
        let asked = Instant::now();
        let mut state = self.lookups.lock();
        loop {
            if state.is_shut_down {
                return Err(Failure::ShutDown);
            }
            let now = Instant::now();
            match &state.known {
                Some((addresses, since)) if now.duration_since(*since) < TTL => {
                    return Ok(Arc::clone(addresses));
                }
                // The name service is out, or slow: old addresses are better than none.
                Some((addresses, _)) if state.is_hopeless(asked, now) => {
                    return Ok(Arc::clone(addresses));
                }
                _ => {}
            }
            match state.failed {
                Some((at, code)) if at >= asked => return Err(failure(code)),
                _ => {}
            }
            if state.running_since.is_none() {
                state.running_since = Some(now);
                if self.start().is_err() {
                    state.running_since = None;
                    return match &state.known {
                        Some((addresses, _)) => Ok(Arc::clone(addresses)),
                        None => Err(Failure::NoThread),
                    };
                }
            }
            let mut wait = Attempt::remaining()?;
            if state.known.is_some() {
                wait = wait.min((asked + PATIENCE).saturating_duration_since(now));
            }
            state = self
                .lookups
                .changed
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Ends every wait.
    pub fn shutdown(&self) {
        self.lookups.lock().is_shut_down = true;
        self.lookups.changed.notify_all();
    }

    /// Starts a lookup, which outlives the calls that wait for it, if need be.
    fn start(&self) -> io::Result<()> {
        let host = self.host.clone();
        let port = self.port;
        let lookups = Arc::clone(&self.lookups);
        let run = move || {
            let result = (host.as_str(), port).to_socket_addrs();
            lookups.finish(result.map(|addresses| addresses.take(MAX_ADDRESSES).collect()));
        };
        let builder = thread::Builder::new().name("authlete-fail-dns".into()).stack_size(STACK_LEN);
        // A signal handler of the process must not run on a thread that it does not know.
        sys::with_signals_blocked(|| builder.spawn(run)).map(drop)
    }
}

impl State {
    /// Whether it is no use to wait for a lookup: it failed just now, or takes its time.
    fn is_hopeless(&self, asked: Instant, now: Instant) -> bool {
        let has_failed = self.failed.is_some_and(|(at, _)| now.duration_since(at) < PATIENCE);
        let is_slow = self.running_since.is_some_and(|since| now >= since + PATIENCE);
        has_failed || is_slow || now >= asked + PATIENCE
    }
}

impl Lookups {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, result: io::Result<Vec<SocketAddr>>) {
        let now = Instant::now();
        let mut state = self.lock();
        state.running_since = None;
        match result {
            Ok(addresses) if !addresses.is_empty() => {
                state.known = Some((addresses.into(), now));
                state.failed = None;
            }
            Ok(_) => state.failed = Some((now, None)),
            Err(error) => state.failed = Some((now, error.raw_os_error())),
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// A failed lookup; the system's error says more only where a resource was lacking.
fn failure(code: Option<i32>) -> Failure {
    match code {
        Some(code @ (libc::EMFILE | libc::ENFILE | libc::ENOMEM)) => {
            Failure::NotConnected(io::Error::from_raw_os_error(code))
        }
        _ => Failure::NotResolved,
    }
}
