//! Happy Eyeballs (RFC 8305): opens a TCP connection to one of several addresses. The next address
//! is tried after a short delay, or immediately if the previous one failed, so that an address that
//! drops packets does not use up the connect timeout.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deadline::Deadline;
use super::failure::Failure;
use super::registry::{Registry, TrackedStream};
use crate::sys;

/// The delay before the next address is also tried (RFC 8305, section 5).
const CONNECTION_ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// A TCP connection that has just been opened.
pub struct Dialled {
    pub stream: TrackedStream,
    pub address: SocketAddr,
    /// The duration of the TCP handshake.
    pub round_trip: Duration,
}

/// Connects to one of `addresses`.
pub fn dial(
    addresses: &[SocketAddr],
    registry: &Arc<Registry>,
    deadline: Deadline,
) -> Result<Dialled, Failure> {
    let mut pending = interleave_families(addresses).into_iter();
    let mut connecting: Vec<(TrackedStream, Instant)> = Vec::new();
    let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let mut next_at = Instant::now();
    loop {
        let now = Instant::now();
        let is_due = now >= next_at || connecting.is_empty();
        if let Some(address) = if is_due { pending.next() } else { None } {
            match sys::start_connect(&address) {
                Ok(stream) => connecting.push((registry.register(stream)?, now)),
                Err(error) => {
                    last_error = error;
                    continue;
                }
            }
            next_at = now + CONNECTION_ATTEMPT_DELAY;
        }
        if connecting.is_empty() {
            if pending.len() == 0 {
                return Err(Failure::NotConnected(last_error));
            }
            continue;
        }
        let mut wait = deadline.remaining()?;
        if pending.len() > 0 {
            wait = wait.min(next_at.saturating_duration_since(now));
        }
        let streams: Vec<&TcpStream> = connecting.iter().map(|(stream, _)| stream.get()).collect();
        let ready = match sys::poll_writable(&streams, wait) {
            Ok(ready) => ready,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::NotConnected(error)),
        };
        if registry.is_shut_down() {
            return Err(Failure::ShutDown);
        }
        let mut still_connecting = Vec::with_capacity(connecting.len());
        for ((stream, started), is_ready) in connecting.into_iter().zip(ready) {
            if !is_ready {
                still_connecting.push((stream, started));
                continue;
            }
            match connect_result(stream.get()) {
                Ok(address) => {
                    return Ok(Dialled { stream, address, round_trip: started.elapsed() });
                }
                Err(error) => {
                    last_error = error;
                    next_at = now;
                }
            }
        }
        connecting = still_connecting;
    }
}

/// Returns the address of the peer.
fn connect_result(stream: &TcpStream) -> io::Result<SocketAddr> {
    match stream.take_error()? {
        Some(error) => Err(error),
        None => stream.peer_addr(),
    }
}

/// Interleaves IPv6 and IPv4 addresses and otherwise keeps their order (RFC 8305, section 4).
fn interleave_families(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_v6_first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut first, mut second): (Vec<_>, Vec<_>) =
        addresses.iter().copied().partition(|address| address.is_ipv6() == is_v6_first);
    first.reverse();
    second.reverse();
    let mut interleaved = Vec::with_capacity(addresses.len());
    while !first.is_empty() || !second.is_empty() {
        interleaved.extend(first.pop());
        interleaved.extend(second.pop());
    }
    interleaved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_interleaved() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap_or_else(|_| unreachable!());
        let [a, b, c] = [address("[::1]:1"), address("[::2]:1"), address("[::3]:1")];
        let [x, y] = [address("1.1.1.1:1"), address("2.2.2.2:1")];
        assert_eq!(interleave_families(&[a, b, c, x, y]), [a, x, b, y, c]);
        assert_eq!(interleave_families(&[x, y, a]), [x, a, y]);
        assert_eq!(interleave_families(&[x]), [x]);
    }
}
