//! The state of a running sandbox.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::authorization_request::AuthorizationRequest;
use crate::backchannel_request::{self, AuthenticationRequest, Poll};
use crate::clock::Clock;
use crate::dpop::{ApiDpop, DpopRecords};
use crate::fault::Faults;
use crate::grant::code::IssuedCode;
use crate::grant::password::PasswordRequest;
use crate::request_log::RequestLog;
use crate::sandbox::Options;
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
    pub base_url: String,
    /// None: the control API requires no token.
    pub control_token: Option<String>,
    pub is_logging: bool,
    /// For new services without their own.
    pub api_dpop: Option<ApiDpop>,
    pub services: Mutex<Vec<Arc<Service>>>,
    pub dpop_records: Mutex<DpopRecords>,
    pub clock: Mutex<Clock>,
    pub signer: Signer,
    pub faults: Mutex<Faults>,
    pub request_log: Mutex<RequestLog>,
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
    pub fn new(base_url: String, control_token: Option<String>, options: Options) -> Self {
        Self {
            base_url,
            control_token,
            is_logging: options.log,
            api_dpop: options.api_dpop,
            dpop_records: Mutex::default(),
            services: Mutex::new(options.services.into_iter().map(Arc::new).collect()),
            clock: Mutex::default(),
            signer: Signer::new(),
            faults: Mutex::default(),
            request_log: Mutex::default(),
            authorizations: Mutex::new(Tickets::new(TICKET_LIFETIME)),
            tokens: Mutex::new(Tickets::new(TICKET_LIFETIME)),
            backchannels: Mutex::new(Tickets::new(TICKET_LIFETIME)),
            codes: Mutex::new(Tickets::new(CODE_LIFETIME)),
            auth_req_ids: Mutex::new(Tickets::new(backchannel_request::LIFETIME)),
            refresh_tokens: Mutex::new(Tickets::new(tokens::REFRESH_TOKEN_LIFETIME)),
            requests: AtomicU64::new(0),
        }
    }

    /// Counts one API request and returns its number, from 1.
    pub fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub fn is_tls(&self) -> bool {
        self.base_url.starts_with("https:")
    }

    /// Time since the Unix epoch, by the clock of the service.
    pub fn now(&self, service: &Service) -> Duration {
        lock(&self.clock).now_for(&service.service_id)
    }

    pub fn service(&self, service_id: &str) -> Option<Arc<Service>> {
        let services = lock(&self.services);
        services.iter().find(|service| service.service_id == service_id).cloned()
    }

    pub fn has_service(&self, service_id: &str) -> bool {
        lock(&self.services).iter().any(|service| service.service_id == service_id)
    }

    /// Number of tickets of all kinds that can still be used.
    pub fn open_tickets(&self) -> usize {
        // A copy, because other threads lock the clock while they hold a table.
        let clock = lock(&self.clock).clone();
        let now = |service_id: &str| clock.now_for(service_id);
        lock(&self.authorizations).count(now, |_| true)
            + lock(&self.tokens).count(now, |_| true)
            + lock(&self.backchannels).count(now, AuthenticationRequest::is_open)
    }

    /// Removes a service with everything that belongs to it; false if there is no such service.
    pub fn remove_service(&self, service_id: &str) -> bool {
        let mut services = lock(&self.services);
        let count = services.len();
        services.retain(|service| service.service_id != service_id);
        let is_removed = services.len() < count;
        drop(services);
        lock(&self.authorizations).remove_service(service_id);
        lock(&self.tokens).remove_service(service_id);
        lock(&self.backchannels).remove_service(service_id);
        lock(&self.codes).remove_service(service_id);
        lock(&self.auth_req_ids).remove_service(service_id);
        lock(&self.refresh_tokens).remove_service(service_id);
        lock(&self.clock).remove_service(service_id);
        lock(&self.dpop_records).remove_service(service_id);
        lock(&self.faults).remove(Some(service_id));
        lock(&self.request_log).remove(Some(service_id));
        is_removed
    }
}

/// Ignores poisoning: no panic can leave a guarded value inconsistent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
