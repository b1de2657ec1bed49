//! The requests that the server saw for each ticket, until the result of its call has been checked.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

/// One whole request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// It was not the first request on its connection.
    pub is_reused: bool,
    /// The server closed the connection without a byte of a response.
    pub is_dropped: bool,
}

#[derive(Default)]
struct State {
    seen: HashMap<String, Vec<Sighting>>,
    excused: HashSet<String>,
}

#[derive(Default)]
pub struct Record(Mutex<State>);

impl Record {
    /// Called before the server sends anything, so that the request is on record when the call
    /// returns.
    pub fn responded(&self, ticket: &str, is_reused: bool) {
        self.add(ticket, Sighting { is_reused, is_dropped: false });
    }

    pub fn dropped(&self, ticket: &str, is_reused: bool) {
        self.add(ticket, Sighting { is_reused, is_dropped: true });
    }

    /// Its call may have any result.
    pub fn excuse(&self, ticket: &str) {
        self.lock().excused.insert(ticket.to_owned());
    }

    pub fn has_seen(&self, ticket: &str) -> bool {
        self.lock().seen.contains_key(ticket)
    }

    pub fn is_excused(&self, ticket: &str) -> bool {
        self.lock().excused.contains(ticket)
    }

    /// Forgets the requests of the ticket.
    pub fn take(&self, ticket: &str) -> Vec<Sighting> {
        self.lock().seen.remove(ticket).unwrap_or_default()
    }

    /// The tickets of requests that came after the result of their call.
    pub fn late(&self) -> Vec<String> {
        self.lock().seen.keys().cloned().collect()
    }

    fn add(&self, ticket: &str, sighting: Sighting) {
        self.lock().seen.entry(ticket.to_owned()).or_default().push(sighting);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}
