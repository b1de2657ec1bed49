//! The DNS resolver for the one host that a client connects to, with a cache.
//!
//! An IP address and `localhost` need no lookup (RFC 6761, 6.3).
//!
//! getaddrinfo has no timeout, so each lookup runs on its own short-lived thread, and each call
//! waits for the result only as long as its deadline allows. One lock protects all state and is not
//! held during a lookup. Addresses are resolved as follows:
//!
//! 1. A call that needs a new connection asks for addresses. If the cached ones are less than
//!    [`TTL`] old, they are fresh, and the call uses them.
//! 2. Otherwise the call starts a lookup, unless one is already running: a client runs one lookup
//!    at a time. The call then waits on the condition variable, like every other call that needs
//!    the result.
//! 3. The lookup thread stores its result, or its failure, and wakes all waiting calls.
//!
//! Addresses older than [`TTL`] are stale. They are used if a lookup does not succeed in time:
//!
//! - A call with stale addresses waits for the lookup for at most [`LOOKUP_WAIT`] or half of its
//!   remaining time, whichever is shorter. If the lookup fails or takes longer, the call uses the
//!   stale addresses, however old they are. Calls therefore keep working during a DNS outage, as
//!   long as the host's address does not change.
//! - A call that arrives when that lookup is overdue, or has just failed, uses the stale addresses
//!   immediately. Otherwise, every call during an outage would wait.
//! - A call without any cached addresses waits until its deadline, or until the lookup fails.
//!
//! A slow lookup cannot be cancelled. It may outlive the call that started it and even the client.
//! Its result is stored whenever it arrives. Lookups that hang would accumulate, so there is a
//! limit for the process ([`MAX_LOOKUPS`]).
//!
//! A forked child starts with the addresses that its parent last resolved ([`Published`]), fresh or
//! stale. It depends on them: if another thread of the parent was in getaddrinfo at the time of the
//! fork, a lock in glibc's resolver may stay locked forever in the child, so that all of the
//! child's lookups hang.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::deadline::Deadline;
use super::failure::Failure;
use super::published::{MAX_ADDRESSES, Published};
use crate::config::LOCALHOST;
use crate::stats::Counters;
use crate::sys;

/// The time for which resolved addresses are fresh.
const TTL: Duration = Duration::from_secs(30);

/// The maximum time that a call waits for a lookup before it falls back to stale addresses.
const LOOKUP_WAIT: Duration = Duration::from_millis(500);

/// The maximum number of concurrent lookups in a process, across all of its clients. It is needed
/// because a lookup that hangs outlives the client that started it. The limit for each host is
/// lower, so that a host whose lookups hang does not block the others.
const MAX_LOOKUPS: usize = 64;
const MAX_LOOKUPS_PER_HOST: usize = 4;

/// The interval at which a call checks whether the process may run another lookup.
const LOOKUP_POLL: Duration = Duration::from_millis(10);

/// The stack size of a lookup thread, in bytes. glibc's resolver needs about 100 KiB with all NSS
/// modules.
const STACK_LEN: usize = 512 * 1024;

type Addresses = Arc<[SocketAddr]>;

/// The resolver of one client in one process.
#[derive(Debug)]
pub struct Resolver {
    host: String,
    port: u16,
    lookups: Arc<Lookups>,
}

#[derive(Debug)]
struct Lookups {
    state: Mutex<State>,
    changed: Condvar,
    published: Arc<Published>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct State {
    /// The addresses and the time when they were resolved.
    cached: Option<(Addresses, Instant)>,
    /// The start time of the lookup that is running.
    running_since: Option<Instant>,
    /// The time and the error code of the last lookup, if it failed.
    last_failure: Option<(Instant, Option<i32>)>,
    is_shut_down: bool,
}

impl Resolver {
    /// `host` is a DNS name, or an IP address without brackets. The resolver starts with the
    /// addresses in `published` and stores its results there.
    pub fn new(
        host: String,
        port: u16,
        published: Arc<Published>,
        counters: Arc<Counters>,
    ) -> Self {
        let cached = published.load().map(|(addresses, since)| (addresses.into(), since));
        let state = Mutex::new(State { cached, ..State::default() });
        let lookups = Lookups { state, changed: Condvar::new(), published, counters };
        Self { host, port, lookups: Arc::new(lookups) }
    }

