//! The registry of the sockets of one process, for `shutdown` and for fork.
//!
//! Any thread may call `shutdown` while other threads wait on sockets. It must end these waits, but
//! it must not close the sockets: the program may open a file that gets the same descriptor, and a
//! thread that is about to read from the socket would then read from that file. So `shutdown` calls
//! shutdown(2), which ends the connection, or the attempt to connect, but keeps the descriptor. The
//! socket is closed when its owner no longer uses it:
//!
//! 1. Before a connect begins to wait, `register` adds its socket to the list, under the lock. If
//!    the flag is set, it refuses the socket instead. The socket stays in the list until its owner
//!    closes it.
//! 2. `shutdown` sets the flag, takes the lock, and calls shutdown(2) on each socket in the list.
//!    The references are weak: the list does not keep a socket open, but a socket cannot close
//!    during the shutdown(2) call. If its owner drops it meanwhile, `shutdown` closes it
//!    afterwards.
//! 3. A thread whose wait has ended checks the flag. If it is set, the thread reports
//!    [`Failure::ShutDown`] instead of the error or the end of the stream, and closes its socket.
//!
//! No socket is missed: if `register` takes the lock first, the socket is in the list when
//! `shutdown` reads it; otherwise, `register` sees the flag.
//!
//! A wait for a DNS lookup has no socket; the resolver wakes it. Idle connections are closed by the
//! pool ([`super::Transport::shutdown`]).
//!
//! A forked child cannot use the list, because its lock may stay locked forever. It finds its
//! copies of the sockets in a second list, which needs no lock ([`SocketTable`]).

use std::mem;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::failure::Failure;
use crate::sys::SocketTable;

/// The sockets of a client in one process.
#[derive(Debug)]
pub struct Registry {
    is_shut_down: AtomicBool,
    streams: Mutex<Vec<Weak<TcpStream>>>,
    table: SocketTable,
}

/// A registered socket. It is removed from the registry and closed on drop.
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

    /// Registers `stream`. Closes it if the client has been shut down.
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

    /// Ends all waits on sockets and refuses further sockets.
    pub fn shutdown(&self) {
        self.is_shut_down.store(true, Ordering::Release);
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in streams.iter().filter_map(Weak::upgrade) {
            // This fails only if the connection has already ended.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Closes the sockets that a forked child inherited. Call it only in the child. Takes no lock.
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
            // `close_inherited` has closed the descriptor, which may have been reused since. This
            // needs a fork in a signal handler that interrupted a call: the child then continues
            // that call.
            mem::forget(Arc::clone(&self.stream));
        }
    }
}
