//! The idle connections of one process.
//!
//! A call takes a connection out of the pool, so that no other call can use it, and puts it back
//! when it has read the API response to its end. The pool is LIFO: under a low load the same
//! connections are used again and again, and the others grow old and are closed.
//!
//! Reuse has two risks, and a check for each:
//!
//! - The server may have closed the connection, or sent bytes that no request asked for. If such
//!   bytes were taken for the next API response, every later response on that connection would go
//!   to the wrong call, and with it to the wrong user. So a connection is checked when it is taken:
//!   one recv with MSG_PEEK must find it open and empty. Over TLS, pending records are processed
//!   first, because session tickets and key updates are harmless.
//! - The end of an API response may be ambiguous, so that its rest would be taken for the next one.
//!   The exchange does not release such a connection (`may_reuse` in `exchange.rs`), and `release`
//!   refuses a connection that has received more than the response.
//!
//! A server may also close the connection just after the check (RFC 9112, 9.3.1). Then the call ends
//! without a byte of the API response and is retried on a new connection (`retry.rs`).
//!
//! The lock is held only to push and to pop. Checks and closing happen outside it. No thread watches
//! idle connections: those that are too old are closed when another is taken or released.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::registry::Registry;
use crate::config::Config;

/// The maximum age of a connection that is reused. A client follows a host that has moved by then.
const MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// Connections are boxed because they move between the pool, the exchange and ureq.
#[derive(Debug)]
#[allow(clippy::vec_box, reason = "the box moves on, out of the vector")]
pub struct Pool {
    config: Arc<Config>,
    registry: Arc<Registry>,
    /// The last one is the newest.
    idle: Mutex<Vec<Box<Connection>>>,
}

impl Pool {
    pub fn new(config: Arc<Config>, registry: Arc<Registry>) -> Self {
        Self { config, registry, idle: Mutex::default() }
    }

    /// An idle connection that can be reused.
    pub fn take(&self) -> Option<Box<Connection>> {
        loop {
            let mut connection = self.lock().pop()?;
            if !self.is_too_old(&connection, Instant::now()) && connection.is_usable() {
                return Some(connection);
            }
        }
    }

    /// Takes a connection whose API response has been read to its end.
    pub fn release(&self, mut connection: Box<Connection>) {
        if connection.has_unread_input() {
            return;
        }
        let now = Instant::now();
        connection.idle_since = now;
        let mut closed = Vec::new();
        let mut idle = self.lock();
        idle.push(connection);
        // Under the lock, which `close_idle` takes after the registry was shut down.
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

    /// Closes the idle connections. Those in use are not affected.
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
