//! ureq, and what is put around it: connections that know their deadline, count what passes, and
//! can tell what Authlete has seen of a call that failed.

mod attempt;
mod connection;
mod dial;
mod failure;
mod lent;
mod pool;
mod proxy;
mod registry;
mod resolver;
mod socket;
mod tls;

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::ServerName;
use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config as AgentConfig};
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::config::Config;
use crate::error::{Error, Status};
use crate::sys::ForkDetector;
pub use attempt::Attempt;
pub use failure::Ended;
use pool::{FromPool, Pool, Tls};

/// A larger head of an answer is refused.
const MAX_HEAD_LEN: usize = 16 * 1024;

/// The way to Authlete, in this process and in those forked from it.
#[derive(Debug)]
pub struct Transport {
    config: Arc<Config>,
    /// Made once: ureq looks into the environment whenever it makes one.
    agent_config: AgentConfig,
    tls: Option<Tls>,
    fork_detector: ForkDetector,
    first: OnceLock<Box<Network>>,
}

/// What must not be shared with another process, nor used after a panic.
#[derive(Debug)]
struct Network {
    process: u64,
    agent: Agent,
    pool: Arc<Pool>,
    is_discarded: AtomicBool,
    next: OnceLock<Box<Network>>,
}

impl Transport {
    /// Opens no connection.
    pub fn new(config: Arc<Config>) -> Result<Self, Error> {
        let tls = if config.base_url.is_https { Some(tls(&config)?) } else { None };
        let first = OnceLock::new();
        let agent_config = agent_config();
        let fork_detector = ForkDetector::new();
        let transport = Self { config, agent_config, tls, fork_detector, first };
        // Here and not at the first call, because a fork may interrupt that: the network, and what
        // ureq makes at the first request of a process, which goes nowhere.
        transport.network();
        let nowhere = Agent::with_parts(transport.agent_config.clone(), (), NoResolver);
        let _ = nowhere.get("http://localhost/").call();
        Ok(transport)
    }

    pub fn agent(&self) -> &Agent {
        &self.network().agent
    }

    /// Ends the calls of this process that are in flight, also those that began before a panic.
    pub fn shutdown(&self) {
        let current = self.network();
        let mut network = self.first.get();
        while let Some(known) = network {
            if known.process == current.process {
                known.pool.shutdown();
            }
            network = known.next.get();
        }
    }

    /// After a panic, which may have left anything half done.
    pub fn discard(&self) {
        let network = self.network();
        network.is_discarded.store(true, Ordering::SeqCst);
        network.pool.close_idle();
    }

    /// The network of this process, made if need be.
    fn network(&self) -> &Network {
        let process = self.fork_detector.process();
        let mut network = self.first.get_or_init(|| self.make(process));
        while network.process != process || network.is_discarded.load(Ordering::SeqCst) {
            if network.next.get().is_none() {
                if network.process != process {
                    network.pool.close_inherited();
                }
                // Made before it is set, and in vain if another thread is faster: whoever makes it
                // inside get_or_init holds a lock, which a fork on another thread would freeze.
                let _ = network.next.set(self.make(process));
            }
            let Some(next) = network.next.get() else { continue };
            network = next;
        }
        network
    }

    fn make(&self, process: u64) -> Box<Network> {
        let tls = self.tls.as_ref().map(Tls::without_sessions);
        let pool = Arc::new(Pool::new(Arc::clone(&self.config), tls));
        let connector = FromPool(Arc::clone(&pool));
        let agent = Agent::with_parts(self.agent_config.clone(), connector, NoResolver);
        let is_discarded = AtomicBool::new(false);
        Box::new(Network { process, agent, pool, is_discarded, next: OnceLock::new() })
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        let process = self.fork_detector.process();
        let mut next = self.first.take();
        while let Some(mut network) = next {
            next = network.next.take();
            if network.process != process {
                // The parent's: its locks may be held for ever, and its sockets are still in use.
                network.pool.close_inherited();
                mem::forget(network);
            }
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
