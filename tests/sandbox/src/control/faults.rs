//! `/sandbox/faults`: makes the next API requests fail.

use hyper::StatusCode;
use hyper::http::request::Parts;
use serde_json::json;

use super::{bad_request, check_service, input};
use crate::api;
use crate::fault::Fault;
use crate::response::Response;
use crate::state::{State, lock};

pub(super) fn create(state: &State, body: &[u8]) -> Result<Response, Response> {
    let fault: Fault = input::document(body)?;
    fault.check().map_err(bad_request)?;
    if let Some(service_id) = &fault.service_id {
        check_service(state, service_id)?;
    }
    if let Some(path) = fault.path.as_deref().filter(|path| !api::is_path(path)) {
        let example = "for example \"/auth/authorization/fail\"";
        return Err(bad_request(format!(
            "\"path\": there is no API path {path:?}; expected a path as after the service ID, {example}"
        )));
    }
    let response = Response::json(StatusCode::CREATED, json!(fault));
    lock(&state.faults).add(fault);
    Ok(response)
}

pub(super) fn list(state: &State, head: &Parts) -> Result<Response, Response> {
    let service_id = input::service_id(head)?;
    let faults = lock(&state.faults);
    let document = json!({ "faults": faults.list(service_id.as_deref()) });
    Ok(Response::json(StatusCode::OK, document))
}

pub(super) fn remove(state: &State, head: &Parts) -> Result<Response, Response> {
    lock(&state.faults).remove(input::service_id(head)?.as_deref());
    Ok(Response::no_content())
}
