//! Interprets the last attempt of a call: derives the outcome, the ticket state, the error and the
//! response.

use std::mem;

use crate::action::{self, Action, Template};
use crate::api_response::{ApiResponse, Document, Head, InvalidBody, well_formed_result_code};
use crate::config::{Config, Labels};
use crate::endpoint::Endpoint;
use crate::error::{Error, MAYBE_PROCESSED, NOT_PROCESSED};
use crate::json::Malformed;
use crate::options::Options;
use crate::request::Request;
use crate::response::{ContentKind, InvalidContent, Response};
use crate::status::{Outcome, Status, TicketState};
use crate::text::Text;
use crate::transport::AttemptError;

/// The result of a call.
pub struct CallResult {
    pub error: Option<Error>,
    pub outcome: Outcome,
    pub ticket_state: TicketState,
    /// Whether Authlete has certainly not processed the call, and the cause of the failure may be
    /// temporary.
    pub may_repeat: bool,
    /// `None` if there is nothing to send to the OAuth client yet.
    pub response: Option<Response>,
    /// The status and headers of the API response.
    pub head: Head,
    /// The JSON document in its body.
    pub document: Document,
}

/// HTTP statuses that mean that Authlete rejected the request before it processed the ticket.
const UNTOUCHED_STATUSES: &[u16] = &[400, 401, 403, 404, 405, 413, 415, 421, TOO_MANY_REQUESTS];

const TOO_MANY_REQUESTS: u16 = 429;

/// "Expected a DPoP header but none was provided."
const DPOP_PROOF_MISSING: &str = "A001301";

pub fn interpret(
    endpoint: Endpoint,
    request: &Request<'_>,
    options: &Options,
    response: Result<ApiResponse, Box<AttemptError>>,
    config: &Config,
) -> CallResult {
    let location_status = config.location_status;
    match response {
        Err(error) => from_attempt_error(endpoint, *error),
        Ok(ApiResponse { head, body }) if !head.is_success() => {
            let document = Document::parse(endpoint, body).unwrap_or_default();
            let next_step = next_step(endpoint, &head, &document, options, config);
            from_http_status(head, document, next_step)
        }
        // For example a 204. Fail endpoints always send a document.
        Ok(ApiResponse { head, body })
            if body.is_empty() && !matches!(endpoint, Endpoint::Fail(_)) =>
        {
            from_document(endpoint, request, head, Document::default(), location_status)
        }
        Ok(ApiResponse { head, body }) => match Document::parse(endpoint, body) {
            Ok(document) => from_document(endpoint, request, head, document, location_status),
            Err(invalid) => {
                let message = format!("the API response {invalid}");
                // Most likely, it is an HTML page of another server.
                let is_html = matches!(invalid, InvalidBody::Malformed(Malformed::Syntax { .. }));
                let next_step = is_html.then(|| format!("check {}", config.labels.base_url));
                let error = Error::of_call(Status::Protocol, message, Some(MAYBE_PROCESSED))
                    .with_next_step(next_step);
                CallResult { head, ..CallResult::failed(error, TicketState::Unknown) }
            }
        },
    }
}

impl CallResult {
    /// The result of a call that has no usable API response.
    pub fn without_api_response(error: Option<Error>, ticket_state: TicketState) -> Self {
        Self {
            error,
            outcome: Outcome::NoApiResponse,
            ticket_state,
            may_repeat: false,
            response: Some(Response::server_error()),
            head: Head::default(),
            document: Document::default(),
        }
    }

    fn failed(error: Error, ticket_state: TicketState) -> Self {
        Self::without_api_response(Some(error), ticket_state)
    }
}

fn from_attempt_error(endpoint: Endpoint, error: AttemptError) -> CallResult {
    let state = if error.may_be_processed { TicketState::Unknown } else { TicketState::Untouched };
    let may_repeat = error.is_transient && !error.may_be_processed;
    let ApiResponse { head, body } = error.response;
    let document = Document::parse(endpoint, body).unwrap_or_default();
    CallResult { head, document, may_repeat, ..CallResult::failed(error.error, state) }
}