    /// Returns the addresses of a host that needs no lookup.
    pub fn known(&self) -> Option<Addresses> {
        if self.host == LOCALHOST {
            let addresses = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            return Some(addresses.map(|address| SocketAddr::new(address, self.port)).into());
        }
        let address: IpAddr = self.host.parse().ok()?;
        Some([SocketAddr::new(address, self.port)].into())
    }

    /// Returns the addresses of any other host, from the cache or a lookup.
    pub fn resolve(&self, deadline: Deadline) -> Result<Addresses, Failure> {
        let called_at = Instant::now();
        let lookup_wait = LOOKUP_WAIT.min(deadline.remaining()? / 2);
        let mut state = self.lookups.lock();
        loop {
            if state.is_shut_down {
                return Err(Failure::ShutDown);
            }
            let now = Instant::now();
            match &state.cached {
                Some((addresses, since)) if now.duration_since(*since) < TTL => {
                    return Ok(Arc::clone(addresses));
                }
                Some((addresses, _)) if state.should_serve_stale(called_at, now, lookup_wait) => {
                    return Ok(Arc::clone(addresses));
                }
                _ => {}
            }
            match state.last_failure {
                Some((at, code)) if at >= called_at => return Err(failure(code)),
                _ => {}
            }
            let mut wait = deadline.remaining()?;
            if state.running_since.is_none() {
                match (LookupSlot::acquire(&self.host).map(|slot| self.start(slot)), &state.cached)
                {
                    (Some(Ok(())), _) => state.running_since = Some(now),
                    (_, Some((addresses, _))) => return Ok(Arc::clone(addresses)),
                    (None, None) => wait = wait.min(LOOKUP_POLL),
                    (Some(Err(_)), None) => return Err(Failure::NoThread),
                }
            }
            if state.cached.is_some() {
                wait = wait.min((called_at + lookup_wait).saturating_duration_since(now));
            }
            state = self
                .lookups
                .changed
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Ends all waits for a lookup.
    pub fn shutdown(&self) {
        self.lookups.lock().is_shut_down = true;
        self.lookups.changed.notify_all();
    }

    /// Starts a lookup. It may outlive the calls that wait for it, and the client.
    fn start(&self, slot: LookupSlot) -> io::Result<()> {
        let host = self.host.clone();
        let port = self.port;
        let lookups = Arc::clone(&self.lookups);
        let run = move || {
            let _slot = slot;
            let result = (host.as_str(), port).to_socket_addrs();
            lookups.finish(result.map(|addresses| addresses.take(MAX_ADDRESSES).collect()));
        };
        let builder = thread::Builder::new().name("authlete-fail-dns".into()).stack_size(STACK_LEN);
        // The program's signal handlers must not run on this thread, which the program did not
        // create.
        sys::with_signals_blocked(|| builder.spawn(run)).map(drop)
    }
}

impl State {
    /// Whether to use stale addresses now: a lookup has just failed or is overdue, or the call has
    /// waited long enough.
    fn should_serve_stale(&self, called_at: Instant, now: Instant, lookup_wait: Duration) -> bool {
        let has_failed =
            self.last_failure.is_some_and(|(at, _)| now.duration_since(at) < LOOKUP_WAIT);
        let is_slow = self.running_since.is_some_and(|since| now >= since + lookup_wait);
        has_failed || is_slow || now >= called_at + lookup_wait
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
                self.counters.lookups.succeeded.increment();
                self.published.store(&addresses, now);
                state.cached = Some((addresses.into(), now));
                state.last_failure = None;
            }
            result => {
                self.counters.lookups.failed.increment();
                let code = result.err().and_then(|error| error.raw_os_error());
                state.last_failure = Some((now, code));
            }
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// A permit to run one lookup: one of the [`MAX_LOOKUPS`] entries of [`LOOKUPS`].
#[derive(Debug)]
struct LookupSlot {
    entry: &'static AtomicU64,
    key: u64,
}

/// The lookup slots. Each entry has the fork generation of the process in its upper half and a hash
/// of the host in its lower half. An entry is free if it is 0 or has a different generation: the
/// lookup threads of the parent do not exist in a forked child. Atomics are used because a lock
/// could stay locked forever in a child.
static LOOKUPS: [AtomicU64; MAX_LOOKUPS] = [const { AtomicU64::new(0) }; MAX_LOOKUPS];

impl LookupSlot {
    fn acquire(host: &str) -> Option<Self> {
        let generation = sys::fork_generation();
        let mut hasher = DefaultHasher::new();
        host.hash(&mut hasher);
        let key = generation << 32 | (hasher.finish() & 0xffff_ffff);
        let is_free = |used: u64| (used >> 32 != generation).then_some(key);
        let entry = LOOKUPS.iter().find(|entry| {
            entry.fetch_update(Ordering::AcqRel, Ordering::Acquire, is_free).is_ok()
        })?;
        let slot = Self { entry, key };
        // Count after taking an entry, so that at least one of two racing threads sees both
        // entries.
        let of_host = LOOKUPS.iter().filter(|entry| entry.load(Ordering::Acquire) == key).count();
        (of_host <= MAX_LOOKUPS_PER_HOST).then_some(slot)
    }
}

impl Drop for LookupSlot {
    fn drop(&mut self) {
        let _ = self.entry.compare_exchange(self.key, 0, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// Converts the error code of a failed lookup to a [`Failure`]. The error code is relevant only if
/// a resource was exhausted.
fn failure(code: Option<i32>) -> Failure {
    match code {
        Some(code @ (libc::EMFILE | libc::ENFILE | libc::ENOMEM)) => {
            Failure::NotConnected(io::Error::from_raw_os_error(code))
        }
        _ => Failure::NotResolved,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::iter;

    use super::*;
    use crate::config::Config;
    use crate::status::Status;
    use crate::transport::{ApiRequest, Deadline, Method, Progress, Transport};

    const TIMEOUT: Duration = Duration::from_secs(5);

    #[test]
    fn localhost_is_not_looked_up() {
        let published = Arc::new(Published::new(None));
        let resolver = Resolver::new("localhost".into(), 443, published, Arc::default());
        let expected: [SocketAddr; 2] =
            [(Ipv4Addr::LOCALHOST, 443).into(), (Ipv6Addr::LOCALHOST, 443).into()];
        assert_eq!(resolver.known().as_deref(), Some(&expected[..]));
    }

    /// The call uses a network that the client has discarded.
    #[test]
    fn shutdown_ends_the_lookup_of_a_call_that_began_before_a_panic() {
        let config =
            r#"{"baseUrl":"https://no-such-host.invalid","serviceId":"1","accessToken":"t"}"#;
        let config = Arc::new(Config::read(config).unwrap());
        // With all the slots of the host taken, the call waits for one and makes no DNS lookup.
        let host = &config.base_url.host;
        let slots: Vec<_> = iter::from_fn(|| LookupSlot::acquire(host)).collect();
        let transport = Transport::new(Arc::clone(&config)).unwrap();
        let target = transport.target("/").unwrap();
        let exchange = || {
            let (method, headers) = (Method::Post, None);
            let body = b"{}";
            let request = ApiRequest { method, target: &target, headers, access_token: None, body };
            let deadline = Deadline::new(Instant::now(), TIMEOUT);
            transport.exchange(&request, deadline, None, &mut Progress::new())
        };
        let error = thread::scope(|scope| {
            let call = scope.spawn(exchange);
            // The client, the call, and the clone that is made here.
            while Arc::strong_count(&transport.state().network()) < 3 && !call.is_finished() {
                thread::yield_now();
            }
            transport.recover();
            transport.shutdown();
            call.join().unwrap().err()
        });
        drop(slots);
        assert_eq!(error.map(|error| error.error.status), Some(Status::Shutdown));
    }
}
