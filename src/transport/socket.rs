//! A connected TCP socket whose waits end at a deadline.

use std::io::{self, Read, Write};
use std::time::Duration;

use super::deadline::Deadline;
use super::dial::Dialled;
use super::failure::Failure;
use super::registry::TrackedStream;
use crate::config::Config;
use crate::sys;

/// The minimum timeout. The kernel measures timeouts in ticks, so it does not honour shorter ones.
const MIN_TIMEOUT: Duration = Duration::from_millis(1);

/// Linux ends a wait of up to this length at most a few hundredths of a second late.
const MAX_EXACT_TIMEOUT: Duration = Duration::from_millis(500);

/// A receiver delays an acknowledgement by less than this (RFC 1122, 4.2.3.2).
const MAX_ACKNOWLEDGEMENT_DELAY: Duration = Duration::from_millis(500);

/// The minimum round trip for the check in [`Socket::is_unsolicited`]. With a shorter one, the
/// check is not worth a system call: a stray response has little time to arrive between the check
/// before reuse and the arrival of the request.
const MIN_ROUND_TRIP: Duration = Duration::from_millis(1);

/// The idle time before the first TCP keep-alive probe, and the time between probes. NATs and
/// firewalls drop idle connections, usually after a few minutes; the probes prevent that.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// The number of unacknowledged probes after which the kernel ends a connection.
const KEEP_ALIVE_PROBES: u32 = 3;

/// A socket in blocking mode with a read and a write timeout. The timeout of a wait is the time
/// left until the deadline, but at most `max_timeout`. While more than that is left, the timeout
/// does not change. Most calls therefore make no system call to set it.
///
/// If a wait on a reused connection lasts for `max_timeout`, the connection may be dead although
/// the kernel has reported no error: the peer has vanished, or a NAT has dropped the connection. If
/// the peer has not acknowledged any byte of the request, the attempt fails, and the call retries
/// on a new connection. A slow server is not affected, because its kernel acknowledges the request.
/// TCP_USER_TIMEOUT is not suitable: it also ends a connection whose peer acknowledges data but has
/// a full receive buffer, and a new connection after a short network outage.
#[derive(Debug)]
pub struct Socket {
    stream: TrackedStream,
    deadline: Deadline,
    read_timeout: Duration,
    write_timeout: Duration,
    connect_timeout: Duration,
    max_timeout: Duration,
    /// Whether a wait of `max_timeout` is long enough to expect an acknowledgement.
    detects_silence: bool,
    is_reused: bool,
    /// The duration of the TCP handshake.
    round_trip: Duration,
    /// The number of bytes sent in the current exchange.
    sent: usize,
    /// The number of bytes received in the current exchange.
    received: usize,
}

