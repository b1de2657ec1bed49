//! `/sandbox/services`: creates and removes services, so that parallel tests do not share one.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::HOST;
use hyper::http::request::Parts;
use ring::error::Unspecified;
use ring::rand::{self, SystemRandom};
use serde_json::{Map, Value, json};

use super::{bad_request, error, input};
use crate::response::Response;
use crate::service::{self, Service};
use crate::state::{State, lock};
use crate::strict;
use crate::tickets::random_value;

/// The body has the format of one service in a config file, with random credentials where it has none.
pub(super) fn create(state: &State, head: &Parts, body: &[u8]) -> Result<Response, Response> {
    let service = with_credentials(input::document(body)?)?;
    let mut service: Service = strict::from_value(Value::Object(service)).map_err(bad_request)?;
    service.api_dpop = service.api_dpop.or_else(|| state.api_dpop.clone());
    if service.api_dpop.is_some() && service.unbound_token.is_empty() {
        service.unbound_token = random_value()?;
    }

    let mut services = lock(&state.services);
    let all = services.iter().map(Arc::as_ref).chain([&service]);
    service::check(all).map_err(bad_request)?;
    let client = service.clients.first();
    let document = json!({
        "serviceId": service.service_id,
        "accessToken": service.access_token,
        "apiKey": service.api_key,
        "apiSecret": service.api_secret,
        "clientId": client.map(|client| client.client_id),
        "clientSecret": client.map(|client| &client.client_secret),
        "baseUrl": base_url(state, head),
    });
    let mut response = Response::json(StatusCode::CREATED, document);
    if service.api_dpop.is_some() {
        response = response.with_member("unboundToken", json!(service.unbound_token));
    }
    services.push(Arc::new(service));
    Ok(response)
}

pub(super) fn remove(state: &State, service_id: &str) -> Result<Response, Response> {
    if !state.remove_service(service_id) {
        return Err(error(StatusCode::NOT_FOUND, format!("there is no service {service_id:?}")));
    }
    Ok(Response::no_content())
}

fn with_credentials(mut service: Map<String, Value>) -> Result<Map<String, Value>, Unspecified> {
    let random = [
        ("serviceId", json!(random_id()?.to_string())),
        ("accessToken", json!(random_value()?)),
        ("apiSecret", json!(random_value()?)),
        ("clients", json!([{ "clientId": random_id()?, "clientSecret": random_value()? }])),
    ];
    for (name, value) in random {
        service.entry(name).or_insert(value);
    }
    // As for the built-in services.
    let api_key = service.get("serviceId").cloned().unwrap_or_default();
    service.entry("apiKey").or_insert(api_key);
    Ok(service)
}

/// A random number of 14 digits, like the IDs in Authlete's samples.
fn random_id() -> Result<u64, Unspecified> {
    let bytes: [u8; 8] = rand::generate(&SystemRandom::new())?.expose();
    let smallest = 10_u64.pow(13);
    Ok(smallest + u64::from_le_bytes(bytes) % (9 * smallest))
}

/// From the Host header, because the name and port that the client uses may differ from those on which
/// the sandbox listens, for example in a container.
fn base_url(state: &State, head: &Parts) -> String {
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    match (host, state.base_url.split_once("://")) {
        (Some(host), Some((scheme, _))) => format!("{scheme}://{host}"),
        _ => state.base_url.clone(),
    }
}
