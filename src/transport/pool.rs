//! The idle connections of one client in one process.
//!
//! A call removes a connection from the pool, so that no other call can use it. Once it has read
//! the whole API response, it puts the connection back. The pool is LIFO: under low load the same
//! few connections are reused, and surplus connections reach the idle timeout.
//!
//! Reuse has two risks, and a check guards against each:
//!
//! - The server may have closed the connection or sent an unsolicited response. The next call on
//!   the connection would take that response for its own and leave its real one for the call after
//!   that. From then on, each call would get the response to an earlier request, which may belong
//!   to another user. So `take` checks each connection with a single recv(MSG_PEEK), which must
//!   show that the connection is open and has no pending data. Over TLS, pending records are
//!   processed first, so that session tickets and key updates do not count as unsolicited data.
//! - The end of an API response may be ambiguous. Its last bytes could then be mistaken for the
//!   next response. The exchange closes such a connection (`may_reuse` in `body.rs`), and
//!   `release` closes a connection that has received bytes beyond the end of the response.
//!
//! The server may also close a connection just after the check (RFC 9112, 9.3.1). The attempt then
//! fails before the first byte of the API response, and the call retries on a new connection
//! (`retry.rs`).
//!
//! Any number of threads may take and release connections concurrently. The lock protects only the
//! list. It is held only to push and pop, never while a connection is being checked or closed,
//! because checking and closing make system calls.
//!
//! There is no background thread: `take` closes connections whose `lifetime` is over. After a
//! shutdown no connection may stay in the list. `shutdown` sets the registry's flag and then calls
//! `close_idle`, which takes the lock; `add` reads the flag while it holds the lock. A connection
//! that is added at the same time is therefore closed by one of the two.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::connection::Connection;
use super::registry::Registry;
use crate::config::Config;
use crate::stats::CloseReason;

/// The list of idle connections. They are boxed because they move between the pool, the exchange
/// and ureq.
#[derive(Debug)]
#[allow(clippy::vec_box, reason = "the boxes move in and out of the vector")]
pub struct Pool {
    config: Arc<Config>,
    registry: Arc<Registry>,
    /// The most recently used connection is the last one.
    idle: Mutex<Vec<Box<Connection>>>,
}

impl Pool {
    pub fn new(config: Arc<Config>, registry: Arc<Registry>) -> Self {
        Self { config, registry, idle: Mutex::default() }
    }

    /// Removes and returns an idle connection that can be reused. Closes the connections that it
    /// finds to be expired or unusable.
    pub fn take(&self, now: Instant) -> Option<Box<Connection>> {
        loop {
            let mut candidate = self.take_last(now)?;
            if candidate.is_usable() {
                return Some(candidate);
            }
            candidate.close(CloseReason::ByServer);
        }
    }

    /// Removes and returns the last connection whose lifetime is not over. Closes the expired
    /// connections at both ends of the list.
    fn take_last(&self, now: Instant) -> Option<Box<Connection>> {
        let is_expired = |connection: &Connection| connection.lifetime.expiry(now).is_some();
        let mut idle = self.lock();
        // The connections are roughly in the order of release, so the first ones expire first.
        let expired = idle.iter().take_while(|connection| is_expired(connection)).count();
        let mut closed: Vec<_> = idle.drain(..expired).collect();
        let mut last = idle.pop();
        while let Some(connection) = last.take_if(|connection| is_expired(connection)) {
            closed.push(connection);
            last = idle.pop();
        }
        drop(idle);
        for connection in closed {
            close_expired(connection, now);
        }
        last
    }

    /// Returns a connection to the pool, or closes it if it must not be reused. The whole API
    /// response must have been read.
    pub fn release(&self, mut connection: Box<Connection>, now: Instant) {
        if connection.has_unread_input() {
            connection.close(CloseReason::NotReusable);
        } else {
            connection.lifetime.begin_idle(now);
            self.add(connection, now);
        }
    }

    /// Adds a connection whose idle time has already begun, or closes it if its lifetime is over.
    pub fn add(&self, connection: Box<Connection>, now: Instant) {
        let Some(connection) = close_expired(connection, now) else {
            return;
        };
        let mut idle = self.lock();
        idle.push(connection);
        // Checked under the lock; see the top of this file.
        let (max, reason) = if self.registry.is_shut_down() {
            (0, CloseReason::Discarded)
        } else {
            (self.config.max_idle_connections, CloseReason::Surplus)
        };
        let surplus = idle.len().saturating_sub(max);
        let closed: Vec<_> = idle.drain(..surplus).collect();
        drop(idle);
        closed.into_iter().for_each(|connection| connection.close(reason));
    }

    /// Closes the idle connections. Connections in use are not affected.
    pub fn close_idle(&self) {
        let idle = mem::take(&mut *self.lock());
        idle.into_iter().for_each(|connection| connection.close(CloseReason::Discarded));
    }

    /// The number of idle connections.
    pub fn idle(&self) -> usize {
        self.lock().len()
    }

    #[allow(clippy::vec_box, reason = "as above")]
    fn lock(&self) -> MutexGuard<'_, Vec<Box<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a connection whose lifetime is over. Returns any other.
fn close_expired(connection: Box<Connection>, now: Instant) -> Option<Box<Connection>> {
    match connection.lifetime.expiry(now) {
        Some(reason) => {
            connection.close(reason);
            None
        }
        None => Some(connection),
    }
}
