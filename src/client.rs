//! The client: one service of Authlete's, shared by any number of threads.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use ureq::http::Uri;

use crate::answer::{Answer, NoDocument};
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::error::{Error, NOT_SENT, Problem};
use crate::log::{Level, Log, Sink};
use crate::reply::Reply;
use crate::request::{self, Request};
use crate::response::{self, Response};
use crate::retry::{Earlier, MIN_REMAINING};
use crate::status::{Named, Outcome, Status, TicketState};
use crate::transport::{Attempt, BodyError, Ended, Transport};
use crate::verdict::{self, Verdict};

/// Calls Authlete's fail endpoints.
#[derive(Debug)]
pub struct Client {
    config: Arc<Config>,
    uris: [Uri; 3],
    transport: Transport,
    is_shut_down: AtomicBool,
    log: Log,
}

/// How an attempt came out.
enum Attempted {
    /// With an answer, and perhaps a reason why it has no document.
    Answered(Answer, Option<NoDocument>),
    /// Without a whole one.
    Failed(Failed),
}

struct Failed {
    problem: Problem,
    may_be_processed: bool,
    may_be_tried_again: bool,
    /// The head of the answer, where its body broke off.
    answer: Answer,
}

impl Client {
    /// Reads `config`, or the environment where it is empty. Opens no connection.
    pub(crate) fn new(config: &str, sink: Option<Sink>) -> Result<Self, Error> {
        let config = Arc::new(Config::read(config)?);
        let client = Self {
            uris: [
                uri(&config, Endpoint::Authorization)?,
                uri(&config, Endpoint::Token)?,
                uri(&config, Endpoint::BackchannelAuthentication)?,
            ],
            transport: Transport::new(Arc::clone(&config))?,
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
            Ok(request) => self.send(endpoint, &request, started),
        };
        self.log_call(endpoint, &reply, started);
        reply
    }

    /// Ends the calls in flight and refuses further ones.
    pub(crate) fn shutdown(&self) {
        self.is_shut_down.store(true, Ordering::SeqCst);
        self.transport.shutdown();
    }

    /// A panic may have left connections and locks in any state.
    pub(crate) fn recover(&self) {
        self.transport.discard();
        if self.is_shut_down.load(Ordering::SeqCst) {
            self.transport.shutdown();
        }
    }

    fn send(&self, endpoint: Endpoint, request: &Request<'_>, started: Instant) -> Reply {
        if self.is_shut_down.load(Ordering::SeqCst) {
            let what = "the client was shut down".to_owned();
            let problem = Problem { status: Status::Shutdown, what, consequence: Some(NOT_SENT) };
            let ticket_state = ticket_state(request, TicketState::Untouched);
            return Reply::without_answer(Err(problem.into_error()), ticket_state, 0);
        }
        let deadline = started + self.config.timeout;
        let mut attempts = 1;
        let mut attempted = self.attempt(endpoint, request, deadline, false);
        let mut earlier = None;
        if let Attempted::Failed(failed) = &attempted
            && failed.may_be_tried_again
            && self.config.is_retrying
            && deadline.saturating_duration_since(Instant::now()) >= MIN_REMAINING
        {
            let name = endpoint.name();
            self.log.line(Level::Debug, format_args!("{name}: again, as {}", failed.problem.what));
            let second = self.attempt(endpoint, request, deadline, true);
            if let Attempted::Failed(failed) = mem::replace(&mut attempted, second) {
                earlier = Some(Earlier::from(failed));
            }
            attempts = 2;
        }
        let (mut verdict, answer) = self.judge(endpoint, request, attempted);
        if let Some(earlier) = earlier {
            earlier.amend(&mut verdict);
        }
        verdict.ticket_state = ticket_state(request, verdict.ticket_state);
        Reply::of_verdict(verdict, answer, attempts)
    }

    fn attempt(
        &self,
        endpoint: Endpoint,
        request: &Request<'_>,
        deadline: Instant,
        is_second: bool,
    ) -> Attempted {
        let body = request.body();
        let [authorization, token, backchannel_authentication] = &self.uris;
        let uri = match endpoint {
            Endpoint::Authorization => authorization,
            Endpoint::Token => token,
            Endpoint::BackchannelAuthentication => backchannel_authentication,
        };
        let (head, body) = match self.transport.exchange(uri, body, deadline, is_second) {
            Ok(received) => received,
            Err(error) => return self.failed(&error, Answer::default()),
        };
        match Answer::read(&head, body) {
            (answer, Some(NoDocument::Unread(BodyError::Broken(error)))) if answer.is_success() => {
                self.failed(&error, answer)
            }
            (answer, problem) => Attempted::Answered(answer, problem),
        }
    }

    fn failed(&self, error: &ureq::Error, answer: Answer) -> Attempted {
        let ended = Ended {
            error,
            attempt: Attempt::current(),
            authority: &self.config.base_url.authority,
            proxy: self.config.proxy.as_ref().map(|proxy| proxy.authority.as_str()),
            timeout: self.config.timeout,
        };
        Attempted::Failed(Failed {
            problem: ended.problem(),
            may_be_processed: ended.may_be_processed(),
            may_be_tried_again: ended.may_be_tried_again(),
            answer,
        })
    }

    fn judge(
        &self,
        endpoint: Endpoint,
        request: &Request<'_>,
        attempted: Attempted,
    ) -> (Verdict, Answer) {
        match attempted {
            Attempted::Answered(answer, _) if !answer.is_success() => {
                (verdict::of_http_status(&answer), answer)
            }
            Attempted::Answered(mut answer, None) => {
                let status = self.config.location_status;
                (verdict::of_document(endpoint, request, &mut answer, status), answer)
            }
            Attempted::Answered(answer, Some(problem)) => {
                let what = format!("Authlete's answer is unusable: {problem}");
                let problem = Problem { status: Status::Protocol, what, consequence: None };
                (no_api_response(problem, TicketState::Unknown), answer)
            }
            Attempted::Failed(failed) => {
                let ticket_state = if failed.may_be_processed {
                    TicketState::Unknown
                } else {
                    TicketState::Untouched
                };
                (no_api_response(failed.problem, ticket_state), failed.answer)
            }
        }
    }

    fn log_call(&self, endpoint: Endpoint, reply: &Reply, started: Instant) {
        let level = match (reply.status, reply.outcome) {
            (Status::Internal, _) => Level::Error,
            (Status::Ok, Outcome::Delivered) => Level::Info,
            _ => Level::Warn,
        };
        if !self.log.wants(level) {
            return;
        }
        let action = reply.action.as_str();
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

impl From<Failed> for Earlier {
    fn from(failed: Failed) -> Self {
        Self { problem: failed.problem, may_be_processed: failed.may_be_processed }
    }
}

fn no_api_response(problem: Problem, ticket_state: TicketState) -> Verdict {
    Verdict {
        problem: Some(problem),
        outcome: Outcome::NoApiResponse,
        ticket_state,
        response: Response::server_error(),
    }
}

fn ticket_state(request: &Request<'_>, state: TicketState) -> TicketState {
    if request.has_ticket { state } else { TicketState::None }
}

fn uri(config: &Config, endpoint: Endpoint) -> Result<Uri, Error> {
    let service = config.service_id.as_ref().map(|id| format!("/{id}")).unwrap_or_default();
    format!("{}/api{service}{}", config.base_url, endpoint.path())
        .parse()
        .map_err(|_| Error::new(Status::Internal, "internal: unusable base URL"))
}
