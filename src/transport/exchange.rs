//! An HTTP exchange: sends a request on a connection and receives the complete API response. The
//! connection returns to the pool only if the end of the response is unambiguous.

use std::sync::Arc;
use std::time::Instant;

use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config as AgentConfig};
use ureq::http::response::Parts;
use ureq::http::{self, HeaderName, Uri, header};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::body::{Body, may_reuse};
use super::connection::Connection;
use super::deadline::Deadline;
use super::failure::Failure;
use super::handover::{Handover, PoolConnector};
use super::input::MAX_HEADERS_LEN;
use super::opener::Opener;
use super::pool::Pool;
use super::progress::{Progress, Stage};
use super::proofs::Proofs;
use super::{ApiRequest, AttemptError, Method, Target};
use crate::api_response::{ApiResponse, Head};
use crate::dpop::Nonce;
use crate::stats::{CloseReason, Counters};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The ureq agent, the opener and the connection pool. They are replaced together after a panic,
/// which may leave them in an inconsistent state.
#[derive(Debug)]
pub struct Network {
    agent: Agent,
    opener: Opener,
    pool: Pool,
    /// `None` if the client does not use DPoP.
    proofs: Option<Proofs>,
    counters: Arc<Counters>,
}

impl Network {
    pub fn new(
        agent_config: AgentConfig,
        opener: Opener,
        pool: Pool,
        proofs: Option<Proofs>,
        counters: Arc<Counters>,
    ) -> Self {
        let agent = Agent::with_parts(agent_config, PoolConnector, NoResolver);
        Self { agent, opener, pool, proofs, counters }
    }

    /// Sends `request` and receives the API response. Updates `progress` to the point that the
    /// attempt has reached. A failure includes as much of the API response as has arrived.
    pub fn exchange(
        &self,
        request: &ApiRequest<'_>,
        deadline: Deadline,
        previous: Option<&AttemptError>,
        progress: &mut Progress,
    ) -> Result<ApiResponse, Box<(Failure, ApiResponse)>> {
        let no_response = |failure| Box::new((failure, ApiResponse::default()));
        let nonce = previous.and_then(AttemptError::required_nonce);
        let with_proof;
        let (request, now) = match &self.proofs {
            // Only the first attempt uses an idle connection, and it has just begun.
            None => (request, deadline.started()),
            Some(proofs) => {
                with_proof = proofs.add_to(request, nonce).map_err(no_response)?;
                (&with_proof, Instant::now())
            }
        };
        // The response with the nonce has just arrived, so its connection is most likely open.
        let reuse = previous.is_none_or(|previous| previous.required_nonce.is_some());
        let (mut connection, began_at) =
            self.acquire(deadline, reuse.then_some(now), progress).map_err(no_response)?;
        if progress.is_reused {
            self.counters.reused.increment();
        }
        connection.begin_exchange(request, deadline, *progress, began_at);
        let handover = Handover::new(connection);
        let response = self.run(request);
        let Some(mut connection) = handover.take_back() else {
            // ureq still has the connection, so nothing is known about the exchange.
            *progress = Progress { stage: Stage::Exchange, is_request_complete: true, ..*progress };
            return Err(no_response(Failure::Unexpected));
        };
        let ended_at = Instant::now();
        *progress = connection.progress(ended_at);
        let (parts, body) = response.map_err(|failure| {
            if matches!(failure, Failure::Unacknowledged(_) | Failure::Vanished(_)) {
                // The idle connections go to the same host, so they are most likely dead, too.
                self.close_idle();
            }
            no_response(failure)
        })?;
        connection.lifetime.end_exchange(&parts.headers);
        let head = head(&parts);
        let nonce = match &self.proofs {
            None => None,
            Some(proofs) => proofs.receive(&parts, nonce),
        };
        match body.and_then(|body| body.check(connection.chunks())) {
            Ok(Body { bytes, framing }) => {
                if may_reuse(&parts, framing) {
                    self.pool.release(connection, ended_at);
                } else {
                    connection.close(CloseReason::NotReusable);
                }
                complete(ApiResponse { head, body: bytes }, nonce)
            }
            Err(_) if !head.is_success() => complete(ApiResponse { head, body: Vec::new() }, nonce),
            Err(failure) => Err(Box::new((failure, ApiResponse { head, body: Vec::new() }))),
        }
    }

