//! The client for one Authlete service, shared by any number of threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::action;
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::error::{Error, NOT_SENT};
use crate::interpret::{CallResult, interpret};
use crate::log::{Level, Log, Sink};
use crate::reply::Reply;
use crate::request::{self, Request};
use crate::retry::{self, Attempts};
use crate::status::{Named, Outcome, Status, TicketState};
use crate::transport::{ApiRequest, AttemptError, Target, Transport};

/// The name of [`Client::connect`] in the log.
const CONNECT: &str = "connect";

/// Calls Authlete's fail endpoints.
#[derive(Debug)]
pub struct Client {
    config: Arc<Config>,
    transport: Transport,
    targets: [Target; 3],
    is_shut_down: AtomicBool,
    log: Log,
}

impl Client {
    /// Reads `config`, or the environment if `config` is empty. Opens no connection.
    pub(crate) fn new(config: &str, sink: Option<Sink>) -> Result<Self, Error> {
        let config = Arc::new(Config::read(config)?);
        let transport = Transport::new(Arc::clone(&config))?;
        let target = |endpoint: Endpoint| transport.target(endpoint.spec().path);
        let client = Self {
            targets: [
                target(Endpoint::Authorization)?,
                target(Endpoint::Token)?,
                target(Endpoint::BackchannelAuthentication)?,
            ],
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

    /// Calls a fail endpoint. `text` is the request document.
    pub(crate) fn call(&self, endpoint: Endpoint, text: &str) -> Reply {
        let started = Instant::now();
        let reply = match request::parse(endpoint, text, self.config.allow_unknown_reasons) {
            Err(error) => Reply::nothing_sent(Err(error), TicketState::Untouched),
            Ok(request) => self.send(endpoint, &request, started),
        };
        self.log_reply(Some(endpoint), &reply, started);
        reply
    }

    /// Opens a connection for a later call, unless the pool contains a suitable one.
    pub(crate) fn connect(&self) -> Reply {
        let started = Instant::now();
        let reply = self.open(started);
        self.log_reply(None, &reply, started);
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

    fn send(&self, endpoint: Endpoint, request: &Request<'_>, started: Instant) -> Reply {
        if let Err(error) = self.check_open() {
            return Reply::nothing_sent(Err(error), ticket_state(request, TicketState::Untouched));
        }
        let deadline = started + self.config.timeout;
        let api_request = ApiRequest { target: self.target(endpoint), body: request.body() };
        let (response, attempts) = self.attempt(endpoint.spec().name, deadline, |reuse| {
            self.transport.exchange(&api_request, deadline, reuse)
        });
        let result = interpret(endpoint, request, response, self.config.location_status);
        let state = attempts.ticket_state(result.ticket_state);
        let result = CallResult {
            error: result.error.map(|error| attempts.error(error)),
            ticket_state: ticket_state(request, state),
            ..result
        };
        Reply::new(result, attempts.count)
    }

    fn open(&self, started: Instant) -> Reply {
        if let Err(error) = self.check_open() {
            return Reply::nothing_sent(Err(error), TicketState::None);
        }
        let deadline = started + self.config.timeout;
        let (opened, attempts) =
            self.attempt(CONNECT, deadline, |reuse| self.transport.connect(deadline, reuse));
        let (error, count) = match opened {
            Ok(is_new) => (None, if is_new { attempts.count } else { 0 }),
            Err(last) => (Some(attempts.error(last.error)), attempts.count),
        };
        Reply::new(CallResult::without_api_response(error, TicketState::None), count)
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.is_shut_down.load(Ordering::SeqCst) {
            let message = "the client was shut down";
            return Err(Error::of_call(Status::Shutdown, message, Some(NOT_SENT)));
        }
        Ok(())
    }

    /// Makes one or two attempts. `name` is the name of the call in the log.
    fn attempt<T>(
        &self,
        name: &str,
        deadline: Instant,
        attempt: impl Fn(bool) -> Result<T, AttemptError>,
    ) -> (Result<T, AttemptError>, Attempts) {
        retry::run(self.config.is_retry_enabled, deadline, attempt, |cause| {
            self.log.line(Level::Debug, format_args!("{name}: retrying: {}", cause.message));
        })
    }

    fn target(&self, endpoint: Endpoint) -> &Target {
        let [authorization, token, backchannel_authentication] = &self.targets;
        match endpoint {
            Endpoint::Authorization => authorization,
            Endpoint::Token => token,
            Endpoint::BackchannelAuthentication => backchannel_authentication,
        }
    }

    /// Logs a call, or `connect` if `endpoint` is `None`.
    fn log_reply(&self, endpoint: Option<Endpoint>, reply: &Reply, started: Instant) {
        let level = match reply.status {
            Status::Internal => Level::Error,
            Status::Ok if endpoint.is_none() || reply.outcome == Outcome::Delivered => Level::Info,
            _ => Level::Warn,
        };
        if !self.log.is_enabled(level) {
            return;
        }
        let name = endpoint.map_or(CONNECT, |endpoint| endpoint.spec().name);
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
                started.elapsed().as_millis(),
            ),
        );
    }
}

fn ticket_state(request: &Request<'_>, state: TicketState) -> TicketState {
    if request.has_ticket { state } else { TicketState::None }
}
