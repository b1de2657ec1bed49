//! What a forked child needs to know about its parent.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use libc::c_void;
use once_cell::race::OnceBox;
use socket2::SockRef;

/// A number that identifies this process: it differs in each forked child. Only the first use makes
/// a system call.
pub fn process_number() -> u64 {
    static DETECTOR: OnceBox<ForkDetector> = OnceBox::new();
    DETECTOR.get_or_init(|| Box::new(ForkDetector::new())).process()
}

/// Detects forks by a page that the kernel fills with zeros in a forked child.
struct ForkDetector(Option<NonNull<AtomicU64>>);

// SAFETY: the page is used only as an atomic, and lives as long as the detector.
unsafe impl Send for ForkDetector {}
// SAFETY: as above.
unsafe impl Sync for ForkDetector {}

const PAGE: usize = 4096;

impl ForkDetector {
    fn new() -> Self {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping, at an address that the kernel chooses.
        let page = unsafe { libc::mmap(ptr::null_mut(), PAGE, protection, flags, -1, 0) };
        if page == libc::MAP_FAILED {
            return Self(None);
        }
        // SAFETY: the range is the mapping just made.
        if unsafe { libc::madvise(page, PAGE, libc::MADV_WIPEONFORK) } != 0 {
            unmap(page);
            return Self(None);
        }
        Self(NonNull::new(page.cast()))
    }

    fn process(&self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let Some(page) = self.0 else {
            // A kernel older than 4.14. The number differs unless the pid is reused.
            return u64::from(std::process::id());
        };
        // SAFETY: mapped until drop, aligned, and zero or written through this atomic.
        let number = unsafe { page.as_ref() };
        match number.load(Ordering::Acquire) {
            0 => {
                let new = NEXT.fetch_add(1, Ordering::Relaxed);
                match number.compare_exchange(0, new, Ordering::AcqRel, Ordering::Acquire) {
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
    // SAFETY: the range is a whole mapping, and nothing refers to it any more.
    unsafe { libc::munmap(page, PAGE) };
}

/// The maximum number of sockets in a table: chunks and slots in each.
const CHUNKS: usize = 64;
const CHUNK_LEN: usize = 64;

/// The descriptors of the sockets of one process, readable without a lock: in a forked child, a lock
/// may be held for ever by a thread that the child does not have.
#[derive(Debug)]
pub struct SocketTable {
    chunks: [OnceBox<[Slot; CHUNK_LEN]>; CHUNKS],
}

/// A descriptor, or -1, and the cookie of its socket.
#[derive(Debug)]
struct Slot {
    descriptor: AtomicI32,
    cookie: AtomicU64,
}

impl SocketTable {
    pub fn new() -> Self {
        Self { chunks: [const { OnceBox::new() }; CHUNKS] }
    }

    /// Adds a socket; `None` if the table is full.
    pub fn insert(&self, stream: &TcpStream) -> Option<usize> {
        let descriptor = stream.as_raw_fd();
        let cookie = SockRef::from(stream).cookie().ok()?;
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

    /// Removes a socket that is about to be closed, so that no slot ever names a descriptor that
    /// belongs to someone else. False if [`Self::close_all`] has already closed it.
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

    /// In a forked child: closes the copies of the parent's sockets. The parent's own descriptors
    /// stay open.
    pub fn close_all(&self) {
        for slot in self.chunks.iter().filter_map(OnceBox::get).flat_map(|chunk| chunk.iter()) {
            let descriptor = slot.descriptor.swap(-1, Ordering::AcqRel);
            let cookie = slot.cookie.load(Ordering::Acquire);
            // The program may have closed the descriptor and opened something else since.
            if descriptor >= 0 && cookie != 0 && cookie_of(descriptor).ok() == Some(cookie) {
                // SAFETY: the cookie shows that it is the socket that was inserted. Nothing else
                // closes it: its owner calls `remove`, which fails from now on.
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

/// The number that identifies a socket even if its descriptor was reused.
fn cookie_of(descriptor: RawFd) -> io::Result<u64> {
    // SAFETY: not -1. If it is closed by now, the system call fails.
    let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
    SockRef::from(&descriptor).cookie()
}