fn from_http_status(head: Head, document: Document, next_step: Option<String>) -> CallResult {
    // The result code of a 404 may be a number that only repeats the HTTP status.
    let code =
        well_formed_result_code(document.result_code.as_str()).filter(|code| code.starts_with('A'));
    let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
    let message = format!("Authlete responded with status {}{code}", head.http_status);
    let (state, consequence) = if UNTOUCHED_STATUSES.contains(&head.http_status) {
        (TicketState::Untouched, NOT_PROCESSED)
    } else {
        (TicketState::Unknown, MAYBE_PROCESSED)
    };
    let error = Error::of_call(Status::Http, message, Some(consequence)).with_next_step(next_step);
    let may_repeat = head.http_status == TOO_MANY_REQUESTS;
    CallResult { head, document, may_repeat, ..CallResult::failed(error, state) }
}

/// Returns what to check in the configuration, if it is the most likely cause of an HTTP status.
fn next_step(
    endpoint: Endpoint,
    head: &Head,
    document: &Document,
    options: &Options,
    config: &Config,
) -> Option<String> {
    let Labels { base_url, service_id, credentials, dpop_key, .. } = &config.labels;
    let step = match head.http_status {
        401 if config.dpop.is_none() && document.result_code.as_str() == DPOP_PROOF_MISSING => {
            format!("set {dpop_key}, because the access token is bound to a key")
        }
        401 => {
            let own_token = options.access_token.as_ref().map(|_| "\"accessToken\" in the options");
            let checked =
                [own_token.or(Some(credentials)), config.dpop.as_ref().map(|_| &**dpop_key)];
            let checked: Vec<_> = checked.into_iter().flatten().collect();
            format!("check {}", checked.join(" and "))
        }
        403 if config.service_id.is_some() => {
            format!("check {service_id} and that the access token is valid for this service")
        }
        403 => format!("check {credentials}"),
        404 | 405 if endpoint == Endpoint::Other => "check the path and the method".to_owned(),
        404 | 405 | 501 => format!("check {base_url}"),
        _ => return None,
    };
    Some(step)
}

fn from_document(
    endpoint: Endpoint,
    request: &Request<'_>,
    head: Head,
    mut document: Document,
    location_status: u16,
) -> CallResult {
    let action = action::find(endpoint, document.action.as_str());
    let (outcome, ticket_state) = action::classify(endpoint, action, request, &document);
    let response = match action {
        None if endpoint == Endpoint::Other => Ok(None),
        None => Ok(Some(Response::server_error())),
        Some(Action { response: None, .. }) => Ok(None),
        Some(Action { response: Some(template), .. }) => {
            response(template, &mut document, location_status).map(Some)
        }
    };
    match response {
        Ok(response) => CallResult {
            error: None,
            outcome,
            ticket_state,
            may_repeat: false,
            response,
            head,
            document,
        },
        Err(invalid) => {
            let error =
                Error::of_call(Status::Protocol, format!("the API response {invalid}"), None);
            let is_fail = matches!(endpoint, Endpoint::Fail(_));
            let outcome = if is_fail { Outcome::ServerError } else { outcome };
            CallResult { outcome, head, document, ..CallResult::failed(error, ticket_state) }
        }
    }
}

fn response(
    template: &Template,
    document: &mut Document,
    location_status: u16,
) -> Result<Response, InvalidContent> {
    let is_location = template.content == ContentKind::Location;
    let status = if is_location { location_status } else { template.status };
    let content = document.response_content.take();
    let mut response = Response::new(status, template.content, content)?;
    if let Some(challenge) = template.challenge {
        response.add_header(c"WWW-Authenticate", Text::constant(challenge));
    }
    let nonce = mem::take(&mut document.dpop_nonce);
    if !nonce.as_str().is_empty() {
        response.add_header(c"DPoP-Nonce", nonce);
    }
    Ok(response)
}
