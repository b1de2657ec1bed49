//! The sockets of a client in one process.
//!
//! `shutdown` may be called by any thread while others wait on sockets, and the sockets must not
//! close under them. So every socket is registered from the start of its connect until it closes:
//!
//! 1. `register` adds a socket under the lock, or refuses it if the client has been shut down.
//! 2. `shutdown` sets the flag, then takes the lock and calls shutdown(2) on every socket. This ends
//!    each wait; the thread that waits closes the descriptor. A socket that was registered before is
//!    in the list, one that comes later sees the flag: none is missed.
//! 3. A thread whose wait ended looks at the flag. If it is set, the end of the stream or the error
//!    is reported as [`Failure::ShutDown`].
//!
//! Calls that wait for a DNS lookup are woken by the resolver ([`super::Transport::shutdown`]). Idle
//! connections are closed by the pool, which looks at the flag under its own lock when a connection
//! is released.
//!
//! A forked child cannot take the lock. It closes its copies of the sockets by a second list, which
//! needs none ([`SocketTable`]).

use std::mem;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::failure::Failure;
use crate::sys::SocketTable;

/// Every socket of one process.
#[derive(Debug)]
pub struct Registry {
    is_shut_down: AtomicBool,
    streams: Mutex<Vec<Weak<TcpStream>>>,
    table: SocketTable,
}

/// A stream that is registered until it is dropped.
#[derive(Debug)]
pub struct TrackedStream {
    stream: Arc<TcpStream>,
    registry: Arc<Registry>,
    position: Option<usize>,
}

impl Registry {
    pub fn new() -> Self {
        Self {
            is_shut_down: AtomicBool::new(false),
            streams: Mutex::default(),
            table: SocketTable::new(),
        }
    }

    /// Registers `stream`, unless the client has been shut down.
    pub fn register(self: &Arc<Self>, stream: TcpStream) -> Result<TrackedStream, Failure> {
        let stream = Arc::new(stream);
        let position = self.table.insert(&stream);
        let tracked = TrackedStream { stream, registry: Arc::clone(self), position };
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_shut_down() {
            return Err(Failure::ShutDown);
        }
        streams.retain(|stream| stream.strong_count() > 0);
        streams.push(Arc::downgrade(&tracked.stream));
        Ok(tracked)
    }

    pub fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Ordering::Acquire)
    }

    /// Ends every wait on a socket, and refuses further sockets.
    pub fn shutdown(&self) {
        self.is_shut_down.store(true, Ordering::Release);
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in streams.iter().filter_map(Weak::upgrade) {
            // Fails only if the connection has already ended.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// In a forked child: closes the copies of the parent's sockets. Takes no lock.
    pub fn close_inherited(&self) {
        self.table.close_all();
    }
}

impl TrackedStream {
    pub fn get(&self) -> &TcpStream {
        &self.stream
    }

    pub fn is_shut_down(&self) -> bool {
        self.registry.is_shut_down()
    }
}

impl Drop for TrackedStream {
    fn drop(&mut self) {
        if self.position.is_some_and(|position| !self.registry.table.remove(position)) {
            // Closed already: the descriptor may belong to someone else.
            mem::forget(Arc::clone(&self.stream));
        }
    }
}
