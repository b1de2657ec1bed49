//! The transport: ureq, with its own connections, pool, resolver and TLS around it.
//!
//! [`Transport::exchange`] is the only entry for calls. It returns an API response that has been read
//! to its end, or an [`AttemptError`] that says what failed and whether Authlete may have processed
//! the request. Nothing outside this folder names ureq.
//!
//! The path of a request: `exchange` takes a connection from the `pool` or has the `opener` open one
//! (`resolver`, `dial`, `proxy`, `tls`), lends it to ureq (`handover`), and releases it. Below ureq,
//! a `connection` collects the request (`output`), sends it to its `stream` (`socket` or `tls`) and
//! gives ureq the response (`input`). `process` keeps the states of forked processes apart.

mod attempt_error;
mod chunks;
mod connection;
mod deadline;
mod dial;
mod exchange;
mod failure;
mod handover;
mod input;
mod opener;
mod output;
mod pool;
mod process;
mod progress;
mod proxy;
mod published;
mod records;
mod registry;
mod resolver;
mod socket;
mod stream;
mod tls;
mod tls_error;

use std::sync::Arc;
use std::time::Instant;

use ureq::config::Config as AgentConfig;
use ureq::http::Uri;

use crate::api_response::ApiResponse;
use crate::config::Config;
use crate::error::Error;
pub use attempt_error::AttemptError;
use deadline::Deadline;
use exchange::{Network, agent_config, initialise_ureq};
use opener::{Opener, Tls};
use pool::Pool;
use process::{ProcessState, Processes};
use progress::Progress;
use published::Published;
use registry::Registry;

/// The HTTP transport of one client, in this process and in those forked from it.
#[derive(Debug)]
pub struct Transport {
    config: Arc<Config>,
    /// Built once, because ureq reads the environment whenever it builds one.
    agent_config: AgentConfig,
    tls: Option<Tls>,
    processes: Processes,
}

/// Where a request goes.
#[derive(Debug)]
pub struct Target(Uri);

/// A request to Authlete. It is a POST of a JSON document.
pub struct ApiRequest<'a> {
    pub target: &'a Target,
    pub body: &'a [u8],
}

impl Transport {
    /// Opens no connection.
    pub fn new(config: Arc<Config>) -> Result<Self, Error> {
        let tls = Tls::new(&config)?;
        let agent_config = agent_config();
        let transport = Self { config, agent_config, tls, processes: Processes::new() };
        // Done here and not in the first call, during which another thread may fork.
        transport.state();
        initialise_ureq(transport.agent_config.clone());
        Ok(transport)
    }

    /// The target with this path of Authlete's API, which follows the base URL and the service id.
    pub fn target(&self, path: &str) -> Result<Target, Error> {
        let Config { base_url, service_id, .. } = &*self.config;
        let service = service_id.as_ref().map(|id| format!("/{id}")).unwrap_or_default();
        let uri = format!("{base_url}/api{service}{path}").parse();
        uri.map(Target).map_err(|_| Error::internal("invalid URL"))
    }

    /// Sends a request and receives the API response before `deadline`. `reuse` permits an idle
    /// connection.
    pub fn exchange(
        &self,
        request: &ApiRequest<'_>,
        deadline: Instant,
        reuse: bool,
    ) -> Result<ApiResponse, AttemptError> {
        let mut progress = Progress::new();
        let network = self.state().network();
        let deadline = Deadline::at(deadline);
        network
            .exchange(&request.target.0, request.body, deadline, reuse, &mut progress)
            .map_err(|(failure, head)| AttemptError::new(&failure, progress, head, &self.config))
    }

    /// Ends the calls in flight of this process.
    pub fn shutdown(&self) {
        self.state().shutdown();
    }

    /// Replaces what a panic may have left in an inconsistent state.
    pub fn recover(&self) {
        self.state().replace_network(&|registry, published| self.network(registry, published));
    }

    fn state(&self) -> &ProcessState {
        self.processes.current(&|registry, published| self.network(registry, published))
    }

    fn network(&self, registry: &Arc<Registry>, published: &Arc<Published>) -> Network {
        let tls = self.tls.as_ref().map(Tls::without_sessions);
        let config = Arc::clone(&self.config);
        let pool = Pool::new(Arc::clone(&config), Arc::clone(registry));
        let opener = Opener::new(config, tls, Arc::clone(registry), Arc::clone(published));
        Network::new(self.agent_config.clone(), opener, pool)
    }
}
