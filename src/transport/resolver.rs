//! The addresses of the one host that a client connects to.
//!
//! getaddrinfo has no timeout, so each lookup runs on its own thread, and calls wait for its result
//! only as long as they can. A lookup runs only if a new connection needs one. A resolver runs one
//! lookup at a time; all calls wait for the same one.
//!
//! The result is fresh for [`TTL`] and is used without a lookup. After that it is stale:
//!
//! - A call that needs a connection starts a lookup and waits for it, but at most [`LOOKUP_WAIT`] or
//!   half of its remaining time. If the lookup succeeds in time, the call uses the new addresses.
//! - If the lookup fails or is slow, the call uses the stale addresses. During a DNS outage calls
//!   therefore continue as long as the host keeps its address. Calls that come while the same lookup
//!   is still slow, or just after it failed, use the stale addresses at once.
//! - Without any known addresses, the call waits until its deadline and reports a failed lookup.
//!
//! A slow lookup is not abandoned: its result is stored whenever it arrives, also after the call that
//! started it, and after the client was freed.
//!
//! A forked child starts with the addresses that its parent last resolved ([`Published`]). They are
//! used like the child's own: without a lookup while they are fresh, afterwards as stale addresses.
//! The child needs them because its own lookups may hang: if another thread of the parent was
//! inside getaddrinfo at the fork, glibc's resolver lock stays locked in the child for ever.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::deadline::Deadline;
use super::failure::Failure;
use super::published::{MAX_ADDRESSES, Published};
use crate::sys;

/// The time for which addresses are fresh.
const TTL: Duration = Duration::from_secs(30);

/// The maximum time that a call waits for a lookup if it has stale addresses.
const LOOKUP_WAIT: Duration = Duration::from_millis(500);

/// The maximum number of lookups that one process runs at the same time, whatever the number of its
/// clients: a lookup that hangs outlives the client that started it. The lookups of one host have a
/// lower limit, so that one host cannot block the others.
const MAX_LOOKUPS: usize = 64;
const MAX_LOOKUPS_OF_HOST: usize = 4;

/// The interval at which a call checks whether another client has ended its lookup.
const LOOKUP_POLL: Duration = Duration::from_millis(10);

/// glibc's resolver needs about 100 KiB with all its modules.
const STACK_LEN: usize = 512 * 1024;

type Addresses = Arc<[SocketAddr]>;

/// Resolves one host.
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
}

#[derive(Debug, Default)]
struct State {
    known: Option<(Addresses, Instant)>,
    /// The start of the running lookup.
    running_since: Option<Instant>,
    /// The time and the error code of the last lookup if it failed.
    failed: Option<(Instant, Option<i32>)>,
    is_shut_down: bool,
}

impl Resolver {
    /// `host` is a name, or an address without brackets. Starts with the addresses in `published`,
    /// and publishes the addresses that it resolves.
    pub fn new(host: String, port: u16, published: Arc<Published>) -> Self {
        let known = published.load().map(|(addresses, since)| (addresses.into(), since));
        let state = Mutex::new(State { known, ..State::default() });
        Self {
            host,
            port,
            lookups: Arc::new(Lookups { state, changed: Condvar::new(), published }),
        }
    }

    /// The addresses to connect to.
    pub fn resolve(&self, deadline: Deadline) -> Result<Addresses, Failure> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok([SocketAddr::new(address, self.port)].into());
        }
        let asked = Instant::now();
        let lookup_wait = LOOKUP_WAIT.min(deadline.remaining()? / 2);
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
                Some((addresses, _)) if state.should_serve_stale(asked, now, lookup_wait) => {
                    return Ok(Arc::clone(addresses));
                }
                _ => {}
            }
            match state.failed {
                Some((at, code)) if at >= asked => return Err(failure(code)),
                _ => {}
            }
            let mut wait = deadline.remaining()?;
            if state.running_since.is_none() {
                match (LookupSlot::acquire(&self.host).map(|slot| self.start(slot)), &state.known) {
                    (Some(Ok(())), _) => state.running_since = Some(now),
                    (_, Some((addresses, _))) => return Ok(Arc::clone(addresses)),
                    (None, None) => wait = wait.min(LOOKUP_POLL),
                    (Some(Err(_)), None) => return Err(Failure::NoThread),
                }
            }
            if state.known.is_some() {
                wait = wait.min((asked + lookup_wait).saturating_duration_since(now));
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

    /// Starts a lookup. It may outlive the calls that wait for it.
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
        // The program's signal handlers must not run on a thread that the program did not create.
        sys::with_signals_blocked(|| builder.spawn(run)).map(drop)
    }
}

impl State {
    /// Whether to use stale addresses instead of waiting: the last lookup just failed, or is slow.
    fn should_serve_stale(&self, asked: Instant, now: Instant, lookup_wait: Duration) -> bool {
        let has_failed = self.failed.is_some_and(|(at, _)| now.duration_since(at) < LOOKUP_WAIT);
        let is_slow = self.running_since.is_some_and(|since| now >= since + lookup_wait);
        has_failed || is_slow || now >= asked + lookup_wait
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
                self.published.store(&addresses, now);
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

/// The right to run one of the lookups that a process may run.
#[derive(Debug)]
struct LookupSlot {
    place: &'static AtomicU64,
    key: u64,
}

/// The number of the process in the upper half and a hash of the host in the lower. A place is free
/// if it is 0 or has the number of another process: a forked child has none of its parent's
/// threads.
static LOOKUPS: [AtomicU64; MAX_LOOKUPS] = [const { AtomicU64::new(0) }; MAX_LOOKUPS];

impl LookupSlot {
    fn acquire(host: &str) -> Option<Self> {
        let process = sys::process_number();
        let mut hasher = DefaultHasher::new();
        host.hash(&mut hasher);
        let key = process << 32 | (hasher.finish() & 0xffff_ffff);
        let is_free = |used: u64| (used >> 32 != process).then_some(key);
        let place = LOOKUPS.iter().find(|place| {
            place.fetch_update(Ordering::AcqRel, Ordering::Acquire, is_free).is_ok()
        })?;
        let slot = Self { place, key };
        // Counted after taking a place, so that of two threads at least one sees the other.
        let of_host = LOOKUPS.iter().filter(|place| place.load(Ordering::Acquire) == key).count();
        (of_host <= MAX_LOOKUPS_OF_HOST).then_some(slot)
    }
}

impl Drop for LookupSlot {
    fn drop(&mut self) {
        let _ = self.place.compare_exchange(self.key, 0, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// The failure of a lookup. The error code matters only if a resource was exhausted.
fn failure(code: Option<i32>) -> Failure {
    match code {
        Some(code @ (libc::EMFILE | libc::ENFILE | libc::ENOMEM)) => {
            Failure::NotConnected(io::Error::from_raw_os_error(code))
        }
        _ => Failure::NotResolved,
    }
}
