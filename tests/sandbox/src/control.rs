//! `/sandbox`: the control API for test suites.

mod clock;
mod faults;
mod input;
mod requests;
mod services;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::assumed::ASSUMED;
use crate::response::Response;
use crate::state::{State, lock};

pub(crate) fn is_control(head: &Parts) -> bool {
    let path = head.uri.path();
    path == "/sandbox" || path.starts_with("/sandbox/")
}

/// Returns the response to a control request; `body` is None if it is over the limit.
pub(crate) fn respond(state: &State, head: &Parts, body: Option<&[u8]>) -> Response {
    call(state, head, body).unwrap_or_else(|refusal| refusal)
}

fn call(state: &State, head: &Parts, body: Option<&[u8]>) -> Result<Response, Response> {
    let body = body.ok_or_else(|| {
        error(StatusCode::PAYLOAD_TOO_LARGE, "the request body is too large".to_owned())
    })?;
    check_token(state, head)?;
    check_content_type(head, body)?;
    let path = head.uri.path();
    if let Some(service_id) = path.strip_prefix("/sandbox/services/") {
        return match head.method {
            Method::DELETE => services::remove(state, service_id),
            _ => Err(Response::method_not_allowed("DELETE")),
        };
    }
    match (path, &head.method) {
        ("/sandbox", &Method::GET | &Method::HEAD) => Ok(status(state, None)),
        ("/sandbox", _) => Err(Response::method_not_allowed("GET, HEAD")),
        ("/sandbox/clock", &Method::POST) => clock::advance(state, body),
        ("/sandbox/clock", _) => Err(Response::method_not_allowed("POST")),
        ("/sandbox/faults", &Method::POST) => faults::create(state, body),
        ("/sandbox/faults", &Method::GET | &Method::HEAD) => faults::list(state, head),
        ("/sandbox/faults", &Method::DELETE) => faults::remove(state, head),
        ("/sandbox/faults", _) => Err(Response::method_not_allowed("DELETE, GET, HEAD, POST")),
        ("/sandbox/requests", &Method::GET | &Method::HEAD) => requests::list(state, head),
        ("/sandbox/requests", &Method::DELETE) => requests::remove(state, head),
        ("/sandbox/requests", _) => Err(Response::method_not_allowed("DELETE, GET, HEAD")),
        ("/sandbox/services", &Method::POST) => services::create(state, head, body),
        ("/sandbox/services", _) => Err(Response::method_not_allowed("POST")),
        _ => Err(error(StatusCode::NOT_FOUND, "no such control endpoint".to_owned())),
    }
}

fn check_token(state: &State, head: &Parts) -> Result<(), Response> {
    let Some(token) = &state.control_token else { return Ok(()) };
    let header = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = header.and_then(|header| header.split_once(' '));
    if given.is_some_and(|(scheme, given)| scheme.eq_ignore_ascii_case("Bearer") && given == token)
    {
        return Ok(());
    }
    let message = "the control API requires the header \"Authorization: Bearer CONTROL_TOKEN\"";
    Err(error(StatusCode::UNAUTHORIZED, message.to_owned()))
}

/// A web page of another origin cannot send this Content-Type without a CORS preflight request, which
/// the sandbox refuses.
fn check_content_type(head: &Parts, body: &[u8]) -> Result<(), Response> {
    let is_required = head.method == Method::POST || !body.is_empty();
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    if is_required && !media_type.trim().eq_ignore_ascii_case("application/json") {
        let message = "the Content-Type must be application/json";
        return Err(error(StatusCode::UNSUPPORTED_MEDIA_TYPE, message.to_owned()));
    }
    Ok(())
}

fn error(status: StatusCode, message: String) -> Response {
    Response::json(status, json!({ "error": message }))
}

fn bad_request(message: String) -> Response {
    error(StatusCode::BAD_REQUEST, message)
}

/// `now` is the time by the clock of the service, if there is one.
fn status(state: &State, service_id: Option<&str>) -> Response {
    let assumed: Vec<Value> = ASSUMED.iter().map(|&behaviour| behaviour.into()).collect();
    let tickets = state.open_tickets();
    let clock = lock(&state.clock);
    let now = service_id.map_or_else(|| clock.now(), |service_id| clock.now_for(service_id));
    let document = json!({
        "requests": state.requests(),
        "tickets": tickets,
        "now": now.as_secs(),
        "assumed": assumed,
    });
    Response::json(StatusCode::OK, document)
}

/// Fails if there is no such service.
fn check_service(state: &State, service_id: &str) -> Result<(), Response> {
    if state.has_service(service_id) {
        return Ok(());
    }
    Err(bad_request(format!("\"serviceId\": there is no service {service_id:?}")))
}
