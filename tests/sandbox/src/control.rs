//! `/sandbox`: the control API for test suites.

use std::time::Duration;

use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::assumed::ASSUMED;
use crate::response::Response;
use crate::state::State;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClockRequest {
    advance_seconds: u32,
}

pub(crate) fn is_control(head: &Parts) -> bool {
    let path = head.uri.path();
    path == "/sandbox" || path.starts_with("/sandbox/")
}

pub(crate) fn respond(state: &State, head: &Parts, body: Option<&[u8]>) -> Response {
    match (head.uri.path(), &head.method) {
        ("/sandbox", &Method::GET | &Method::HEAD) => status(state),
        ("/sandbox", _) => Response::method_not_allowed("GET, HEAD"),
        ("/sandbox/clock", &Method::POST) => advance_clock(state, body.unwrap_or_default()),
        ("/sandbox/clock", _) => Response::method_not_allowed("POST"),
        _ => Response::json(StatusCode::NOT_FOUND, json!({ "error": "no such control endpoint" })),
    }
}

/// Accepts any Content-Type, so that a plain `curl -d` works.
fn advance_clock(state: &State, body: &[u8]) -> Response {
    match serde_json::from_slice(body) {
        Ok(ClockRequest { advance_seconds }) => {
            state.clock.advance(Duration::from_secs(advance_seconds.into()));
            status(state)
        }
        Err(error) => {
            Response::json(StatusCode::BAD_REQUEST, json!({ "error": error.to_string() }))
        }
    }
}

fn status(state: &State) -> Response {
    let assumed: Vec<Value> = ASSUMED.iter().map(|&behaviour| behaviour.into()).collect();
    let document = json!({
        "requests": state.requests(),
        "tickets": state.open_tickets(),
        "now": state.clock.now().as_secs(),
        "assumed": assumed,
    });
    Response::json(StatusCode::OK, document)
}