    /// Opens a connection for a later call, unless `reuse` is true and the pool contains a usable
    /// idle one with at least half of its idle time left.
    pub fn connect(
        &self,
        deadline: Deadline,
        reuse: bool,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let (connection, now) =
            self.acquire(deadline, reuse.then(|| deadline.started()), progress)?;
        let is_ending = progress.is_reused && connection.lifetime.is_ending(now);
        self.pool.add(connection, now);
        if is_ending {
            *progress = Progress::new();
            self.pool.add(self.opener.open(deadline, progress)?, Instant::now());
        }
        Ok(())
    }

    /// Takes an idle connection from the pool or opens one. Also returns the time at which it was
    /// ready. `reuse` is the current time if an idle connection may be used.
    fn acquire(
        &self,
        deadline: Deadline,
        reuse: Option<Instant>,
        progress: &mut Progress,
    ) -> Result<(Box<Connection>, Instant), Failure> {
        if let Some(now) = reuse {
            if let Some(connection) = self.pool.take(now) {
                progress.is_reused = true;
                progress.peer = Some(connection.peer());
                return Ok((connection, now));
            }
        }
        Ok((self.opener.open(deadline, progress)?, Instant::now()))
    }

    /// Runs ureq, which uses the connection in the slot of `handover`.
    fn run(&self, request: &ApiRequest<'_>) -> Result<(Parts, Result<Body, Failure>), Failure> {
        let Target(uri) = request.target;
        // ureq adds Host and Content-Length, the connection adds the other headers.
        let response = match request.method {
            Method::Post => self.agent.run(ureq_request(http::Request::post(uri), request.body)?),
            Method::Get => self.agent.run(ureq_request(http::Request::get(uri), ())?),
            Method::Delete => self.agent.run(ureq_request(http::Request::delete(uri), ())?),
        };
        let (parts, body) = response?.into_parts();
        let body = Body::read(&parts, body);
        Ok((parts, body))
    }

    /// Ends all waits for a DNS lookup and closes the idle connections. The registry must have been
    /// shut down before.
    pub fn shutdown(&self) {
        self.opener.shutdown();
        self.close_idle();
    }

    pub fn close_idle(&self) {
        self.pool.close_idle();
    }

    /// The number of idle connections.
    pub fn idle(&self) -> usize {
        self.pool.idle()
    }
}

/// The result of an exchange with a complete response. `required_nonce` is set if Authlete refused the
/// request because its DPoP proof does not contain this nonce.
fn complete(
    response: ApiResponse,
    required_nonce: Option<Nonce>,
) -> Result<ApiResponse, Box<(Failure, ApiResponse)>> {
    match required_nonce {
        None => Ok(response),
        Some(nonce) => Err(Box::new((Failure::NonceRequired(nonce), response))),
    }
}

fn ureq_request<T>(builder: http::request::Builder, body: T) -> Result<http::Request<T>, Failure> {
    builder.body(body).map_err(|_| Failure::Unexpected)
}

fn head(parts: &Parts) -> Head {
    let value = |name: HeaderName| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let retry_headers = || (value(header::RETRY_AFTER), value(RATE_LIMIT_RESET));
    Head::new(parts.status.as_u16(), value(REQUEST_ID), retry_headers)
}

pub fn agent_config() -> AgentConfig {
    Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(AutoHeaderValue::None)
        .accept(AutoHeaderValue::None)
        .accept_encoding(AutoHeaderValue::None)
        .max_response_header_size(MAX_HEADERS_LEN)
        .max_idle_connections(0)
        .build()
}

/// Initialises ureq's process-wide state with a request that fails before it connects.
pub fn initialise_ureq(agent_config: AgentConfig) {
    let agent = Agent::with_parts(agent_config, (), NoResolver);
    let _ = agent.get("http://localhost/").call();
}

/// A ureq resolver that does nothing. ureq resolves the host for every call, but only a new
/// connection needs the addresses, and the opener resolves them itself.
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
