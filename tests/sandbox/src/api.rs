//! Authlete's HTTP API: the routes, and the checks before a call.

use hyper::StatusCode;
use hyper::http::request::Parts;
use serde_json::{Value, json};

use crate::body::Parameters;
use crate::credentials;
use crate::discovery;
use crate::fail;
use crate::issue;
use crate::request;
use crate::response::Response;
use crate::service::Service;
use crate::state::State;
use crate::ticket_info;

struct Route {
    /// After `/api/{serviceId}/` (v3) or `/api/` (v2).
    path: &'static str,
    /// Allowed methods, as in the Allow header.
    allow: &'static str,
    call: Call,
}

enum Call {
    /// Needs no credentials and has no service ID in its path.
    Public(fn(&Parts) -> Response),
    Read(fn(&State, &Service) -> Response),
    Post(fn(&State, &Service, &Parameters) -> Result<Response, Response>),
}

const ROUTES: &[Route] = &[
    route("auth/authorization", "POST", Call::Post(request::authorization::call)),
    route("auth/authorization/fail", "POST", Call::Post(fail::authorization::call)),
    route("auth/authorization/issue", "POST", Call::Post(issue::authorization::call)),
    route("auth/authorization/ticket/info", "POST", Call::Post(ticket_info::call)),
    route("auth/token", "POST", Call::Post(request::token::call)),
    route("auth/token/fail", "POST", Call::Post(fail::token::call)),
    route("auth/token/issue", "POST", Call::Post(issue::token::call)),
    route("backchannel/authentication", "POST", Call::Post(request::backchannel::call)),
    route("backchannel/authentication/complete", "POST", Call::Post(issue::complete::call)),
    route("backchannel/authentication/fail", "POST", Call::Post(fail::backchannel::call)),
    route("backchannel/authentication/issue", "POST", Call::Post(issue::backchannel::call)),
    route("service/configuration", "GET, HEAD, POST", Call::Read(discovery::configuration)),
    route("service/jwks/get", "GET, HEAD", Call::Read(jwks)),
    route("lifecycle/healthcheck", "GET, HEAD", Call::Public(healthcheck)),
    route("misc/echo", "GET, HEAD, POST", Call::Public(echo)),
];

const fn route(path: &'static str, allow: &'static str, call: Call) -> Route {
    Route { path, allow, call }
}

/// Returns the response to a request; `body` is None if it is over the limit.
pub(crate) fn respond(state: &State, head: &Parts, body: Option<&[u8]>) -> Response {
    let number = state.count_request();
    call(state, head, body).unwrap_or_else(|refusal| refusal).with_request_id(number)
}

/// Assumed: the order of the checks is path, method, credentials, body.
fn call(state: &State, head: &Parts, body: Option<&[u8]>) -> Result<Response, Response> {
    let (service_id, route) = find(head.uri.path()).ok_or_else(Response::not_found)?;
    if !route.allow.split(", ").any(|method| head.method == method) {
        return Err(Response::method_not_allowed(route.allow));
    }
    let path = format!("/{}", route.path);
    let service = || credentials::service(&state.services, service_id, &path, &head.headers);
    match route.call {
        Call::Public(call) => Ok(call(head)),
        Call::Read(call) => service().map(|service| call(state, service)),
        Call::Post(call) => call(state, service()?, &Parameters::read(&head.headers, &path, body)?),
    }
}

/// The route of a path, and the service ID in it (v3).
fn find(path: &str) -> Option<(Option<&str>, &'static Route)> {
    let rest = path.strip_prefix("/api/")?;
    let by_path = |name: &str| ROUTES.iter().find(|route| route.path == name);
    if let Some(route) = by_path(rest) {
        return Some((None, route));
    }
    let (service_id, name) = rest.split_once('/')?;
    let route = by_path(name).filter(|route| !matches!(route.call, Call::Public(_)))?;
    Some((Some(service_id), route))
}

/// Authlete OpenAPI, `/api/{serviceId}/service/jwks/get`: the keys that verify ID tokens and JARM
/// responses.
fn jwks(state: &State, _: &Service) -> Response {
    Response::json(StatusCode::OK, state.signer.jwk_set())
}

fn healthcheck(_: &Parts) -> Response {
    Response::new(StatusCode::OK, "text/plain", "OK".to_owned())
}

/// The query parameters as a JSON object.
fn echo(head: &Parts) -> Response {
    let query = head.uri.query().unwrap_or_default();
    let parameters = form_urlencoded::parse(query.as_bytes());
    let members = parameters.map(|(name, value)| (name.into_owned(), json!(value)));
    Response::json(StatusCode::OK, Value::Object(members.collect()))
}
