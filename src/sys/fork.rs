//! Fork support: detects that the process is a forked child, and closes the sockets that the child
//! inherited from its parent. Nothing here takes a lock, because in a child a lock may be held
//! forever by a thread that exists only in the parent.

use std::mem;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use libc::{c_int, c_void};
use once_cell::race::OnceBox;

/// The fork generation: a number that stays the same within a process and differs from the number
/// of each of its ancestors. Only the first use makes system calls, except on kernels older than
/// 4.14 and under qemu-user.
pub fn fork_generation() -> u64 {
    static DETECTOR: OnceBox<ForkDetector> = OnceBox::new();
    DETECTOR.get_or_init(|| Box::new(ForkDetector::new())).generation()
}

/// Detects a fork with a page that the kernel fills with zeros in the child (MADV_WIPEONFORK). A
/// zero there means that this process has not chosen its number yet. `None` if there is no such
/// page.
struct ForkDetector(Option<NonNull<AtomicU64>>);

// SAFETY: the page is accessed only as an atomic and lives as long as the detector.
unsafe impl Send for ForkDetector {}
// SAFETY: as above.
unsafe impl Sync for ForkDetector {}

const PAGE: usize = 4096;

impl ForkDetector {
    fn new() -> Self {
        const UNDEFINED: c_int = -1;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: this creates a new mapping at an address that the kernel chooses.
        let page = unsafe { libc::mmap(ptr::null_mut(), PAGE, protection, flags, -1, 0) };
        if page == libc::MAP_FAILED {
            return Self(None);
        }
        // qemu-user ignores the advice, and returns success for every value.
        // SAFETY: the range is the mapping that was just created; undefined advice does nothing.
        let ignores_advice = unsafe { libc::madvise(page, PAGE, UNDEFINED) } == 0;
        // SAFETY: the range is the mapping that was just created.
        if ignores_advice || unsafe { libc::madvise(page, PAGE, libc::MADV_WIPEONFORK) } != 0 {
            unmap(page);
            return Self(None);
        }
        Self(NonNull::new(page.cast()))
    }

    fn generation(&self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let Some(page) = self.0 else {
            // A kernel older than 4.14, or qemu-user. The process ID also differs from that of
            // each ancestor, unless it was reused.
            return u64::from(std::process::id());
        };
        // SAFETY: the page is aligned and mapped until drop. It is zero or was written through this
        // atomic.
        let generation = unsafe { page.as_ref() };
        match generation.load(Ordering::Acquire) {
            0 => {
                let new = NEXT.fetch_add(1, Ordering::Relaxed);
                match generation.compare_exchange(0, new, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => new,
                    Err(other) => other,
                }
            }
            known => known,
        }
    }
}

impl Drop for ForkDetector {
    fn drop(&mut self) {
        if let Some(page) = self.0 {
            unmap(page.as_ptr().cast());
        }
    }
}

fn unmap(page: *mut c_void) {
    // SAFETY: the range is a whole mapping, and no reference to it remains.
    unsafe { libc::munmap(page, PAGE) };
}

/// A table has room for `CHUNKS` times `CHUNK_LEN` sockets. A chunk is allocated when it is needed.
const CHUNKS: usize = 64;
const CHUNK_LEN: usize = 64;

/// The descriptors of the open sockets of one process, which a forked child can read without a
/// lock.
#[derive(Debug)]
pub struct SocketTable {
    chunks: [OnceBox<[Slot; CHUNK_LEN]>; CHUNKS],
}

/// A descriptor, which is -1 if the slot is free, and the cookie of its socket.
#[derive(Debug)]
struct Slot {
    descriptor: AtomicI32,
    cookie: AtomicU64,
}

impl SocketTable {
    pub fn new() -> Self {
        Self { chunks: [const { OnceBox::new() }; CHUNKS] }
    }

    /// Adds a socket and returns its position, or `None` if the table is full or the socket has no
    /// cookie. A socket that is not in the table stays open in a forked child. So does one that
    /// another thread is opening or closing at the time of the fork.
    pub fn insert(&self, stream: &TcpStream) -> Option<usize> {
        let descriptor = stream.as_raw_fd();
        let cookie = cookie_of(descriptor)?;
        for (number, chunk) in self.chunks.iter().enumerate() {
            let chunk = chunk.get_or_init(|| Box::new([const { Slot::free() }; CHUNK_LEN]));
            for (index, slot) in chunk.iter().enumerate() {
                let free = slot.descriptor.compare_exchange(
                    -1,
                    descriptor,
                    Ordering::AcqRel,
                    Ordering::Relaxed,
                );
                if free.is_ok() {
                    slot.cookie.store(cookie, Ordering::Release);
                    return Some(number * CHUNK_LEN + index);
                }
            }
        }
        None
    }

    /// Removes a socket. Call it before the descriptor is closed: afterwards the descriptor may be
    /// reused for another file. Returns false if [`Self::close_all`] has already closed it.
    pub fn remove(&self, position: usize) -> bool {
        let Some(chunk) = self.chunks.get(position / CHUNK_LEN).and_then(OnceBox::get) else {
            return true;
        };
        let Some(slot) = chunk.get(position % CHUNK_LEN) else {
            return true;
        };
        slot.cookie.store(0, Ordering::Release);
        slot.descriptor.swap(-1, Ordering::AcqRel) >= 0
    }

    /// Closes the descriptors that a forked child inherited. Call it only in the child. The
    /// parent's descriptors are separate and stay open.
    pub fn close_all(&self) {
        for slot in self.chunks.iter().filter_map(OnceBox::get).flat_map(|chunk| chunk.iter()) {
            let descriptor = slot.descriptor.swap(-1, Ordering::AcqRel);
            let cookie = slot.cookie.load(Ordering::Acquire);
            // The program may have closed the descriptor in the child and reused it for another
            // file.
            if descriptor >= 0 && cookie != 0 && cookie_of(descriptor) == Some(cookie) {
                // SAFETY: the cookie proves that the descriptor is the socket that was inserted.
                // Nothing else closes it: its owner calls `remove` first, which now returns false.
                drop(unsafe { OwnedFd::from_raw_fd(descriptor) });
            }
        }
    }
}

impl Slot {
    const fn free() -> Self {
        Self { descriptor: AtomicI32::new(-1), cookie: AtomicU64::new(0) }
    }
}

/// The socket cookie, which is unique to a socket even if its descriptor is reused.
fn cookie_of(descriptor: RawFd) -> Option<u64> {
    let mut cookie = 0_u64;
    let mut len = mem::size_of::<u64>() as libc::socklen_t;
    let (value, option) = (ptr::from_mut(&mut cookie).cast(), libc::SO_COOKIE);
    // SAFETY: `cookie` has room for `len` bytes. If the descriptor is closed, the call fails.
    let result = unsafe { libc::getsockopt(descriptor, libc::SOL_SOCKET, option, value, &mut len) };
    (result == 0).then_some(cookie)
}
