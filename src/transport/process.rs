//! The state of a client in each process: fork.
//!
//! A client that was created before a fork works in the child, although another thread of the parent
//! may have been anywhere in the library at that moment. The child inherits a copy of the parent's
//! memory, but only the thread that forked, so:
//!
//! - A lock that another thread held stays locked in the child for ever. A structure that it was
//!   changing stays half changed.
//! - The descriptors of the sockets are shared. If the child sent on one, or processed TLS records,
//!   or said close_notify, it would break the parent's connection.
//!
//! So each process has a state of its own ([`ProcessState`]): agent, idle connections, resolver, TLS
//! sessions, registry of sockets. The states form a chain, from the process that created the client
//! to the current one. What happens:
//!
//! 1. Every use of the client asks for the state of the current process. A process number, which
//!    differs in every forked child, tells whether the last state in the chain is the right one
//!    ([`sys::process_number`]). Without a fork this costs one load.
//! 2. After a fork, the first use in the child appends a new state. The chain is a list of cells that
//!    are set once, by an atomic compare-and-exchange. It takes no lock, because a lock could be held
//!    at a fork. If two threads of the child race, both build a state and the loser's is dropped.
//! 3. Before that, the child closes its copies of the parent's sockets, which it finds without a
//!    lock. The connections of the parent stay open. It reads the addresses that the parent resolved
//!    last, also without a lock.
//! 4. The child never touches the parent's state again. When the client is dropped in the child, the
//!    states of other processes are leaked, because dropping them would take locks and end TLS
//!    sessions.
//!
//! A child of the child does the same with the child's state.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use once_cell::race::OnceBox;

use super::exchange::Network;
use super::published::Published;
use super::registry::Registry;
use crate::sys;

/// Makes the network of a process, which has its registry and its addresses.
pub type NewNetwork<'a> = &'a dyn Fn(&Arc<Registry>, &Arc<Published>) -> Network;

/// The states of all processes, oldest first.
#[derive(Debug)]
pub struct Processes {
    first: OnceBox<ProcessState>,
}

/// The state of one process.
#[derive(Debug)]
pub struct ProcessState {
    process: u64,
    published: Arc<Published>,
    shared: Arc<Shared>,
    next: OnceBox<ProcessState>,
}

#[derive(Debug)]
struct Shared {
    registry: Arc<Registry>,
    networks: Mutex<Networks>,
}

#[derive(Debug)]
struct Networks {
    current: Arc<Network>,
    /// Calls that began before a panic may still use them.
    discarded: Vec<Weak<Network>>,
}

impl Processes {
    pub fn new() -> Self {
        Self { first: OnceBox::new() }
    }

    /// The state of the current process, created at its first use.
    pub fn current(&self, new_network: NewNetwork<'_>) -> &ProcessState {
        let process = sys::process_number();
        let mut state =
            self.first.get_or_init(|| Box::new(ProcessState::new(process, None, new_network)));
        while state.process != process {
            let parent = state;
            state = parent.next.get_or_init(|| {
                parent.shared.registry.close_inherited();
                Box::new(ProcessState::new(process, Some(&parent.published), new_network))
            });
        }
        state
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        let process = sys::process_number();
        let mut next = self.first.get();
        while let Some(state) = next {
            if state.process != process {
                state.shared.registry.close_inherited();
                mem::forget(Arc::clone(&state.shared));
            }
            next = state.next.get();
        }
    }
}

impl ProcessState {
    fn new(process: u64, parent: Option<&Published>, new_network: NewNetwork<'_>) -> Self {
        let published = Arc::new(Published::new(parent));
        let registry = Arc::new(Registry::new());
        let current = Arc::new(new_network(&registry, &published));
        let networks = Mutex::new(Networks { current, discarded: Vec::new() });
        let shared = Arc::new(Shared { registry, networks });
        Self { process, published, shared, next: OnceBox::new() }
    }

    pub fn network(&self) -> Arc<Network> {
        Arc::clone(&self.shared.lock().current)
    }

    /// Replaces the network after a panic. Calls in flight go on with the old one.
    pub fn replace_network(&self, new_network: NewNetwork<'_>) {
        let network = Arc::new(new_network(&self.shared.registry, &self.published));
        let mut networks = self.shared.lock();
        let discarded = mem::replace(&mut networks.current, network);
        networks.discarded.retain(|network| network.strong_count() > 0);
        networks.discarded.push(Arc::downgrade(&discarded));
        drop(networks);
        discarded.close_idle();
    }

    /// Ends the calls in flight, also those that began before a panic.
    pub fn shutdown(&self) {
        self.shared.registry.shutdown();
        let networks = self.shared.lock();
        let discarded: Vec<_> = networks.discarded.iter().filter_map(Weak::upgrade).collect();
        let current = Arc::clone(&networks.current);
        drop(networks);
        discarded.iter().chain([&current]).for_each(|network| network.shutdown());
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Networks> {
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
