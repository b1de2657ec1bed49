//! The state of a running sandbox.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::error::Unspecified;

use crate::authorization_request::AuthorizationRequest;
use crate::fail::jarm::Signer;
use crate::service::Service;
use crate::tickets::Tickets;

pub(crate) struct State {
    pub services: Vec<Service>,
    pub clock: Clock,
    pub signer: Signer,
    /// One table for each kind of ticket: authorization/fail does not find a token ticket.
    pub authorizations: Mutex<Tickets<AuthorizationRequest>>,
    pub tokens: Mutex<Tickets<()>>,
    pub backchannels: Mutex<Tickets<()>>,
    requests: AtomicU64,
}

impl State {
    pub fn new(services: Vec<Service>) -> Result<Self, Unspecified> {
        Ok(Self {
            services,
            clock: Clock::default(),
            signer: Signer::generate()?,
            authorizations: Mutex::default(),
            tokens: Mutex::default(),
            backchannels: Mutex::default(),
            requests: AtomicU64::new(0),
        })
    }

    /// Counts one API request and returns its number, from 1.
    pub fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Number of tickets of all kinds that can still be used.
    pub fn open_tickets(&self) -> usize {
        let now = self.clock.now();
        lock(&self.authorizations).open(now)
            + lock(&self.tokens).open(now)
            + lock(&self.backchannels).open(now)
    }
}

/// The wall clock, plus the time by which tests have advanced it.
#[derive(Default)]
pub(crate) struct Clock(Mutex<Duration>);

impl Clock {
    /// Time since the Unix epoch.
    pub fn now(&self) -> Duration {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        wall.saturating_add(*lock(&self.0))
    }

    pub fn advance(&self, by: Duration) {
        let mut moved = lock(&self.0);
        *moved = moved.saturating_add(by);
    }
}

/// Ignores poisoning: no panic can leave a guarded value inconsistent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
