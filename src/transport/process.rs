//! Fork support: a client has a separate state in each process.
//!
//! A client that was created before a fork also works in the child, even if other threads of the
//! parent were in the middle of calls at the fork. The child inherits a copy of the parent's memory
//! and descriptors, but only the thread that forked. Two things would go wrong if it used them:
//!
//! - A lock that another thread held at the fork stays locked forever in the child, and the data
//!   that it protects may be inconsistent.
//! - Parent and child would share sockets. If the child sent a request, processed a TLS record or
//!   sent a close_notify, it would corrupt the parent's connection.
//!
//! So each process has its own [`ProcessState`]: agent, idle connections, resolver, TLS session
//! cache, registry of sockets and counters. All of them use the same immutable data, such as the
//! configuration, and the client's shutdown flag: a client that was shut down before the fork stays
//! shut down in the child. The states form a linked list, from the process that created the client
//! to the current one:
//!
//! 1. Each use of the client asks for the state of the current process. It compares the fork
//!    generation ([`sys::fork_generation`]), which changes in a child, with that of each state in
//!    the list. This takes a few atomic loads, no lock and no system call.
//! 2. The first use in a child finds no matching state. The child closes its copies of the parent's
//!    sockets, which it finds without a lock ([`Registry::close_inherited`]); the parent's
//!    connections stay open. Until this first use, the child holds copies of the parent's
//!    descriptors, so a connection that the parent closes stays open for the server. It also reads,
//!    without a lock, the addresses that the parent last resolved ([`Published`]).
//! 3. The child then appends a new state with an atomic compare-and-exchange. If two threads of the
//!    child race, both do steps 2 and 3, and the state of the loser is dropped. Appending takes no
//!    lock, because another fork could happen while a lock is held.
//! 4. After that, the child never touches the parent's state again. When the client is freed in the
//!    child, the inherited states are leaked: another thread may have been changing them at the
//!    fork, and dropping a half-changed structure is not safe.
//!
//! A child of the child does the same with the child's state.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use once_cell::race::OnceBox;

use super::exchange::Network;
use super::published::Published;
use super::registry::Registry;
use crate::stats::Counters;
use crate::sys;

/// Builds the network of a process.
pub type NewNetwork<'a> = &'a dyn Fn(&Resources) -> Network;

/// The parts of the state of a process that stay the same when its network is replaced.
#[derive(Debug)]
pub struct Resources {
    pub registry: Arc<Registry>,
    pub published: Arc<Published>,
    pub counters: Arc<Counters>,
}

/// The states of this process and of its ancestors, oldest first.
#[derive(Debug)]
pub struct Processes {
    first: OnceBox<ProcessState>,
}

/// The state of one process.
#[derive(Debug)]
pub struct ProcessState {
    generation: u64,
    shared: Arc<Shared>,
    next: OnceBox<ProcessState>,
}

/// What the threads of one process share.
#[derive(Debug)]
struct Shared {
    resources: Resources,
    networks: Mutex<Networks>,
}

#[derive(Debug)]
struct Networks {
    current: Arc<Network>,
    /// Networks that a panic caused to be replaced. Calls that began earlier may still use them.
    discarded: Vec<Weak<Network>>,
}

impl Processes {
    pub fn new() -> Self {
        Self { first: OnceBox::new() }
    }

    /// Returns the state of the current process and creates it on first use.
    pub fn current(&self, new_network: NewNetwork<'_>) -> &ProcessState {
        let generation = sys::fork_generation();
        let mut state =
            self.first.get_or_init(|| Box::new(ProcessState::new(generation, None, new_network)));
        while state.generation != generation {
            let parent = state;
            state = parent.next.get_or_init(|| {
                parent.shared.resources.registry.close_inherited();
                let published = &parent.shared.resources.published;
                Box::new(ProcessState::new(generation, Some(published), new_network))
            });
        }
        state
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        let generation = sys::fork_generation();
        let mut next = self.first.get();
        while let Some(state) = next {
            if state.generation != generation {
                state.shared.resources.registry.close_inherited();
                // Leaks it: the count never reaches 0.
                mem::forget(Arc::clone(&state.shared));
            }
            next = state.next.get();
        }
    }
}

impl ProcessState {
    fn new(generation: u64, parent: Option<&Published>, new_network: NewNetwork<'_>) -> Self {
        let resources = Resources {
            registry: Arc::new(Registry::new()),
            published: Arc::new(Published::new(parent)),
            counters: Arc::default(),
        };
        let current = Arc::new(new_network(&resources));
        let networks = Mutex::new(Networks { current, discarded: Vec::new() });
        Self { generation, shared: Arc::new(Shared { resources, networks }), next: OnceBox::new() }
    }

    pub fn counters(&self) -> &Counters {
        &self.shared.resources.counters
    }

    pub fn network(&self) -> Arc<Network> {
        Arc::clone(&self.shared.lock().current)
    }

    /// Replaces the network after a panic. Calls in flight continue with the old one.
    pub fn replace_network(&self, new_network: NewNetwork<'_>) {
        let network = Arc::new(new_network(&self.shared.resources));
        let mut networks = self.shared.lock();
        let discarded = mem::replace(&mut networks.current, network);
        networks.discarded.retain(|network| network.strong_count() > 0);
        networks.discarded.push(Arc::downgrade(&discarded));
        drop(networks);
        discarded.close_idle();
    }

    /// Aborts the calls in flight, including those that began before a panic.
    pub fn shutdown(&self) {
        self.shared.resources.registry.shutdown();
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
