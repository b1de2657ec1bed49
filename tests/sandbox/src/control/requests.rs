//! `/sandbox/requests`: lists the API requests so far.

use hyper::StatusCode;
use hyper::http::request::Parts;
use serde_json::json;

use super::input;
use crate::response::Response;
use crate::state::{State, lock};

pub(super) fn list(state: &State, head: &Parts) -> Result<Response, Response> {
    let service_id = input::service_id(head)?;
    let requests = lock(&state.request_log);
    let document = json!({ "requests": requests.list(service_id.as_deref()) });
    Ok(Response::json(StatusCode::OK, document))
}

pub(super) fn remove(state: &State, head: &Parts) -> Result<Response, Response> {
    lock(&state.request_log).remove(input::service_id(head)?.as_deref());
    Ok(Response::no_content())
}
