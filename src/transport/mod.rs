//! The transport: ureq, with our own connections, connection pool, resolver and TLS.
//!
//! [`Transport::exchange`] is the only entry point for calls. It makes one attempt and returns
//! either a complete API response or an [`AttemptError`], which says what failed and whether
//! Authlete may have processed the request. A response whose HTTP status is outside 2xx counts as
//! complete even if its body could not be read. [`Transport::connect`] opens a connection for a
//! later call. No code outside this directory uses ureq.
//!
//! An attempt runs on the calling thread from start to finish, except for the DNS lookup:
//!
//! 1. `process` returns the state of the current process. A forked child gets its own.
//! 2. `exchange` adds a DPoP proof (`proofs`) if the client has a key. It takes an idle connection
//!    from the `pool`. If there is none, or the attempt is a retry, the `opener` opens a connection:
//!    `resolver` looks up the addresses, `dial` connects to one of them, `proxy` requests a tunnel,
//!    and `tls` performs the handshake.
//! 3. `handover` gives the connection to ureq, which formats the request and parses the response.
//! 4. ureq writes the request into the connection's `output` buffer. The `connection` adds the
//!    headers with the credentials and sends everything through its `stream` (a `socket`, or `tls`
//!    over a `socket`). It receives the response into its `input` buffer, from which ureq reads.
//! 5. `handover` takes the connection back. `exchange` returns it to the pool if the end of the
//!    response was unambiguous, and closes it otherwise.
//!
//! Every wait ends at the `deadline`, or earlier if `shutdown` ends it through the `registry` or
//! the `resolver`. Each step reports its errors as a `failure`. `progress` records how far the
//! attempt got, and `attempt_error` derives the status and the message from the failure and the
//! progress.
//!
//! A connection belongs to one thread at a time. Threads share the state of the process
//! (`process`), the pool, the resolver, the published addresses, the registry and the TLS session
//! cache. Each of these structures has its own lock.

mod attempt_error;
mod body;
mod chunks;
mod connection;
mod deadline;
mod dial;
mod exchange;
mod failure;
mod handover;
mod input;
mod lifetime;
mod opener;
mod output;
mod pool;
mod process;
mod progress;
mod proofs;
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

use ureq::config::Config as AgentConfig;
use ureq::http::Uri;

use crate::api_response::ApiResponse;
use crate::config::Config;
use crate::error::Error;
use crate::secret::Secret;
use crate::stats::Counters;
use crate::status::Status;
pub use attempt_error::AttemptError;
pub use deadline::Deadline;
use exchange::{Network, agent_config, initialise_ureq};
use opener::{Opener, Tls};
use output::MAX_HEAD_LEN;
use pool::Pool;
use process::{ProcessState, Processes, Resources};
pub use progress::Progress;
use proofs::Proofs;

/// The HTTP transport of one client, in this process and in its forked children.
#[derive(Debug)]
pub struct Transport {
    config: Arc<Config>,
    /// Built once, because ureq reads environment variables each time it builds one.
    agent_config: AgentConfig,
    tls: Option<Tls>,
    processes: Processes,
}

/// The URL of an endpoint.
#[derive(Clone, Debug)]
pub struct Target(Uri);

/// A request to Authlete.
pub struct ApiRequest<'a> {
    pub method: Method,
    pub target: &'a Target,
    /// The headers that ureq does not add, if they differ from those in the configuration. Without
    /// the DPoP proof, which the transport adds.
    pub headers: Option<Arc<Secret>>,
    /// The access token in `headers`, if it is not that of the configuration.
    pub access_token: Option<&'a Secret>,
    /// A JSON document if the method is POST, otherwise empty.
    pub body: &'a [u8],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    #[default]
    Post,
    Get,
    Delete,
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Get => "GET",
            Self::Delete => "DELETE",
        }
    }
}

impl Transport {
    /// Creates the transport. It opens no connection.
    pub fn new(config: Arc<Config>) -> Result<Self, Error> {
        let tls = Tls::new(&config)?;
        let agent_config = agent_config();
        let transport = Self { config, agent_config, tls, processes: Processes::new() };
        // Initialised here rather than in the first call: if another thread forked during the
        // initialisation, the child could inherit a held lock that is never released, such as std's
        // environment lock or one of ureq's.
        transport.state();
        initialise_ureq(transport.agent_config.clone());
        Ok(transport)
    }

