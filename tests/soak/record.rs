//! The requests that the server saw for each ticket, until the result of its call has been checked.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

/// One whole request.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
    /// It was not the first request on its connection.
    pub is_reused: bool,
    /// The server closed the connection without a byte of a response.
    pub is_dropped: bool,
}

#[derive(Default)]
pub struct Record {
    seen: Mutex<HashMap<String, Vec<Sighting>>>,
    excused: Mutex<HashSet<String>>,
}

impl Record {
    /// Called before the server sends anything, so that the request is on record when the call
    /// returns.
    pub fn add(&self, ticket: &str, sighting: Sighting) {
        self.seen().entry(ticket.to_owned()).or_default().push(sighting);
    }

    pub fn seen(&self) -> MutexGuard<'_, HashMap<String, Vec<Sighting>>> {
        self.seen.lock().unwrap()
    }

    /// Forgets the requests of the ticket.
    pub fn take(&self, ticket: &str) -> Vec<Sighting> {
        self.seen().remove(ticket).unwrap_or_default()
    }

    /// The call may have any result.
    pub fn excuse(&self, ticket: &str) {
        self.excused.lock().unwrap().insert(ticket.to_owned());
    }

    pub fn is_excused(&self, ticket: &str) -> bool {
        self.excused.lock().unwrap().contains(ticket)
    }
}
