//! One API request: the log of requests, the fault that applies to it, and the response.

use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde_json::json;
use tokio::time::sleep;

use crate::api::{self, Target};
use crate::cut_body::{Disconnected, ResponseBody, cut, whole};
use crate::fault::{Disconnect, Fault};
use crate::log_line::LogLine;
use crate::request_log::Entry;
use crate::response;
use crate::state::{State, lock};

/// Returns the response to an API request; `body` is None if it is over the limit. An error closes the
/// connection.
pub(crate) async fn respond(
    state: &State,
    head: &Parts,
    body: Option<&[u8]>,
) -> Result<Response<ResponseBody>, Disconnected> {
    let number = state.count_request();
    let target = Target::new(state, head);
    let service_id = target.service_id.as_deref();
    let fault = lock(&state.faults).take(service_id, &target.path);
    let entry = Entry::new(number, service_id, head.method.as_str(), &target.path)
        .with_content(&head.headers, body)
        .with_fault(fault.is_some());
    lock(&state.request_log).add(entry);

    let is_processed = fault.as_ref().is_none_or(Fault::is_processed);
    // Before the delay, so that a request is processed even if the client no longer waits.
    let processed = is_processed.then(|| api::respond(state, &target, head, body));
    let replacement = fault.as_ref().and_then(Fault::response);
    if state.is_logging {
        let status = replacement.as_ref().map(Response::status);
        let status = status.or(processed.as_ref().map(response::Response::status));
        let line = LogLine::new(&head.method, &target);
        line.print(status.unwrap_or_default(), processed.as_ref(), fault.as_ref());
    }
    let response = replacement.unwrap_or_else(|| {
        processed.unwrap_or_else(placeholder).with_request_id(number).into_http()
    });
    if let Some(fault) = &fault {
        sleep(fault.delay()).await;
    }
    let disconnect = fault.and_then(|fault| fault.disconnect);
    if disconnect == Some(Disconnect::Before) {
        return Err(Disconnected);
    }
    lock(&state.request_log).responded(number, response.status());
    Ok(match disconnect {
        Some(Disconnect::During) => response.map(cut),
        _ => response.map(whole),
    })
}

/// The response that a fault cuts if the request is not processed and the fault has no status.
fn placeholder() -> response::Response {
    response::Response::json(StatusCode::OK, json!({ "resultMessage": "cut by a fault" }))
}
