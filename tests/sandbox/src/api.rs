//! Authlete's HTTP API: the routes, and the checks before a call.

use hyper::StatusCode;
use hyper::http::request::Parts;
use serde_json::{Value, json};

use crate::body::Parameters;
use crate::codes::A001201;
use crate::credentials;
use crate::discovery;
use crate::dpop;
use crate::fail;
use crate::issue;
use crate::redact;
use crate::request;
use crate::response::Response;
use crate::service::Service;
use crate::state::{State, lock};
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

/// The part of an API request that selects the route and the service.
pub(crate) struct Target {
    /// In v3 the ID in the path, without secrets; in v2 that of the service with the credentials.
    pub service_id: Option<String>,
    /// As after the service ID, with a leading slash; the whole path without secrets if there is no
    /// such route.
    pub path: String,
    /// The ID in the path (v3).
    path_service_id: Option<String>,
    route: Option<&'static Route>,
}

impl Target {
    pub fn new(state: &State, head: &Parts) -> Self {
        let path = head.uri.path();
        let Some((path_service_id, route)) = find(path) else {
            let path = redact::path(path);
            return Self { service_id: None, path, path_service_id: None, route: None };
        };
        let path_service_id = path_service_id.map(str::to_owned);
        let service_id = match &path_service_id {
            Some(id) if state.has_service(id) => Some(id.clone()),
            // It may be a token that is in the path by mistake.
            Some(id) => Some(redact::path(id)),
            None => {
                let service = credentials::claimed_service(&lock(&state.services), &head.headers);
                service.map(|service| service.service_id.clone())
            }
        };
        let path = format!("/{}", route.path);
        Self { service_id, path, path_service_id, route: Some(route) }
    }
}

/// Whether `path` is that of a route, as in [`Target`].
pub(crate) fn is_path(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|path| ROUTES.iter().any(|route| route.path == path))
}

/// Returns the response to a request; `body` is None if it is over the limit.
pub(crate) fn respond(
    state: &State,
    target: &Target,
    head: &Parts,
    body: Option<&[u8]>,
) -> Response {
    let response = call(state, target, head, body).unwrap_or_else(|refusal| refusal);
    let service_id = target.service_id.as_deref();
    match service_id.and_then(|service_id| state.service(service_id)) {
        Some(service) => dpop::complete(state, &service, &head.headers, response),
        None => response,
    }
}

/// Assumed: the order of the checks is path, method, TLS, credentials, DPoP proof, body.
fn call(
    state: &State,
    target: &Target,
    head: &Parts,
    body: Option<&[u8]>,
) -> Result<Response, Response> {
    let Target { path, path_service_id, .. } = target;
    let route = target.route.ok_or_else(Response::not_found)?;
    if !route.allow.split(", ").any(|method| head.method == method) {
        return Err(Response::method_not_allowed(route.allow));
    }
    if !state.is_tls() && target.service_id.as_deref().is_some_and(|id| requires_tls(state, id)) {
        return Err(Response::refusal(StatusCode::BAD_REQUEST, A001201, &[("API Path", path)]));
    }
    let service = || {
        let (service, credentials) = {
            let services = lock(&state.services);
            credentials::service(&services, path_service_id.as_deref(), path, &head.headers)?
        };
        dpop::check(state, &service, &credentials, head)?;
        Ok(service)
    };
    match route.call {
        Call::Public(call) => Ok(call(head)),
        Call::Read(call) => service().map(|service| call(state, &service)),
        Call::Post(call) => {
            let service = service()?;
            call(state, &service, &Parameters::read(&head.headers, path, body)?)
        }
    }
}

fn requires_tls(state: &State, service_id: &str) -> bool {
    let services = lock(&state.services);
    services.iter().any(|service| service.service_id == service_id && service.tls_required)
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
fn jwks(state: &State, service: &Service) -> Response {
    let algorithms = service
        .algorithms(&[|client| client.id_token_sign_alg, |client| client.authorization_sign_alg]);
    match state.signer.jwk_set(algorithms) {
        Ok(keys) => Response::json(StatusCode::OK, keys),
        Err(error) => error.into(),
    }
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
