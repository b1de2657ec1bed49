//! What only libc can do, as safe functions.
#![allow(unsafe_code, reason = "the bottom edge: calls into libc")]

use std::io;
use std::mem;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use libc::{c_int, c_void, sockaddr_in, sockaddr_in6, socklen_t};
use once_cell::race::OnceBox;

/// Overwrites `bytes` with zeros in a way that the optimiser keeps.
pub fn wipe(bytes: &mut [u8]) {
    // SAFETY: the slice is valid for writes over its whole length.
    unsafe { libc::explicit_bzero(bytes.as_mut_ptr().cast(), bytes.len()) };
}

/// Begins to connect without waiting; wait with [`poll_writable`], then ask the stream for its error.
pub fn start_connect(address: &SocketAddr) -> io::Result<TcpStream> {
    let family = if address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: takes and returns integers.
    let descriptor = check(unsafe { libc::socket(family, kind, 0) })?;
    // SAFETY: just opened, and owned by nothing else.
    let socket = unsafe { OwnedFd::from_raw_fd(descriptor) };
    let connected = match address {
        SocketAddr::V4(address) => connect(
            &socket,
            &sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: address.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
                sin_zero: [0; 8],
            },
        ),
        SocketAddr::V6(address) => connect(
            &socket,
            &sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: address.port().to_be(),
                sin6_flowinfo: address.flowinfo(),
                sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
                sin6_scope_id: address.scope_id(),
            },
        ),
    };
    match connected {
        // An interrupted connect goes on by itself, as a non-blocking one does.
        Err(error) if !matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR)) => {
            Err(error)
        }
        _ => Ok(TcpStream::from(socket)),
    }
}

fn connect<T>(socket: &OwnedFd, address: &T) -> io::Result<c_int> {
    let len = mem::size_of::<T>() as socklen_t;
    // SAFETY: `address` is a socket address of the family that its first member says, `len` long.
    check(unsafe { libc::connect(socket.as_raw_fd(), ptr::from_ref(address).cast(), len) })
}

/// Waits until some of `streams` can be written to or have failed, and says which; at most `wait`.
pub fn poll_writable(streams: &[&TcpStream], wait: Duration) -> io::Result<Vec<bool>> {
    let mut polled: Vec<_> = streams
        .iter()
        .map(|stream| libc::pollfd { fd: stream.as_raw_fd(), events: libc::POLLOUT, revents: 0 })
        .collect();
    // Rounded up: a wait that ends early would be repeated without pause.
    let wait = c_int::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX);
    // SAFETY: the pointer and the length are those of one vector.
    check(unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, wait) })?;
    Ok(polled.iter().map(|entry| entry.revents != 0).collect())
}

/// Whether `stream` is open and has nothing to read: right for a connection that idles.
pub fn is_quiet(stream: &TcpStream) -> bool {
    let mut byte = 0_u8;
    let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    // SAFETY: room for the one byte that is asked for.
    let read = unsafe { libc::recv(stream.as_raw_fd(), ptr::from_mut(&mut byte).cast(), 1, flags) };
    read < 0 && io::Error::last_os_error().kind() == io::ErrorKind::WouldBlock
}

/// Receives what has already arrived, without blocking.
pub fn receive_pending(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let (room, flags) = (buffer.as_mut_ptr().cast(), libc::MSG_DONTWAIT);
    // SAFETY: `buffer` has room for the bytes that are asked for.
    let read = unsafe { libc::recv(stream.as_raw_fd(), room, buffer.len(), flags) };
    usize::try_from(read).map_err(|_| io::Error::last_os_error())
}

/// How many of the bytes sent the peer has not acknowledged yet.
pub fn unacknowledged(stream: &TcpStream) -> io::Result<usize> {
    let mut bytes: c_int = 0;
    // SAFETY: SIOCOUTQ, which libc calls TIOCOUTQ, writes one int.
    check(unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &mut bytes) })?;
    Ok(usize::try_from(bytes).unwrap_or(0))
}

/// What tells a socket from every other, also where its descriptor has been reused.
pub fn socket_cookie(descriptor: RawFd) -> Option<u64> {
    let mut cookie = 0_u64;
    let mut len = mem::size_of::<u64>() as socklen_t;
    // SAFETY: `cookie` has room for the `len` bytes that are asked for.
    let result = unsafe {
        libc::getsockopt(
            descriptor,
            libc::SOL_SOCKET,
            libc::SO_COOKIE,
            ptr::from_mut(&mut cookie).cast(),
            &mut len,
        )
    };
    (result == 0).then_some(cookie)
}

/// Closes a descriptor that no object of this process will close.
pub fn close_inherited(descriptor: RawFd) {
    // SAFETY: takes an integer; the caller has made sure whose descriptor it is.
    unsafe { libc::close(descriptor) };
}

/// Runs `f` with all signals blocked on this thread, for a thread that it spawns to inherit.
pub fn with_signals_blocked<T>(f: impl FnOnce() -> T) -> T {
    // SAFETY: sigset_t is plain data, for which zeros are a value.
    let mut all: libc::sigset_t = unsafe { mem::zeroed() };
    let mut before = all;
    // SAFETY: `all` is valid for writes.
    unsafe { libc::sigfillset(&mut all) };
    // SAFETY: both sets are initialised.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before) };
    let _restored = SignalMask(before);
    f()
}

/// The mask to return to, also when a panic passes by.
struct SignalMask(libc::sigset_t);

impl Drop for SignalMask {
    fn drop(&mut self) {
        // SAFETY: the mask was written by pthread_sigmask.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, ptr::null_mut()) };
    }
}

unsafe extern "C" {
    /// POSIX; the libc crate does not declare it for Linux.
    safe fn pthread_setcancelstate(state: c_int, previous: Option<&mut c_int>) -> c_int;
}

/// `PTHREAD_CANCEL_DISABLE` of glibc's pthread.h.
const CANCEL_DISABLE: c_int = 1;

/// While it lives, `pthread_cancel` does not act on this thread; it would unwind through Rust.
pub struct NotCancellable {
    previous: c_int,
}

impl NotCancellable {
    pub fn new() -> Self {
        let mut previous = 0;
        pthread_setcancelstate(CANCEL_DISABLE, Some(&mut previous));
        Self { previous }
    }
}

impl Drop for NotCancellable {
    fn drop(&mut self) {
        let mut ignored = 0;
        pthread_setcancelstate(self.previous, Some(&mut ignored));
    }
}

/// A number that identifies this process; each forked child has another. Only the first use makes a
/// system call.
pub fn process_number() -> u64 {
    static DETECTOR: OnceBox<ForkDetector> = OnceBox::new();
    DETECTOR.get_or_init(|| Box::new(ForkDetector::new())).process()
}

/// Tells a forked child from its parent: a page that a fork fills with zeros.
struct ForkDetector(Option<NonNull<AtomicU64>>);

// SAFETY: the page is only ever used as an atomic, and lives as long as the detector.
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
    // SAFETY: the whole of a mapping that nothing refers to any more.
    unsafe { libc::munmap(page, PAGE) };
}

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
