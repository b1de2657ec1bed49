//! TCP connections: several addresses are tried side by side, each a little after the one before
//! (RFC 8305), so that one that swallows packets does not use up the time.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attempt::Attempt;
use super::failure::Failure;
use super::registry::{Registered, Registry};
use crate::sys;

/// How long one address may take before the next is tried too (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Connects to one of `addresses`, before the deadline of this thread's attempt; also returns how
/// long the TCP handshake took, which is one round trip.
pub fn dial(
    addresses: &[SocketAddr],
    registry: &Arc<Registry>,
) -> Result<(Registered, Duration), Failure> {
    let mut waiting = in_turns(addresses).into_iter();
    let mut dialing: Vec<(Registered, Instant)> = Vec::new();
    let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let mut next_at = Instant::now();
    loop {
        let now = Instant::now();
        if (now >= next_at || dialing.is_empty())
            && let Some(address) = waiting.next()
        {
            match sys::start_connect(&address) {
                Ok(stream) => dialing.push((registry.register(stream)?, now)),
                Err(error) => {
                    last_error = error;
                    continue;
                }
            }
            next_at = now + STAGGER;
        }
        if dialing.is_empty() {
            if waiting.len() == 0 {
                return Err(Failure::NotConnected(last_error));
            }
            continue;
        }
        let mut wait = Attempt::remaining()?;
        if waiting.len() > 0 {
            wait = wait.min(next_at.saturating_duration_since(now));
        }
        let streams: Vec<&TcpStream> = dialing.iter().map(|(stream, _)| stream.get()).collect();
        let ready = match sys::poll_writable(&streams, wait) {
            Ok(ready) => ready,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::NotConnected(error)),
        };
        if registry.is_shut_down() {
            return Err(Failure::ShutDown);
        }
        let mut still_dialing = Vec::with_capacity(dialing.len());
        for ((stream, started), is_ready) in dialing.into_iter().zip(ready) {
            if !is_ready {
                still_dialing.push((stream, started));
                continue;
            }
            match result_of(stream.get()) {
                Ok(()) => return Ok((stream, started.elapsed())),
                Err(error) => {
                    last_error = error;
                    next_at = now;
                }
            }
        }
        dialing = still_dialing;
    }
}

fn result_of(stream: &TcpStream) -> io::Result<()> {
    match stream.take_error()? {
        Some(error) => Err(error),
        None => stream.peer_addr().map(drop),
    }
}

/// The addresses in their order, but with the families in turns.
fn in_turns(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_v6_first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut first, mut second): (Vec<_>, Vec<_>) =
        addresses.iter().copied().partition(|address| address.is_ipv6() == is_v6_first);
    first.reverse();
    second.reverse();
    let mut turns = Vec::with_capacity(addresses.len());
    while !first.is_empty() || !second.is_empty() {
        turns.extend(first.pop());
        turns.extend(second.pop());
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap_or_else(|_| unreachable!());
        let [a, b, c] = [address("[::1]:1"), address("[::2]:1"), address("[::3]:1")];
        let [x, y] = [address("1.1.1.1:1"), address("2.2.2.2:1")];
        assert_eq!(in_turns(&[a, b, c, x, y]), [a, x, b, y, c]);
        assert_eq!(in_turns(&[x, y, a]), [x, a, y]);
        assert_eq!(in_turns(&[x]), [x]);
    }
}
