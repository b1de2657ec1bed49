//! Safe wrappers around libc functions.
#![allow(unsafe_code, reason = "calls into libc")]

mod fork;

use std::io;
use std::mem::{self, MaybeUninit};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::ptr;
use std::time::Duration;

use libc::c_int;
use socket2::{Domain, SockAddr, SockRef, Socket, TcpKeepalive, Type};

pub use fork::{SocketTable, fork_generation};

/// Overwrites `bytes` with zeros. The compiler cannot optimise this away.
pub fn wipe(bytes: &mut [u8]) {
    // SAFETY: the slice is valid for writes over its whole length.
    unsafe { libc::explicit_bzero(bytes.as_mut_ptr().cast(), bytes.len()) };
}

/// Starts a non-blocking connect. Wait with [`poll_writable`], then check the error of the socket.
pub fn start_connect(address: &SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(*address), Type::STREAM.nonblocking(), None)?;
    match socket.connect(&SockAddr::from(*address)) {
        // An interrupted connect continues in the background, like a non-blocking one.
        Err(error) if !matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR)) => {
            Err(error)
        }
        _ => Ok(TcpStream::from(socket)),
    }
}

/// Waits until at least one of `streams` is writable or has failed, but at most `wait`. Returns one
/// flag for each stream.
pub fn poll_writable(streams: &[&TcpStream], wait: Duration) -> io::Result<Vec<bool>> {
    let mut polled: Vec<_> = streams
        .iter()
        .map(|stream| libc::pollfd { fd: stream.as_raw_fd(), events: libc::POLLOUT, revents: 0 })
        .collect();
    // Rounded up: if the poll ended too early, the caller would busy-loop for the rest of `wait`.
    let wait = c_int::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX);
    // SAFETY: pointer and length describe the vector `polled`.
    check(unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, wait) })?;
    Ok(polled.iter().map(|entry| entry.revents != 0).collect())
}

/// Makes the kernel send a TCP keep-alive probe on an idle connection every `interval`, and end the
/// connection after `probes` unacknowledged probes.
pub fn set_keep_alive(stream: &TcpStream, interval: Duration, probes: u32) -> io::Result<()> {
    let keep_alive =
        TcpKeepalive::new().with_time(interval).with_interval(interval).with_retries(probes);
    SockRef::from(stream).set_tcp_keepalive(&keep_alive)
}

/// Makes the kernel reset the connection when `stream` is closed. Otherwise, it continues to
/// retransmit unacknowledged data after the close.
pub fn reset_on_close(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

/// Whether `stream` is open and has no data to read, as expected of an idle connection.
pub fn is_quiet(stream: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    let received = SockRef::from(stream).recv_with_flags(&mut byte, flags);
    received.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// Receives what has already arrived, without blocking.
pub fn receive_pending(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let (room, flags) = (buffer.as_mut_ptr().cast(), libc::MSG_DONTWAIT);
    // SAFETY: `buffer` is valid for writes of `buffer.len()` bytes.
    let read = unsafe { libc::recv(stream.as_raw_fd(), room, buffer.len(), flags) };
    usize::try_from(read).map_err(|_| io::Error::last_os_error())
}

/// The number of bytes sent that the peer has not yet acknowledged.
pub fn unacknowledged(stream: &TcpStream) -> io::Result<usize> {
    let mut bytes: c_int = 0;
    // SAFETY: SIOCOUTQ, which libc calls TIOCOUTQ, writes one int.
    check(unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &mut bytes) })?;
    Ok(usize::try_from(bytes).unwrap_or(0))
}

/// Runs `f` with all signals blocked on this thread. A thread that `f` spawns inherits the mask.
pub fn with_signals_blocked<T>(f: impl FnOnce() -> T) -> T {
    // SAFETY: sigset_t is plain data; all zeros is a valid value.
    let mut all: libc::sigset_t = unsafe { mem::zeroed() };
    let mut before = all;
    // SAFETY: `all` is valid for writes.
    unsafe { libc::sigfillset(&mut all) };
    // SAFETY: both sets are initialised.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before) };
    let _restored = SignalMask(before);
    f()
}

/// Restores the signal mask on drop, even during unwinding.
struct SignalMask(libc::sigset_t);

impl Drop for SignalMask {
    fn drop(&mut self) {
        // SAFETY: the mask was written by pthread_sigmask.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, ptr::null_mut()) };
    }
}

unsafe extern "C" {
    /// A POSIX function that the libc crate does not declare for Linux.
    safe fn pthread_setcancelstate(state: c_int, previous: Option<&mut c_int>) -> c_int;
}

/// `PTHREAD_CANCEL_DISABLE` in pthread.h of glibc and musl.
const CANCEL_DISABLE: c_int = 1;

/// Disables thread cancellation while in scope, because cancellation would unwind through Rust
/// frames. A cancellation request stays pending meanwhile.
pub struct CancelGuard {
    previous: c_int,
}

impl CancelGuard {
    pub fn new() -> Self {
        let mut previous = 0;
        pthread_setcancelstate(CANCEL_DISABLE, Some(&mut previous));
        Self { previous }
    }
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        let mut ignored = 0;
        pthread_setcancelstate(self.previous, Some(&mut ignored));
    }
}

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
