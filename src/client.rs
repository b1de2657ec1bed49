//! The client for one Authlete service, shared by any number of threads.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::action;
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::error::{Error, NOT_SENT};
use crate::interpret::{CallResult, interpret};
use crate::log::{Level, Log, Sink};
use crate::options::Options;
use crate::path;
use crate::reply::Reply;
use crate::request::{self, Request};
use crate::retry::{self, Attempts, Policy};
use crate::status::{Named, Outcome, Status, TicketState};
use crate::transport::{ApiRequest, AttemptError, Deadline, Method, Target, Transport};

/// A call that is ready to be sent.
struct Call<'a> {
    endpoint: Endpoint,
    options: Options,
    request: Request<'a>,
    target: Cow<'a, Target>,
}

/// Calls Authlete's API.
#[derive(Debug)]
pub struct Client {
    config: Arc<Config>,
    transport: Transport,
    /// The URLs of the known endpoints.
    targets: Vec<(Endpoint, Target)>,
    is_shut_down: AtomicBool,
    log: Log,
}

impl Client {
    /// Reads `config`, or the environment if `config` is empty. Opens no connection.
    pub(crate) fn new(config: &str, sink: Option<Sink>) -> Result<Self, Error> {
        let config = Arc::new(Config::read(config)?);
        let transport = Transport::new(Arc::clone(&config))?;
        let target = |(endpoint, path)| Ok((endpoint, transport.target(path)?));
        let client = Self {
            targets: Endpoint::known().map(target).collect::<Result<_, Error>>()?,
            transport,
            is_shut_down: AtomicBool::new(false),
            log: Log::new(config.log_level, sink),
            config,
        };
        let version = env!("CARGO_PKG_VERSION");
        let authority = &client.config.base_url.authority;
        client.log.line(Level::Debug, format_args!("client for {authority}, version {version}"));
        Ok(client)
    }

    /// Calls an endpoint of Authlete's API. `path` is the path after `/api` and the service ID,
    /// `text` the request document.
    pub(crate) fn call(&self, path: &str, text: &str, options: &str) -> Reply {
        let started = Instant::now();
        let refused = |error| Reply::nothing_sent(Err(error), TicketState::Untouched, started);
        let (endpoint, reply) = match path::endpoint(path) {
            Err(problem) => {
                let message = format!("\"path\" {problem}");
                let error = Error::of_input(Status::InvalidArgument, "argument", message);
                (Endpoint::Other, refused(error))
            }
            Ok(endpoint) => {
                let call = self.prepare(endpoint, path, text, options);
                (endpoint, call.map_or_else(refused, |call| self.send(&call, started)))
            }
        };
        self.log_reply(Some(endpoint), &reply);
        reply
    }

    /// Opens a connection for a later call, unless the pool contains a suitable one.
    pub(crate) fn connect(&self) -> Reply {
        let started = Instant::now();
        let reply = self.open(started);
        self.log_reply(None, &reply);
        reply
    }

    /// Aborts the calls in flight and rejects later calls. This cannot be undone.
    pub(crate) fn shutdown(&self) {
        self.is_shut_down.store(true, Ordering::SeqCst);
        self.transport.shutdown();
    }

    /// Discards the connections after a panic, which may have left them in an inconsistent state.
    pub(crate) fn recover(&self) {
        self.transport.recover();
        if self.is_shut_down.load(Ordering::SeqCst) {
            self.transport.shutdown();
        }
    }

