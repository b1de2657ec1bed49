//! The client: one service of Authlete's, shared by any number of threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use ureq::Agent;
use ureq::http::{self, HeaderValue, Uri, header};

use crate::answer::{Answer, NoDocument};
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::error::{Error, Status};
use crate::log::{Level, Log, Sink};
use crate::names::Named;
use crate::reply::Reply;
use crate::request::{self, Request};
use crate::response::{self, Response};
use crate::transport::{self, Failed, Progress};
use crate::verdict::{self, Outcome, TicketState, Verdict};

/// Calls Authlete's fail endpoints.
#[derive(Debug)]
pub struct Client {
    config: Config,
    uris: [Uri; 3],
    authorization: HeaderValue,
    agent: RwLock<Agent>,
    is_shut_down: AtomicBool,
    log: Log,
}

impl Client {
    /// Reads `config`, or the environment where it is empty. Opens no connection.
    pub(crate) fn new(config: &str, sink: Option<Sink>) -> Result<Self, Error> {
        let config = Config::read(config)?;
        let mut authorization = HeaderValue::from_bytes(config.authorization.expose())
            .map_err(|_| Error::new(Status::Internal, "internal: unusable credentials"))?;
        authorization.set_sensitive(true);
        let client = Self {
            uris: [
                uri(&config, Endpoint::Authorization)?,
                uri(&config, Endpoint::Token)?,
                uri(&config, Endpoint::BackchannelAuthentication)?,
            ],
            authorization,
            agent: RwLock::new(transport::agent(&config)),
            is_shut_down: AtomicBool::new(false),
            log: Log::new(config.log_level, sink),
            config,
        };
        let version = env!("CARGO_PKG_VERSION");
        let authority = &client.config.base_url.authority;
        client.log.line(Level::Debug, format_args!("client of {authority}, version {version}"));
        Ok(client)
    }

    /// Reports a failure to Authlete; `text` is the request document.
    pub(crate) fn call(&self, endpoint: Endpoint, text: &str) -> Reply {
        let started = Instant::now();
        let reply = match request::parse(endpoint, text, self.config.allow_unknown_reasons) {
            Err(error) => Reply::without_answer(Err(error), TicketState::Untouched, 0),
            Ok(request) if self.is_shut_down.load(Ordering::Acquire) => {
                let error = Error::new(
                    Status::Shutdown,
                    "shutdown: the client was shut down; nothing was sent",
                );
                let ticket_state = ticket_state(&request, TicketState::Untouched);
                Reply::without_answer(Err(error), ticket_state, 0)
            }
            Ok(request) => self.attempt(endpoint, &request),
        };
        self.log_call(endpoint, &reply, started);
        reply
    }

    /// Ends the calls in flight and refuses further ones.
    pub(crate) fn shutdown(&self) {
        self.is_shut_down.store(true, Ordering::Release);
        self.agent().shutdown();
    }

    /// A panic may have left the agent's locks poisoned.
    pub(crate) fn replace_agent(&self) {
        let agent = transport::agent(&self.config);
        *self.agent.write().unwrap_or_else(PoisonError::into_inner) = agent;
    }

    fn agent(&self) -> Agent {
        self.agent.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn attempt(&self, endpoint: Endpoint, request: &Request) -> Reply {
        let (mut verdict, answer) = match self.exchange(endpoint, request) {
            Ok((mut answer, None)) if (200..300).contains(&answer.http_status) => {
                let location_status = self.config.location_status;
                let verdict = verdict::of_document(endpoint, request, &mut answer, location_status);
                (verdict, answer)
            }
            Ok((answer, None)) => (verdict::of_http_status(&answer), answer),
            Ok((answer, Some(_))) if !(200..300).contains(&answer.http_status) => {
                (verdict::of_http_status(&answer), answer)
            }
            Ok((answer, Some(problem))) => (self.without_document(&problem), answer),
            Err(error) => (self.without_answer(&error), Answer::default()),
        };
        verdict.ticket_state = ticket_state(request, verdict.ticket_state);
        Reply::new(verdict, answer, 1)
    }

    fn exchange(
        &self,
        endpoint: Endpoint,
        request: &Request,
    ) -> Result<(Answer, Option<NoDocument>), ureq::Error> {
        let body = request.body.expose();
        let [authorization, token, backchannel_authentication] = &self.uris;
        let uri = match endpoint {
            Endpoint::Authorization => authorization,
            Endpoint::Token => token,
            Endpoint::BackchannelAuthentication => backchannel_authentication,
        };
        let request = http::Request::post(uri)
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body)?;
        Progress::begin(body.len());
        self.agent().run(request).map(Answer::read)
    }

    /// The verdict where the body of a 2xx answer is of no use.
    fn without_document(&self, problem: &NoDocument) -> Verdict {
        if let NoDocument::Broken(error) = problem {
            return self.without_answer(error);
        }
        let message = format!("protocol: Authlete's answer is unusable: {problem}");
        no_answer(Error::new(Status::Protocol, message), TicketState::Unknown)
    }

    /// The verdict where there is no answer, from how far the attempt came.
    fn without_answer(&self, error: &ureq::Error) -> Verdict {
        let progress = Progress::current();
        let error = transport::classify(&Failed {
            error,
            progress,
            is_shut_down: self.is_shut_down.load(Ordering::Acquire),
            authority: &self.config.base_url.authority,
            timeout: self.config.timeout,
        });
        let is_complete = progress.is_request_complete();
        no_answer(error, if is_complete { TicketState::Unknown } else { TicketState::Untouched })
    }

    fn log_call(&self, endpoint: Endpoint, reply: &Reply, started: Instant) {
        let level = match (reply.status, reply.outcome) {
            (Status::Internal, _) => Level::Error,
            (Status::Ok, Outcome::Delivered) => Level::Info,
            _ => Level::Warn,
        };
        let action = reply.action.as_c_str().to_str().unwrap_or_default();
        let action = if response::is_known(endpoint, action) { action } else { "-" };
        self.log.line(
            level,
            format_args!(
                "{}: {}, HTTP {}, action {action}, {}, ticket {}, {} attempt(s), {} ms",
                endpoint.name(),
                reply.status.name(),
                reply.http_status,
                reply.outcome.name(),
                reply.ticket_state.name(),
                reply.attempts,
                started.elapsed().as_millis(),
            ),
        );
    }
}

fn no_answer(error: Error, ticket_state: TicketState) -> Verdict {
    Verdict {
        error: Some(error),
        outcome: Outcome::NoAnswer,
        ticket_state,
        response: Response::server_error(),
    }
}

fn ticket_state(request: &Request, state: TicketState) -> TicketState {
    if request.has_ticket { state } else { TicketState::None }
}

fn uri(config: &Config, endpoint: Endpoint) -> Result<Uri, Error> {
    let service = config.service_id.as_ref().map(|id| format!("/{id}")).unwrap_or_default();
    format!("{}/api{service}{}", config.base_url, endpoint.path())
        .parse()
        .map_err(|_| Error::new(Status::Internal, "internal: unusable base URL"))
}
