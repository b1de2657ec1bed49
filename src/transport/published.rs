//! The addresses that a process last resolved, for the children that it forks.
//!
//! A child cannot take the resolver's lock, which another thread of the parent may have held at the
//! fork. So the addresses are copied into atomics. There are two slots, and the version tells which
//! one is valid. The writer fills the other slot and then increments the version, so the valid slot
//! is complete at every moment. A fork copies the memory as it is at one moment.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The maximum number of addresses that are tried. No host needs more.
pub(super) const MAX_ADDRESSES: usize = 16;

/// The last addresses of one host and the time of the lookup.
#[derive(Debug)]
pub struct Published {
    epoch: Instant,
    /// 0: none yet.
    version: AtomicUsize,
    slots: [Slot; 2],
    writer: Mutex<()>,
}

#[derive(Debug, Default)]
struct Slot {
    /// Since the epoch.
    resolved_at_ms: AtomicU64,
    len: AtomicUsize,
    addresses: [[AtomicU64; 3]; MAX_ADDRESSES],
}

impl Published {
    /// Starts with the addresses of `parent`.
    pub fn new(parent: Option<&Self>) -> Self {
        let epoch = Instant::now();
        let published = Self {
            epoch: parent.map_or(epoch, |parent| parent.epoch),
            version: AtomicUsize::new(0),
            slots: Default::default(),
            writer: Mutex::default(),
        };
        if let Some((addresses, at)) = parent.and_then(Self::load) {
            published.store(&addresses, at);
        }
        published
    }

    pub fn store(&self, addresses: &[SocketAddr], resolved_at: Instant) {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let version = self.version.load(Ordering::Relaxed) + 1;
        let slot = self.slot(version);
        // A thread that reads a value written below must also see at least the current version.
        fence(Ordering::Release);
        let since_epoch = resolved_at.saturating_duration_since(self.epoch);
        slot.resolved_at_ms.store(since_epoch.as_millis() as u64, Ordering::Relaxed);
        slot.len.store(addresses.len().min(MAX_ADDRESSES), Ordering::Relaxed);
        for (place, address) in slot.addresses.iter().zip(addresses) {
            for (word, value) in place.iter().zip(pack(address)) {
                word.store(value, Ordering::Relaxed);
            }
        }
        self.version.store(version, Ordering::Release);
    }

    /// Takes no lock.
    pub fn load(&self) -> Option<(Vec<SocketAddr>, Instant)> {
        loop {
            let version = self.version.load(Ordering::Acquire);
            if version == 0 {
                return None;
            }
            let slot = self.slot(version);
            let since_epoch = Duration::from_millis(slot.resolved_at_ms.load(Ordering::Relaxed));
            let len = slot.len.load(Ordering::Relaxed);
            let words =
                |place: &[AtomicU64; 3]| place.each_ref().map(|word| word.load(Ordering::Relaxed));
            let addresses = slot.addresses.iter().take(len).map(|place| unpack(words(place)));
            let loaded = (addresses.collect(), self.epoch + since_epoch);
            // The slot is reused by the second `store` from now.
            fence(Ordering::Acquire);
            if self.version.load(Ordering::Relaxed) == version {
                return Some(loaded);
            }
        }
    }

    fn slot(&self, version: usize) -> &Slot {
        let [even, odd] = &self.slots;
        if version & 1 == 0 { even } else { odd }
    }
}

const IS_V6: u64 = 1 << 48;

/// Port and scope id, then the address. getaddrinfo does not set the flow information.
fn pack(address: &SocketAddr) -> [u64; 3] {
    let port = u64::from(address.port()) << 32;
    match address {
        SocketAddr::V4(address) => [port, 0, u64::from(address.ip().to_bits())],
        SocketAddr::V6(address) => {
            let bits = address.ip().to_bits();
            let head = IS_V6 | port | u64::from(address.scope_id());
            [head, (bits >> 64) as u64, bits as u64]
        }
    }
}

fn unpack([head, high, low]: [u64; 3]) -> SocketAddr {
    let port = (head >> 32) as u16;
    if head & IS_V6 == 0 {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::from_bits(low as u32)), port)
    } else {
        let ip = Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(low));
        SocketAddr::V6(SocketAddrV6::new(ip, port, 0, head as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_starts_with_the_addresses_of_its_parent() {
        let addresses: Vec<SocketAddr> =
            ["192.0.2.1:443", "[2001:db8::1]:65535", "[fe80::1%7]:1", "[::ffff:192.0.2.1]:80"]
                .iter()
                .map(|text| text.parse().unwrap_or_else(|_| unreachable!()))
                .collect();
        let parent = Published::new(None);
        assert_eq!(Published::new(Some(&parent)).load(), None);
        for len in [4, 1, 3] {
            let at = parent.epoch + Duration::from_millis(17);
            let expected = Some((addresses.iter().take(len).copied().collect(), at));
            parent.store(addresses.get(..len).unwrap_or_default(), at);
            assert_eq!(parent.load(), expected);
            assert_eq!(Published::new(Some(&parent)).load(), expected);
        }
    }
}