impl Socket {
    pub fn new(dialled: Dialled, deadline: Deadline, config: &Config) -> io::Result<Self> {
        let Dialled { stream, round_trip, .. } = dialled;
        let (max_timeout, detects_silence) = max_timeout(config.connect_timeout, deadline);
        let tcp = stream.get();
        // An error is ignored: calls also work without keep-alive probes.
        let _ = sys::set_keep_alive(tcp, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_PROBES);
        tcp.set_nonblocking(false)?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(max_timeout))?;
        tcp.set_write_timeout(Some(max_timeout))?;
        Ok(Self {
            stream,
            deadline,
            read_timeout: max_timeout,
            write_timeout: max_timeout,
            connect_timeout: config.connect_timeout,
            max_timeout,
            detects_silence,
            is_reused: false,
            round_trip,
            sent: 0,
            received: 0,
        })
    }

    /// Whether the connection is open and there is no data to read.
    pub fn is_quiet(&self) -> bool {
        sys::is_quiet(self.stream.get())
    }

    /// Prepares for the next exchange.
    pub fn begin_exchange(&mut self, deadline: Deadline, is_reused: bool) {
        self.deadline = deadline;
        (self.max_timeout, self.detects_silence) = max_timeout(self.connect_timeout, deadline);
        self.is_reused = is_reused;
        self.sent = 0;
        self.received = 0;
    }

    /// Whether a byte has been received in the current exchange.
    pub fn has_received(&self) -> bool {
        self.received > 0
    }

    /// Whether the response whose first bytes have just been received cannot be a response to the
    /// request of this exchange.
    ///
    /// A response to a request acknowledges at least the first segment of the request (RFC 9293,
    /// 3.10.7.4). If no byte of the request is acknowledged, the server sent the response before it
    /// received the request: it is a stray response that arrived after the check before reuse.
    /// Through a proxy, the acknowledgement is the proxy's, which makes the check weaker but not
    /// wrong.
    pub fn is_unsolicited(&self) -> bool {
        self.round_trip >= MIN_ROUND_TRIP && self.is_unacknowledged()
    }

    /// Receives data that has already arrived, without blocking. Returns 0 at the end of the
    /// stream.
    pub fn receive_pending(&self, buffer: &mut [u8]) -> io::Result<usize> {
        sys::receive_pending(self.stream.get(), buffer)
    }

    /// Receives at least one byte. Returns 0 at the end of the stream.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            let timeout = self.next_timeout()?;
            let tcp = self.stream.get();
            let set = |timeout| tcp.set_read_timeout(timeout);
            update_timeout(&mut self.read_timeout, timeout, set)
                .map_err(|error| self.broken(error))?;
            match self.stream.get().read(buffer) {
                // After shutdown(2), a read returns 0, as at the end of the stream.
                Ok(0) if self.stream.is_shut_down() => return Err(Failure::ShutDown),
                Ok(len) => {
                    self.received += len;
                    return Ok(len);
                }
                Err(error) => self.end_of_wait(error, timeout)?,
            }
        }
    }

    /// Sends at least one byte and returns the number of bytes sent.
    pub fn send(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        loop {
            let timeout = self.next_timeout()?;
            let tcp = self.stream.get();
            let set = |timeout| tcp.set_write_timeout(timeout);
            update_timeout(&mut self.write_timeout, timeout, set)
                .map_err(|error| self.broken(error))?;
            // `write` uses send(2) with MSG_NOSIGNAL. A vectored write would use writev(2), which
            // can raise SIGPIPE.
            match self.stream.get().write(bytes) {
                Ok(0) => return Err(self.broken(io::ErrorKind::WriteZero.into())),
                Ok(len) => {
                    self.sent += len;
                    return Ok(len);
                }
                Err(error) => self.end_of_wait(error, timeout)?,
            }
        }
    }

    /// Sends all of `bytes`.
    pub fn send_all(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            let len = self.send(bytes)?;
            bytes = bytes.get(len..).unwrap_or_default();
        }
        Ok(())
    }

    /// Handles the error that ended a wait. Returns `Ok` if the operation must be repeated: a
    /// signal interrupted it, or the timeout of the socket expired before the deadline.
    fn end_of_wait(&self, error: io::Error, timeout: Duration) -> Result<(), Failure> {
        match error.kind() {
            io::ErrorKind::Interrupted => Ok(()),
            io::ErrorKind::WouldBlock => {
                let is_long = self.detects_silence && timeout == self.max_timeout;
                if self.is_reused && is_long && self.is_unacknowledged() {
                    self.reset_on_close();
                    return Err(Failure::Unacknowledged(timeout));
                }
                Ok(())
            }
            _ => Err(self.broken(error)),
        }
    }

    /// Prevents the kernel from retransmitting the request after this socket is closed and the call
    /// retries on another connection.
    pub fn reset_on_close(&self) {
        // If this fails, Authlete may receive both requests, as it may after other retries.
        let _ = sys::reset_on_close(self.stream.get());
    }

    /// Whether bytes were sent in the current exchange, and the peer has acknowledged none of them.
    fn is_unacknowledged(&self) -> bool {
        self.sent > 0
            && sys::unacknowledged(self.stream.get()).is_ok_and(|bytes| bytes >= self.sent)
    }

    fn broken(&self, error: io::Error) -> Failure {
        use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, TimedOut};
        match error.kind() {
            _ if self.stream.is_shut_down() => Failure::ShutDown,
            // When the kernel ends a connection because the peer does not respond, it reports a
            // timeout, or the last ICMP error if it received one.
            TimedOut | HostUnreachable | NetworkUnreachable | ConnectionRefused
                if self.is_reused =>
            {
                Failure::Vanished(error)
            }
            _ => Failure::Broken(error),
        }
    }

    /// The timeout for the next wait. The kernel may end a long wait late, by up to an eighth, so
    /// that a wait until the deadline consists of a longer and a shorter one.
    fn next_timeout(&self) -> Result<Duration, Failure> {
        let remaining = self.deadline.remaining()?;
        let wait = if remaining > MAX_EXACT_TIMEOUT { remaining / 8 * 7 } else { remaining };
        Ok(wait.clamp(MIN_TIMEOUT, self.max_timeout))
    }
}

/// Returns the maximum timeout of a wait, and whether the wait is long enough to expect an
/// acknowledgement. It is the connect timeout, but at most half of the timeout of the call, so that
/// there is time for a second attempt.
fn max_timeout(connect_timeout: Duration, deadline: Deadline) -> (Duration, bool) {
    let half = deadline.timeout() / 2;
    let timeout = connect_timeout.max(MAX_ACKNOWLEDGEMENT_DELAY).min(half);
    (timeout.max(MIN_TIMEOUT), timeout >= MAX_ACKNOWLEDGEMENT_DELAY)
}

/// Sets a timeout of the socket, unless it is already set to that value.
fn update_timeout(
    current: &mut Duration,
    timeout: Duration,
    set: impl FnOnce(Option<Duration>) -> io::Result<()>,
) -> io::Result<()> {
    if *current != timeout {
        set(Some(timeout))?;
        *current = timeout;
    }
    Ok(())
}
