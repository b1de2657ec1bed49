//! The connection pool of one process: its idle connections.
//!
//! A call removes a connection from the pool, so that no other call can use it. When it has read
//! the API response to its end, it returns the connection. The pool is LIFO: under low load the
//! same few connections are reused, and surplus connections reach the idle timeout.
//!
//! Reuse has two risks. Each has a check:
//!
//! - The server may have closed the connection, or sent bytes without a request. Suppose that it
//!   sent a stray response. The next call on the connection would take it for its own response and
//!   leave its real one for the call after that. From then on, each call would send the OAuth
//!   client the response for another user. So `take` checks each connection: one recv with
//!   MSG_PEEK must find it open and without data. Over TLS, pending records are processed first,
//!   because session tickets and key updates are harmless.
//! - The end of an API response may be ambiguous, so that its last bytes would be taken for the
//!   next response. The exchange closes such a connection (`may_reuse` in `exchange.rs`), and
//!   `release` closes a connection that has received more bytes than the response.
//!
//! The server may also close a connection just after the check (RFC 9112, 9.3.1). The attempt then
//! fails before the first byte of the API response, and the call retries on a new connection
//! (`retry.rs`).
//!
//! Any number of threads take and release connections. The lock protects only the list: it is held
//! to push and to pop, never during a check, which makes system calls, or while a connection
//! closes.
//!
//! There is no background thread: `take` and `release` close connections that are too old. After a
//! shutdown no connection may stay in the list. `shutdown` sets the flag of the registry and then
//! calls `close_idle`, which takes the lock; `release` reads the flag while it holds the lock. A
//! connection that is released at the same time is therefore closed by one of the two.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::registry::Registry;
use crate::config::Config;

/// The maximum age of a connection. After that time, a client connects to the host's new address if
/// it has changed.
const MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// The idle connections of one process. They are boxed because they move between the pool, the
/// exchange and ureq.
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

    /// Removes and returns an idle connection that can be reused. Closes those that cannot.
    pub fn take(&self) -> Option<Box<Connection>> {
        loop {
            let mut connection = self.lock().pop()?;
            if !self.is_too_old(&connection, Instant::now()) && connection.is_usable() {
                return Some(connection);
            }
        }
    }

    /// Returns a connection to the pool. Its API response must have been read to its end.
    pub fn release(&self, mut connection: Box<Connection>) {
        if connection.has_unread_input() {
            return;
        }
        let now = Instant::now();
        connection.idle_since = now;
        let mut closed = Vec::new();
        let mut idle = self.lock();
        idle.push(connection);
        // Checked under the lock; see the top of this file.
        if self.registry.is_shut_down() {
            closed.append(&mut idle);
        }
        while idle.len() > self.config.max_idle_connections
            || idle.first().is_some_and(|connection| self.is_too_old(connection, now))
        {
            closed.push(idle.remove(0));
        }
        drop(idle);
        drop(closed);
    }

    /// Closes the idle connections. Connections in use are not affected.
    pub fn close_idle(&self) {
        let idle = mem::take(&mut *self.lock());
        drop(idle);
    }

    fn is_too_old(&self, connection: &Connection, now: Instant) -> bool {
        now.duration_since(connection.idle_since) >= self.config.idle_timeout
            || now.duration_since(connection.opened_at) >= MAX_AGE
    }

    #[allow(clippy::vec_box, reason = "as above")]
    fn lock(&self) -> MutexGuard<'_, Vec<Box<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
