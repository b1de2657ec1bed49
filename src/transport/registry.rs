//! The sockets of a client: shut down from another thread, or closed in a forked child.

use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use once_cell::race::OnceBox;

use super::failure::Failure;
use crate::sys;

/// Slots in one chunk, and how many chunks there may be.
const CHUNK: usize = 64;
const CHUNKS: usize = 64;

/// Every socket of one process.
#[derive(Debug)]
pub struct Registry {
    is_shut_down: AtomicBool,
    streams: Mutex<Vec<Weak<TcpStream>>>,
    /// The descriptors once more, to be read without a lock: a forked child may find it held by a
    /// thread that it does not have.
    descriptors: [OnceBox<[Slot; CHUNK]>; CHUNKS],
}

/// A descriptor, or -1, and the socket that it was.
#[derive(Debug)]
struct Slot {
    descriptor: AtomicI32,
    cookie: AtomicU64,
}

/// A stream that the registry knows until it is dropped.
#[derive(Debug)]
pub struct Registered {
    stream: Arc<TcpStream>,
    registry: Arc<Registry>,
    slot: Option<usize>,
}

impl Registry {
    pub fn new() -> Self {
        Self {
            is_shut_down: AtomicBool::new(false),
            streams: Mutex::default(),
            descriptors: [const { OnceBox::new() }; CHUNKS],
        }
    }

    /// Takes `stream` in, unless the client has been shut down.
    pub fn register(self: &Arc<Self>, stream: TcpStream) -> Result<Registered, Failure> {
        let stream = Arc::new(stream);
        let slot = self.occupy(&stream);
        let registered = Registered { stream, registry: Arc::clone(self), slot };
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock that shutdown takes, so that no socket escapes it.
        if self.is_shut_down.load(Ordering::Acquire) {
            return Err(Failure::ShutDown);
        }
        streams.retain(|stream| stream.strong_count() > 0);
        streams.push(Arc::downgrade(&registered.stream));
        Ok(registered)
    }

    pub fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Ordering::Acquire)
    }

    /// Ends all that waits on a socket; none is taken in any more.
    pub fn shutdown(&self) {
        self.is_shut_down.store(true, Ordering::Release);
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in streams.iter().filter_map(Weak::upgrade) {
            // Fails only where there is nothing left to end.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// In a forked child: closes its copies of the parent's sockets, which the parent goes on
    /// using. Nothing here may be used afterwards.
    pub fn close_inherited(&self) {
        for slot in self.descriptors.iter().filter_map(OnceBox::get).flat_map(|chunk| chunk.iter())
        {
            let descriptor = slot.descriptor.swap(-1, Ordering::AcqRel);
            // The process may have closed it, and opened something else, in the meantime.
            let cookie = slot.cookie.load(Ordering::Acquire);
            if descriptor >= 0 && cookie != 0 && sys::socket_cookie(descriptor) == Some(cookie) {
                sys::close_inherited(descriptor);
            }
        }
    }

    /// Notes the descriptor in a free slot; beyond some thousand, in none.
    fn occupy(&self, stream: &TcpStream) -> Option<usize> {
        let descriptor = stream.as_raw_fd();
        let cookie = sys::socket_cookie(descriptor)?;
        for (number, chunk) in self.descriptors.iter().enumerate() {
            let chunk = chunk.get_or_init(|| Box::new([const { Slot::free() }; CHUNK]));
            for (index, slot) in chunk.iter().enumerate() {
                let free = slot.descriptor.compare_exchange(
                    -1,
                    descriptor,
                    Ordering::AcqRel,
                    Ordering::Relaxed,
                );
                if free.is_ok() {
                    slot.cookie.store(cookie, Ordering::Release);
                    return Some(number * CHUNK + index);
                }
            }
        }
        None
    }

    fn slot(&self, number: usize) -> Option<&Slot> {
        self.descriptors.get(number / CHUNK)?.get()?.get(number % CHUNK)
    }
}

impl Slot {
    const fn free() -> Self {
        Self { descriptor: AtomicI32::new(-1), cookie: AtomicU64::new(0) }
    }
}

impl Registered {
    pub fn get(&self) -> &TcpStream {
        &self.stream
    }

    pub fn is_shut_down(&self) -> bool {
        self.registry.is_shut_down()
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // Before the socket closes: a slot never names a descriptor that is somebody else's by now.
        if let Some(slot) = self.slot.and_then(|number| self.registry.slot(number)) {
            slot.cookie.store(0, Ordering::Release);
            slot.descriptor.store(-1, Ordering::Release);
        }
    }
}