    /// Validates the options and the request.
    fn prepare<'a>(
        &'a self,
        endpoint: Endpoint,
        path: &str,
        text: &'a str,
        options: &str,
    ) -> Result<Call<'a>, Error> {
        let options = Options::read(options)?;
        let request = match (endpoint, options.method) {
            (Endpoint::Fail(fail), Method::Post) => {
                request::parse_fail(fail, text, self.config.allow_unknown_reasons)?
            }
            (Endpoint::Fail(_), _) => {
                let message = "\"method\" must be \"POST\" for a fail endpoint";
                return Err(Error::of_input(Status::InvalidRequest, "options", message));
            }
            (_, Method::Post) => request::parse_other(text)?,
            (_, Method::Get | Method::Delete) => request::parse_none(text)?,
        };
        let known = self.targets.iter().find(|(known, _)| *known == endpoint);
        let target = match known {
            Some((_, target)) => Cow::Borrowed(target),
            None => Cow::Owned(self.transport.target(path)?),
        };
        Ok(Call { endpoint, options, request, target })
    }

    fn send(&self, call: &Call<'_>, started: Instant) -> Reply {
        let Call { endpoint, options, request, target } = call;
        let headers = options.changes_headers().then(|| {
            let Options { authorization, headers, .. } = options;
            let has_body = options.method == Method::Post;
            let (authorization, headers) = (authorization.as_ref(), headers.as_ref());
            Arc::new(self.config.request_headers(has_body, authorization, headers))
        });
        let api_request =
            ApiRequest { method: options.method, target, headers, body: request.body() };
        if let Err(error) = self.check_open().and_then(|()| self.transport.check_head(&api_request))
        {
            let state = ticket_state(request, TicketState::Untouched);
            return Reply::nothing_sent(Err(error), state, started);
        }
        let deadline = Deadline::new(started, options.timeout.unwrap_or(self.config.timeout));
        let policy = match (endpoint, options.method) {
            (Endpoint::Fail(_), _) | (_, Method::Get) => Policy::Safe,
            (_, Method::Post | Method::Delete) => Policy::Unprocessed,
        };
        let (response, attempts) = self.attempt(name(Some(*endpoint)), policy, deadline, |reuse| {
            self.transport.exchange(&api_request, deadline, reuse)
        });
        let result = interpret(*endpoint, request, response, self.config.location_status);
        let state = attempts.ticket_state(result.ticket_state);
        let result = CallResult {
            error: result.error.map(|error| attempts.error(error)),
            ticket_state: ticket_state(request, state),
            may_repeat: attempts.may_repeat(result.may_repeat),
            ..result
        };
        Reply::new(result, attempts.count, started)
    }

    fn open(&self, started: Instant) -> Reply {
        if let Err(error) = self.check_open() {
            return Reply::nothing_sent(Err(error), TicketState::None, started);
        }
        let deadline = Deadline::new(started, self.config.timeout);
        let (opened, attempts) = self.attempt(name(None), Policy::Safe, deadline, |reuse| {
            self.transport.connect(deadline, reuse)
        });
        let (error, may_repeat, count) = match opened {
            Ok(is_new) => (None, false, if is_new { attempts.count } else { 0 }),
            Err(last) => (Some(attempts.error(last.error)), last.is_transient, attempts.count),
        };
        let result = CallResult::without_api_response(error, TicketState::None);
        Reply::new(CallResult { may_repeat, ..result }, count, started)
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.is_shut_down.load(Ordering::SeqCst) {
            let message = "the client was shut down";
            return Err(Error::of_call(Status::Shutdown, message, Some(NOT_SENT)));
        }
        Ok(())
    }

    /// Makes one or two attempts. `name` is the name of the call in the log. `policy` applies only if
    /// the configuration permits retries.
    fn attempt<T>(
        &self,
        name: &str,
        policy: Policy,
        deadline: Deadline,
        attempt: impl Fn(bool) -> Result<T, AttemptError>,
    ) -> (Result<T, AttemptError>, Attempts) {
        let policy = if self.config.is_retry_enabled { policy } else { Policy::Never };
        retry::run(policy, deadline, attempt, |cause| {
            self.log.line(Level::Debug, format_args!("{name}: retrying: {}", cause.message));
        })
    }

    /// Logs a call, or `connect` if `endpoint` is `None`.
    fn log_reply(&self, endpoint: Option<Endpoint>, reply: &Reply) {
        let is_server_error =
            reply.response.as_ref().is_some_and(|response| response.status == 500);
        let level = match (reply.status, reply.outcome) {
            (Status::Internal, _) => Level::Error,
            (Status::Ok, _) if endpoint.is_none() => Level::Info,
            (Status::Ok, Outcome::Delivered) => Level::Info,
            (Status::Ok, Outcome::OtherApi) if !is_server_error => Level::Info,
            _ => Level::Warn,
        };
        if !self.log.is_enabled(level) {
            return;
        }
        let name = name(endpoint);
        let action = reply.action.as_str();
        let is_known = endpoint.is_some_and(|endpoint| action::find(endpoint, action).is_some());
        let action = if is_known { action } else { "-" };
        self.log.line(
            level,
            format_args!(
                "{name}: {}, HTTP {}, action {action}, {}, ticket {}, {} attempt(s), {} ms",
                reply.status.name(),
                reply.http_status,
                reply.outcome.name(),
                reply.ticket_state.name(),
                reply.attempts,
                reply.duration_us / 1000,
            ),
        );
    }
}

/// The name of a call in the log. `None` is [`Client::connect`].
fn name(endpoint: Option<Endpoint>) -> &'static str {
    endpoint.map_or("connect", |endpoint| endpoint.path().unwrap_or("other"))
}

fn ticket_state(request: &Request<'_>, state: TicketState) -> TicketState {
    if request.has_ticket { state } else { TicketState::None }
}
