//! A connected TCP socket whose every wait ends at the deadline of the attempt.

use std::io::{self, Read, Write};
use std::time::Duration;

use super::attempt::Attempt;
use super::failure::Failure;
use super::registry::Registered;
use crate::sys;

/// The kernel measures short waits in ticks; a shorter timeout than this would not be kept.
const MIN_WAIT: Duration = Duration::from_millis(1);

/// With shorter round trips, the check for stray responses is not worth another system call: after
/// the check before each reuse, a stray response has little time to arrive unnoticed.
const MIN_ROUND_TRIP: Duration = Duration::from_millis(1);

/// A socket in blocking mode, with timeouts that are set again only when they would be too long.
#[derive(Debug)]
pub struct Socket {
    stream: Registered,
    read_wait: Duration,
    write_wait: Duration,
    usual_wait: Duration,
    /// The duration of the TCP handshake.
    round_trip: Duration,
    /// Bytes sent in the current exchange.
    sent: usize,
}

impl Socket {
    /// Takes over a connected stream. A wait of half of `timeout` always ends before a deadline
    /// that is `timeout` away, or nearly so: in the usual case no timeout is ever set again.
    pub fn new(stream: Registered, timeout: Duration, round_trip: Duration) -> io::Result<Self> {
        let usual_wait = (timeout / 2).max(MIN_WAIT);
        let tcp = stream.get();
        tcp.set_nonblocking(false)?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(usual_wait))?;
        tcp.set_write_timeout(Some(usual_wait))?;
        let (read_wait, write_wait) = (usual_wait, usual_wait);
        Ok(Self { stream, read_wait, write_wait, usual_wait, round_trip, sent: 0 })
    }

    /// Whether nothing has come and the server has not closed.
    pub fn is_quiet(&self) -> bool {
        sys::is_quiet(self.stream.get())
    }

    /// Prepares for the next exchange.
    pub fn begin_exchange(&mut self) {
        self.sent = 0;
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

    /// Receives what there is; 0 is the end of the stream.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            self.limit(Direction::Read)?;
            match self.stream.get().read(buffer) {
                // What `shutdown` does to a socket looks like the end of its stream.
                Ok(0) if self.stream.is_shut_down() => return Err(Failure::ShutDown),
                Ok(len) => return Ok(len),
                Err(error) if is_to_be_repeated(&error) => {}
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    /// Sends some of `bytes`.
    pub fn send(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        loop {
            self.limit(Direction::Write)?;
            // As `send` with MSG_NOSIGNAL; a vectored write would raise SIGPIPE.
            match self.stream.get().write(bytes) {
                Ok(0) => return Err(self.broken(io::ErrorKind::WriteZero.into())),
                Ok(len) => {
                    self.sent += len;
                    return Ok(len);
                }
                Err(error) if is_to_be_repeated(&error) => {}
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

    /// Makes sure that the next wait ends at the deadline, or is as long as usual.
    fn limit(&mut self, direction: Direction) -> Result<(), Failure> {
        let wait = Attempt::remaining()?.clamp(MIN_WAIT, self.usual_wait);
        let tcp = self.stream.get();
        let armed = match direction {
            Direction::Read => {
                arm(&mut self.read_wait, wait, |wait| tcp.set_read_timeout(Some(wait)))
            }
            Direction::Write => {
                arm(&mut self.write_wait, wait, |wait| tcp.set_write_timeout(Some(wait)))
            }
        };
        armed.map_err(|error| self.broken(error))
    }
}

enum Direction {
    Read,
    Write,
}

fn arm(
    armed: &mut Duration,
    wait: Duration,
    set: impl FnOnce(Duration) -> io::Result<()>,
) -> io::Result<()> {
    if *armed != wait {
        set(wait)?;
        *armed = wait;
    }
    Ok(())
}

/// A signal, or the end of a wait that was shorter than the time left.
fn is_to_be_repeated(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}
