//! The addresses that a process last resolved, which its forked children inherit.
//!
//! A child cannot read them from the parent's resolver: another thread may have held the resolver's
//! lock at the time of the fork, and the lock would then stay locked forever in the child. So the
//! resolver also stores each result here, in atomics that are readable without a lock:
//!
//! - This is a double-buffered seqlock: it has two slots and a sequence number (the version). Even
//!   versions select one slot, odd versions the other.
//! - `store` runs on a lookup thread. It fills the slot that is not selected, and then increments
//!   the version, which selects it. A lock serialises concurrent writers.
//! - `load` reads the version, the selected slot, and the version again. If the version has
//!   changed, the slot may have been overwritten meanwhile, so `load` starts again.
//!
//! A fork may happen at any point in `store`. The child gets the memory as of that moment: the
//! version is either the old or the new one, and the slot that it selects is complete. No thread
//! writes to the child's copy, so `load` never has to start again there. With a single slot, the
//! child could find the addresses half written, and no thread would ever complete them.
//!
//! The child copies the addresses into its own `Published`, for its resolver and its children.
//! The lock is never taken in a copy that was inherited.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The maximum number of addresses to try. The connect timeout rarely leaves time for more.
pub(super) const MAX_ADDRESSES: usize = 16;

/// The last addresses of one host, and the time when they were resolved.
#[derive(Debug)]
pub struct Published {
    epoch: Instant,
    /// 0 if no addresses have been stored.
    version: AtomicUsize,
    slots: [Slot; 2],
    writer: Mutex<()>,
}

#[derive(Debug, Default)]
struct Slot {
    /// Milliseconds since `Published::epoch`.
    resolved_at_ms: AtomicU64,
    len: AtomicUsize,
    addresses: [[AtomicU64; 3]; MAX_ADDRESSES],
}

impl Published {
    /// Creates an instance with the addresses of `parent`, the inherited copy of the parent's
    /// instance.
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
        // Pairs with the fence in `load`: a reader that sees a value written below also sees the
        // version loaded above or a newer one. It selected this slot using an older version, so it
        // starts again.
        fence(Ordering::Release);
        let since_epoch = resolved_at.saturating_duration_since(self.epoch);
        slot.resolved_at_ms.store(since_epoch.as_millis() as u64, Ordering::Relaxed);
        slot.len.store(addresses.len().min(MAX_ADDRESSES), Ordering::Relaxed);
        for (entry, address) in slot.addresses.iter().zip(addresses) {
            for (word, value) in entry.iter().zip(pack(address)) {
                word.store(value, Ordering::Relaxed);
            }
        }
        self.version.store(version, Ordering::Release);
    }

    /// Returns the addresses and the time when they were resolved. Takes no lock.
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
                |entry: &[AtomicU64; 3]| entry.each_ref().map(|word| word.load(Ordering::Relaxed));
            let addresses = slot.addresses.iter().take(len).map(|entry| unpack(words(entry)));
            let loaded = (addresses.collect(), self.epoch + since_epoch);
            // Pairs with the fence in `store`: if two calls to `store` have begun since `version`
            // was read, the second may have overwritten this slot.
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

/// Encodes an address: the family, the port and the scope ID in the first word, then the IP
/// address. The flow information is omitted, because getaddrinfo does not set it.
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
