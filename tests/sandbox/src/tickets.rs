//! Tickets: 43 characters, for one use by one service, with an expiry time.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::Unspecified;
use ring::rand::{self, SystemRandom};

/// Authlete KB, "ticket parameter in authorization endpoint": 24 hours. Assumed also for the tickets of
/// token and backchannel authentication requests, for which nothing is published.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

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
    tickets: HashMap<String, Ticket<R>>,
}

struct Ticket<R> {
    service_id: String,
    expires_at: Duration,
    request: R,
}

impl<R> Default for Tickets<R> {
    fn default() -> Self {
        Self { tickets: HashMap::new() }
    }
}

impl<R> Tickets<R> {
    pub fn issue(
        &mut self,
        service_id: &str,
        now: Duration,
        request: R,
    ) -> Result<String, Unspecified> {
        let bytes: [u8; 32] = rand::generate(&SystemRandom::new())?.expose();
        let name = URL_SAFE_NO_PAD.encode(bytes);
        let expires_at = now.saturating_add(LIFETIME);
        let ticket = Ticket { service_id: service_id.to_owned(), expires_at, request };
        self.tickets.insert(name.clone(), ticket);
        Ok(name)
    }

    /// The request of a ticket, if the service may use it now.
    pub fn find(&self, name: Option<&str>, service_id: &str, now: Duration) -> Result<&R, Refusal> {
        let name = name.filter(|name| !name.is_empty()).ok_or(Refusal::Missing)?;
        let ticket = self.tickets.get(name).ok_or(Refusal::Unknown)?;
        if ticket.service_id != service_id {
            return Err(Refusal::Foreign);
        }
        if ticket.expires_at <= now {
            return Err(Refusal::Expired);
        }
        Ok(&ticket.request)
    }

    /// Deletes the ticket if it belongs to the service, expired or not.
    pub fn remove(&mut self, name: Option<&str>, service_id: &str) -> Option<R> {
        let name = name?;
        self.tickets.get(name).filter(|ticket| ticket.service_id == service_id)?;
        self.tickets.remove(name).map(|ticket| ticket.request)
    }

    /// Number of tickets that have not expired.
    pub fn open(&self, now: Duration) -> usize {
        self.tickets.values().filter(|ticket| now < ticket.expires_at).count()
    }
}
