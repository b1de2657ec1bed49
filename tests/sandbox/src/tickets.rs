//! Random values of 43 characters that belong to one service and expire: tickets, authorization codes,
//! refresh tokens and `auth_req_id`s.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::Unspecified;
use ring::rand::{self, SystemRandom};

/// The reason why a ticket cannot be used, in the order of Authlete's result codes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Refusal {
    Missing,
    Unknown,
    Foreign,
    Expired,
}

/// The tickets of one kind, each with its request `R`.
pub(crate) struct Tickets<R> {
    lifetime: Duration,
    tickets: HashMap<String, Ticket<R>>,
}

struct Ticket<R> {
    service_id: String,
    expires_at: Duration,
    request: R,
}

/// 32 random bytes in base64url.
pub(crate) fn random_value() -> Result<String, Unspecified> {
    let bytes: [u8; 32] = rand::generate(&SystemRandom::new())?.expose();
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

impl<R> Tickets<R> {
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, tickets: HashMap::new() }
    }

    pub fn issue(
        &mut self,
        service_id: &str,
        now: Duration,
        request: R,
    ) -> Result<String, Unspecified> {
        let name = random_value()?;
        let expires_at = now.saturating_add(self.lifetime);
        let ticket = Ticket { service_id: service_id.to_owned(), expires_at, request };
        self.tickets.insert(name.clone(), ticket);
        Ok(name)
    }

    /// The request of a ticket, if the service may use it now.
    pub fn find(
        &mut self,
        name: Option<&str>,
        service_id: &str,
        now: Duration,
    ) -> Result<&mut R, Refusal> {
        let name = name.filter(|name| !name.is_empty()).ok_or(Refusal::Missing)?;
        let ticket = self.tickets.get_mut(name).ok_or(Refusal::Unknown)?;
        if ticket.service_id != service_id {
            return Err(Refusal::Foreign);
        }
        if ticket.expires_at <= now {
            return Err(Refusal::Expired);
        }
        Ok(&mut ticket.request)
    }

    /// Deletes the ticket if it belongs to the service, expired or not.
    pub fn remove(&mut self, name: Option<&str>, service_id: &str) -> Option<R> {
        let name = name?;
        self.tickets.get(name).filter(|ticket| ticket.service_id == service_id)?;
        self.tickets.remove(name).map(|ticket| ticket.request)
    }

    /// Number of tickets that have not expired and whose request satisfies `is_open`.
    /// `now` is the time by the clock of a service.
    pub fn count(&self, now: impl Fn(&str) -> Duration, is_open: impl Fn(&R) -> bool) -> usize {
        let is_open = |ticket: &&Ticket<R>| {
            now(&ticket.service_id) < ticket.expires_at && is_open(&ticket.request)
        };
        self.tickets.values().filter(is_open).count()
    }

    pub fn remove_service(&mut self, service_id: &str) {
        self.tickets.retain(|_, ticket| ticket.service_id != service_id);
    }
}
