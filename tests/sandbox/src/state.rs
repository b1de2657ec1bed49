//! The state of a running sandbox.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::error::Unspecified;

use crate::authorization_request::AuthorizationRequest;
use crate::backchannel_request::{self, AuthenticationRequest, Poll};
use crate::grant::code::IssuedCode;
use crate::grant::password::PasswordRequest;
use crate::service::Service;
use crate::signer::Signer;
use crate::tickets::Tickets;
use crate::tokens::{self, Grant};

/// Authlete KB, "ticket parameter in authorization endpoint". Assumed also for the tickets of token and
/// backchannel authentication requests, for which nothing is published.
const TICKET_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Assumed for the service's `authorizationCodeDuration`: the maximum that RFC 6749, 4.1.2 recommends.
const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

pub(crate) struct State {
    pub services: Vec<Service>,
    pub clock: Clock,
    pub signer: Signer,
    /// One table for each kind of ticket: authorization/fail does not find a token ticket.
    pub authorizations: Mutex<Tickets<AuthorizationRequest>>,
    pub tokens: Mutex<Tickets<PasswordRequest>>,
    pub backchannels: Mutex<Tickets<AuthenticationRequest>>,
    pub codes: Mutex<Tickets<IssuedCode>>,
    pub auth_req_ids: Mutex<Tickets<Poll>>,
    pub refresh_tokens: Mutex<Tickets<Grant>>,
    requests: AtomicU64,
}

impl State {
    pub fn new(services: Vec<Service>) -> Result<Self, Unspecified> {
        Ok(Self {
            services,
            clock: Clock::default(),
            signer: Signer::generate()?,
            authorizations: Mutex::new(Tickets::new(TICKET_LIFETIME)),
            tokens: Mutex::new(Tickets::new(TICKET_LIFETIME)),
            backchannels: Mutex::new(Tickets::new(TICKET_LIFETIME)),
            codes: Mutex::new(Tickets::new(CODE_LIFETIME)),
            auth_req_ids: Mutex::new(Tickets::new(backchannel_request::LIFETIME)),
            refresh_tokens: Mutex::new(Tickets::new(tokens::REFRESH_TOKEN_LIFETIME)),
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
        lock(&self.authorizations).count(now, |_| true)
            + lock(&self.tokens).count(now, |_| true)
            + lock(&self.backchannels).count(now, AuthenticationRequest::is_open)
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