    /// Returns the target for a path of Authlete's API, such as `/auth/token/fail`. A query may
    /// follow the path.
    pub fn target(&self, path: &str) -> Result<Target, Error> {
        let Config { base_url, service_id, .. } = &*self.config;
        let mut uri = format!("{base_url}/api");
        if let Some(service_id) = service_id {
            uri.push('/');
            uri.push_str(service_id);
        }
        uri.push_str(path);
        uri.parse().map(Target).map_err(|_| Error::internal("invalid URL"))
    }

    /// Checks that the request line and the headers fit into the output buffer of a connection.
    pub fn check_head(&self, request: &ApiRequest<'_>) -> Result<(), Error> {
        // The longest possible text around the path, the host and the other headers.
        const FRAME: &str =
            "DELETE  HTTP/1.1\r\nhost: \r\ncontent-length: 18446744073709551615\r\n\r\n";
        let path = request.target.0.path_and_query().map_or(0, |path| path.as_str().len());
        let headers = request.headers.as_deref().unwrap_or(&self.config.headers).expose();
        let proof = proofs::max_line_len(&self.config, request.target);
        let len = FRAME.len() + path + self.config.base_url.authority.len() + headers.len() + proof;
        if len > MAX_HEAD_LEN {
            let message = format!("the request headers are longer than {MAX_HEAD_LEN} bytes");
            return Err(Error::of_input(Status::InvalidRequest, "request", message));
        }
        Ok(())
    }

    /// Makes one attempt: sends a request and receives the API response before `deadline`.
    /// `previous` is the error of the previous attempt, if there was one. Sets `progress` to the point
    /// that the attempt has reached.
    pub fn exchange(
        &self,
        request: &ApiRequest<'_>,
        deadline: Deadline,
        previous: Option<&AttemptError>,
        progress: &mut Progress,
    ) -> Result<ApiResponse, Box<AttemptError>> {
        *progress = Progress::new();
        let network = self.state().network();
        network.exchange(request, deadline, previous, progress).map_err(|error| {
            let (failure, response) = *error;
            AttemptError::new(&failure, progress, response, deadline, &self.config)
        })
    }

    /// Opens a connection for a later call before `deadline`, unless `reuse` is true and the pool
    /// contains a usable idle one with at least half of its idle time left. `progress` says which.
    pub fn connect(
        &self,
        deadline: Deadline,
        reuse: bool,
        progress: &mut Progress,
    ) -> Result<(), Box<AttemptError>> {
        *progress = Progress::new();
        let network = self.state().network();
        network.connect(deadline, reuse, progress).map_err(|failure| {
            let response = ApiResponse::default();
            AttemptError::new(&failure, progress, response, deadline, &self.config)
        })
    }

    /// The counters of this process.
    pub fn counters(&self) -> &Counters {
        self.state().counters()
    }

    /// Returns the statistics of this process as a JSON object.
    pub fn stats(&self) -> String {
        let state = self.state();
        state.counters().to_json(state.network().idle())
    }

    /// Aborts this process's calls in flight.
    pub fn shutdown(&self) {
        self.state().shutdown();
    }

    /// Replaces the agent and the connections, which a panic may have left in an inconsistent
    /// state.
    pub fn recover(&self) {
        self.state().replace_network(&|resources| self.network(resources));
    }

    fn state(&self) -> &ProcessState {
        self.processes.current(&|resources| self.network(resources))
    }

    fn network(&self, resources: &Resources) -> Network {
        let Resources { registry, published, counters } = resources;
        let tls = self.tls.as_ref().map(Tls::without_sessions);
        let config = Arc::clone(&self.config);
        let pool = Pool::new(Arc::clone(&config), Arc::clone(registry));
        let proofs = Proofs::new(&config);
        let opener = Opener::new(
            config,
            tls,
            Arc::clone(registry),
            Arc::clone(published),
            Arc::clone(counters),
        );
        Network::new(self.agent_config.clone(), opener, pool, proofs, Arc::clone(counters))
    }
}
