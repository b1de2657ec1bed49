//! The client for one Authlete service, shared by any number of threads.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::endpoint::Endpoint;
use crate::error::{Error, NOT_SENT};
use crate::interpret::{CallResult, interpret};
use crate::log::{Level, Log, Sink};
use crate::log_line::{self, LogLine};
use crate::options::Options;
use crate::path;
use crate::reply::Reply;
use crate::request::{self, Request};
use crate::retry::{self, Attempts, Policy};
use crate::status::{Status, TicketState};
use crate::transport::{ApiRequest, AttemptError, Deadline, Method, Progress, Target, Transport};

/// The arguments of a call. An argument that the C ABI rejected is an error.
pub struct Arguments<'a> {
    /// The path after `/api` and the service ID.
    pub path: Result<&'a str, Error>,
    /// The request document.
    pub request: Result<&'a str, Error>,
    pub options: Result<&'a str, Error>,
}

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
        client.log.line(
            Level::Debug,
            format_args!("event=client_new host={authority} version={version}"),
        );
        Ok(client)
    }

    /// Calls an endpoint of Authlete's API.
    pub(crate) fn call(&self, arguments: Arguments<'_>, started: Instant) -> Box<Reply> {
        let Arguments { path, request, options } = arguments;
        let path = path.and_then(|path| Ok((path, path::endpoint(path)?)));
        let endpoint = path.as_ref().map_or(Endpoint::Other, |(_, endpoint)| *endpoint);
        let mut diagnostics =
            Diagnostics::of_refused(Some(endpoint), Arc::clone(&self.config.base_url));
        let call = path.and_then(|(path, _)| {
            let options = Options::read(options?)?;
            diagnostics.method = Some(options.method);
            self.prepare(endpoint, path, request?, options)
        });
        self.finish(match call {
            Ok(call) => self.send(&call, diagnostics, started),
            Err(error) => {
                let state = TicketState::Untouched;
                Reply::nothing_sent(Err(error), state, Some(diagnostics), started)
            }
        })
    }

    /// Opens a connection for a later call, unless the pool contains a suitable one.
    pub(crate) fn connect(&self, started: Instant) -> Box<Reply> {
        let diagnostics = Diagnostics::of_refused(None, Arc::clone(&self.config.base_url));
        self.finish(self.open(diagnostics, started))
    }

    /// Returns the reply of a call, or of `connect` if `endpoint` is `None`, that ended in `bug`.
    pub(crate) fn after_bug(
        &self,
        endpoint: Option<Endpoint>,
        bug: Error,
        ticket_state: TicketState,
        started: Instant,
    ) -> Box<Reply> {
        let diagnostics = Diagnostics::of_refused(endpoint, Arc::clone(&self.config.base_url));
        let result = CallResult::without_api_response(Some(bug), ticket_state);
        self.finish(Reply::new(result, 1, Some(diagnostics), started))
    }

    /// Returns the statistics of this process as a JSON object.
    pub(crate) fn stats(&self) -> String {
        self.transport.stats()
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

    /// Validates the request.
    fn prepare<'a>(
        &'a self,
        endpoint: Endpoint,
        path: &str,
        text: &'a str,
        options: Options,
    ) -> Result<Call<'a>, Error> {
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

    fn send(&self, call: &Call<'_>, mut diagnostics: Diagnostics, started: Instant) -> Box<Reply> {
        let Call { endpoint, options, request, target } = call;
        let access_token = options.access_token.as_ref();
        let headers = options.changes_headers().then(|| {
            let has_body = options.method == Method::Post;
            let additional = options.headers.as_ref();
            Arc::new(self.config.request_headers(has_body, access_token, additional))
        });
        let api_request = ApiRequest {
            method: options.method,
            target,
            headers,
            access_token,
            body: request.body(),
        };
        if let Err(error) = self.check_open().and_then(|()| self.transport.check_head(&api_request))
        {
            let state = ticket_state(request, TicketState::Untouched);
            return Reply::nothing_sent(Err(error), state, Some(diagnostics), started);
        }
        let deadline = Deadline::new(started, options.timeout.unwrap_or(self.config.timeout));
        let policy = match (endpoint, options.method) {
            (Endpoint::Fail(_), _) | (_, Method::Get) => Policy::Safe,
            (_, Method::Post | Method::Delete) => Policy::Unprocessed,
        };
        let mut progress = Progress::new();
        let (response, attempts) = self.attempt(policy, deadline, |previous| {
            self.transport.exchange(&api_request, deadline, previous, &mut progress)
        });
        let mut result = interpret(*endpoint, request, options, response, &self.config);
        let state = attempts.ticket_state(result.ticket_state);
        result.error = result.error.map(|error| attempts.error(error));
        result.ticket_state = ticket_state(request, state);
        result.may_repeat = attempts.may_repeat(result.may_repeat);
        let count = attempts.count;
        diagnostics.add_attempts(attempts, progress);
        Reply::new(result, count, Some(diagnostics), started)
    }

    fn open(&self, mut diagnostics: Diagnostics, started: Instant) -> Box<Reply> {
        if let Err(error) = self.check_open() {
            let state = TicketState::None;
            return Reply::nothing_sent(Err(error), state, Some(diagnostics), started);
        }
        let deadline = Deadline::new(started, self.config.timeout);
        let mut progress = Progress::new();
        let (opened, attempts) = self.attempt(Policy::Safe, deadline, |previous| {
            self.transport.connect(deadline, previous.is_none(), &mut progress)
        });
        let (error, may_repeat) = match opened {
            Ok(()) => (None, false),
            Err(last) => (Some(attempts.error(last.error)), last.is_transient),
        };
        // The attempt that finds an idle connection makes no exchange.
        let count = if progress.is_reused { 0 } else { attempts.count };
        if count > 0 {
            diagnostics.add_attempts(attempts, progress);
        }
        let result = CallResult::without_api_response(error, TicketState::None);
        Reply::new(CallResult { may_repeat, ..result }, count, Some(diagnostics), started)
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.is_shut_down.load(Ordering::SeqCst) {
            let message = "the client was shut down";
            return Err(Error::of_call(Status::Shutdown, message, Some(NOT_SENT)));
        }
        Ok(())
    }

    /// Makes up to three attempts. `policy` applies only if the configuration permits retries.
    fn attempt<T>(
        &self,
        policy: Policy,
        deadline: Deadline,
        attempt: impl FnMut(Option<&AttemptError>) -> Result<T, Box<AttemptError>>,
    ) -> (Result<T, Box<AttemptError>>, Attempts) {
        let policy = if self.config.is_retry_enabled { policy } else { Policy::Never };
        let (result, attempts) = retry::run(policy, deadline, attempt);
        for _ in 1..attempts.count {
            self.transport.counters().retries.increment();
        }
        (result, attempts)
    }

    /// Logs and counts a call.
    fn finish(&self, reply: Box<Reply>) -> Box<Reply> {
        if let Some(diagnostics) = &reply.diagnostics {
            let level = log_line::level(&reply, diagnostics);
            let is_detailed = self.log.is_enabled(Level::Debug);
            let line = LogLine { reply: &reply, diagnostics, is_detailed };
            self.log.line(level, format_args!("{line}"));
            // Last, so that a call that ends in a bug while it is logged is counted once.
            if diagnostics.endpoint.is_some() {
                self.transport.counters().count_call(reply.status, reply.outcome);
            }
        }
        reply
    }
}

fn ticket_state(request: &Request<'_>, state: TicketState) -> TicketState {
    if request.has_ticket { state } else { TicketState::None }
}
