//! ureq, and what is put around it: connections that know their deadline, count what passes, and
//! can tell what Authlete has seen of a call that failed.

mod attempt;
mod chunks;
mod connection;
mod dial;
mod exchange;
mod failure;
mod lent;
mod pool;
mod proxy;
mod published;
mod records;
mod registry;
mod resolver;
mod socket;
mod tls;
mod tls_error;

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use once_cell::race::OnceBox;
use rustls::pki_types::ServerName;
use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config as AgentConfig};
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::config::Config;
use crate::error::Error;
use crate::status::Status;
use crate::sys;
pub use attempt::Attempt;
pub use exchange::BodyError;
pub use failure::Ended;
use pool::{FromPool, Pool, Tls};
use published::Published;
use registry::Registry;

/// A larger head of an answer is refused.
const MAX_HEAD_LEN: usize = 16 * 1024;

/// The HTTP transport of one client, in this process and in those forked from it.
#[derive(Debug)]
pub struct Transport {
    config: Arc<Config>,
    /// Made once: ureq looks into the environment whenever it makes one.
    agent_config: AgentConfig,
    tls: Option<Tls>,
    first: OnceBox<ProcessState>,
}

/// What belongs to one process.
///
/// A forked child inherits the state of its parent. Another thread may have held any lock of that
/// state at the fork, and the parent goes on using its sockets and TLS sessions. So the child never
/// takes one of these locks, closes its copies of the sockets, and appends its own state, which its
/// own children inherit in turn.
#[derive(Debug)]
struct ProcessState {
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

/// What a panic may leave in an inconsistent state.
#[derive(Debug)]
struct Network {
    agent: Agent,
    pool: Arc<Pool>,
}

impl Transport {
    /// Opens no connection.
    pub fn new(config: Arc<Config>) -> Result<Self, Error> {
        let tls = if config.base_url.is_https { Some(tls(&config)?) } else { None };
        let first = OnceBox::new();
        let agent_config = agent_config();
        let transport = Self { config, agent_config, tls, first };
        // The state of the process, and what ureq initialises at the first request of a process.
        // Done here and not in the first call, during which another thread may fork. The request
        // opens no connection.
        transport.state();
        let nowhere = Agent::with_parts(transport.agent_config.clone(), (), NoResolver);
        let _ = nowhere.get("http://localhost/").call();
        Ok(transport)
    }

    /// Ends the calls of this process that are in flight, also those that began before a panic.
    pub fn shutdown(&self) {
        let shared = &self.state().shared;
        shared.registry.shutdown();
        let networks = shared.lock();
        let discarded: Vec<_> = networks.discarded.iter().filter_map(Weak::upgrade).collect();
        let current = Arc::clone(&networks.current);
        drop(networks);
        discarded.iter().chain([&current]).for_each(|network| network.pool.shutdown());
    }

    /// After a panic, which may have left anything half done.
    pub fn discard(&self) {
        let state = self.state();
        let network = self.network_of(&state.shared.registry, &state.published);
        let mut networks = state.shared.lock();
        let discarded = mem::replace(&mut networks.current, network);
        networks.discarded.retain(|network| network.strong_count() > 0);
        networks.discarded.push(Arc::downgrade(&discarded));
        drop(networks);
        discarded.pool.close_idle();
    }

    fn network(&self) -> Arc<Network> {
        Arc::clone(&self.state().shared.lock().current)
    }

    /// The state of this process; created at its first use.
    fn state(&self) -> &ProcessState {
        let process = sys::process_number();
        let mut state = self.first.get_or_init(|| self.new_state(process, None));
        while state.process != process {
            let parent = state;
            state = parent.next.get_or_init(|| {
                parent.shared.registry.close_inherited();
                self.new_state(process, Some(&parent.published))
            });
        }
        state
    }

    fn new_state(&self, process: u64, parent: Option<&Published>) -> Box<ProcessState> {
        let published = Arc::new(Published::new(parent));
        let registry = Arc::new(Registry::new());
        let current = self.network_of(&registry, &published);
        let networks = Mutex::new(Networks { current, discarded: Vec::new() });
        let shared = Arc::new(Shared { registry, networks });
        Box::new(ProcessState { process, published, shared, next: OnceBox::new() })
    }

    fn network_of(&self, registry: &Arc<Registry>, published: &Arc<Published>) -> Arc<Network> {
        let tls = self.tls.as_ref().map(Tls::without_sessions);
        let config = Arc::clone(&self.config);
        let pool = Arc::new(Pool::new(config, tls, Arc::clone(registry), Arc::clone(published)));
        let connector = FromPool(Arc::clone(&pool));
        let agent = Agent::with_parts(self.agent_config.clone(), connector, NoResolver);
        Arc::new(Network { agent, pool })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Networks> {
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        let process = sys::process_number();
        let mut next = self.first.get();
        while let Some(state) = next {
            if state.process != process {
                // The parent's: its sockets are in use, and a lock may guard an unfinished change.
                state.shared.registry.close_inherited();
                mem::forget(Arc::clone(&state.shared));
            }
            next = state.next.get();
        }
    }
}

fn agent_config() -> AgentConfig {
    Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(AutoHeaderValue::None)
        .accept(AutoHeaderValue::None)
        .accept_encoding(AutoHeaderValue::None)
        .max_response_header_size(MAX_HEAD_LEN)
        .max_idle_connections(0)
        .build()
}

fn tls(config: &Config) -> Result<Tls, Error> {
    let unusable = |_| Error::new(Status::Internal, "internal: TLS cannot be set up");
    let name = ServerName::try_from(config.base_url.host.clone());
    let name = name.map_err(|_| Error::new(Status::Internal, "internal: unusable host"))?;
    Ok(Tls { config: tls::client_config(config).map_err(unusable)?, name })
}

/// ureq resolves before it asks for a connection, on every call; the pool does it when need be.
#[derive(Debug)]
struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(
        &self,
        _: &Uri,
        _: &AgentConfig,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
