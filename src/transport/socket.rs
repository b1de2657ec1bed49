//! A connected TCP socket. Every wait ends at a deadline.

use std::io::{self, Read, Write};
use std::time::Duration;

use super::deadline::Deadline;
use super::failure::Failure;
use super::registry::TrackedStream;
use crate::sys;

/// The kernel measures timeouts in ticks and cannot honour a shorter one.
const MIN_TIMEOUT: Duration = Duration::from_millis(1);

/// With shorter round trips, the check for stray responses is not worth a system call: after the
/// probe before each reuse, a stray response has little time to arrive unnoticed.
const MIN_ROUND_TRIP: Duration = Duration::from_millis(1);

/// A socket in blocking mode. Its timeouts are set again only if they are too long, so a call on an
/// idle connection usually sets none.
#[derive(Debug)]
pub struct Socket {
    stream: TrackedStream,
    deadline: Deadline,
    read_timeout: Duration,
    write_timeout: Duration,
    usual_timeout: Duration,
    /// The duration of the TCP handshake.
    round_trip: Duration,
    /// Bytes sent in the current exchange.
    sent: usize,
    /// Bytes received in the current exchange.
    received: usize,
}

impl Socket {
    /// Takes over a connected stream. `timeout` is that of a call: a wait of half of it ends before
    /// the deadline of a call that has just begun.
    pub fn new(
        stream: TrackedStream,
        deadline: Deadline,
        timeout: Duration,
        round_trip: Duration,
    ) -> io::Result<Self> {
        let usual_timeout = (timeout / 2).max(MIN_TIMEOUT);
        let tcp = stream.get();
        tcp.set_nonblocking(false)?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(usual_timeout))?;
        tcp.set_write_timeout(Some(usual_timeout))?;
        Ok(Self {
            stream,
            deadline,
            read_timeout: usual_timeout,
            write_timeout: usual_timeout,
            usual_timeout,
            round_trip,
            sent: 0,
            received: 0,
        })
    }

    /// Whether there is nothing to receive and the server has not closed the connection.
    pub fn is_quiet(&self) -> bool {
        sys::is_quiet(self.stream.get())
    }

    /// Prepares for the next exchange.
    pub fn begin_exchange(&mut self, deadline: Deadline) {
        self.deadline = deadline;
        self.sent = 0;
        self.received = 0;
    }

    /// Whether a byte has been received in the current exchange.
    pub fn has_received(&self) -> bool {
        self.received > 0
    }

    /// Checks the first bytes of a response, which have just been received.
    ///
    /// A response to the request of this exchange acknowledges at least its first segment (RFC
    /// 9293, 3.10.7.4). If none of the request is acknowledged, the server sent this response before
    /// the request arrived: it is a stray response that arrived after the check before the reuse.
    pub fn check_solicited(&self) -> Result<(), Failure> {
        let is_unsolicited = self.round_trip >= MIN_ROUND_TRIP
            && sys::unacknowledged(self.stream.get()).is_ok_and(|bytes| bytes >= self.sent);
        if is_unsolicited { Err(Failure::Unsolicited) } else { Ok(()) }
    }

    /// Receives what has already arrived, without blocking; 0 is the end of the stream.
    pub fn receive_pending(&self, buffer: &mut [u8]) -> io::Result<usize> {
        sys::receive_pending(self.stream.get(), buffer)
    }

    /// Receives at least one byte; 0 is the end of the stream.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            let timeout = self.next_timeout()?;
            let tcp = self.stream.get();
            let set = |timeout| tcp.set_read_timeout(timeout);
            update_timeout(&mut self.read_timeout, timeout, set)
                .map_err(|error| self.broken(error))?;
            match self.stream.get().read(buffer) {
                // A shut-down socket reads as the end of the stream.
                Ok(0) if self.stream.is_shut_down() => return Err(Failure::ShutDown),
                Ok(len) => {
                    self.received += len;
                    return Ok(len);
                }
                Err(error) if is_transient(&error) => {}
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    /// Sends some of `bytes`.
    pub fn send(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        loop {
            let timeout = self.next_timeout()?;
            let tcp = self.stream.get();
            let set = |timeout| tcp.set_write_timeout(timeout);
            update_timeout(&mut self.write_timeout, timeout, set)
                .map_err(|error| self.broken(error))?;
            // std sends with MSG_NOSIGNAL. A vectored write would raise SIGPIPE.
            match self.stream.get().write(bytes) {
                Ok(0) => return Err(self.broken(io::ErrorKind::WriteZero.into())),
                Ok(len) => {
                    self.sent += len;
                    return Ok(len);
                }
                Err(error) if is_transient(&error) => {}
                Err(error) => return Err(self.broken(error)),
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

    fn broken(&self, error: io::Error) -> Failure {
        if self.stream.is_shut_down() { Failure::ShutDown } else { Failure::Broken(error) }
    }

    /// The timeout for the next wait: until the deadline, but not longer than usual.
    fn next_timeout(&self) -> Result<Duration, Failure> {
        Ok(self.deadline.remaining()?.clamp(MIN_TIMEOUT, self.usual_timeout))
    }
}

/// Sets a timeout of the socket if it differs from the current one.
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

/// Whether the operation has to be repeated: a signal arrived, or the timeout of the socket was
/// shorter than the time left.
fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}
