//! `/sandbox/clock`: moves the clock.

use serde::Deserialize;

use super::{bad_request, check_service, input, status};
use crate::response::Response;
use crate::state::{State, lock};

/// 136 years.
const MAX_SECONDS: i64 = u32::MAX as i64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClockRequest {
    /// Negative: backward.
    advance_seconds: i64,
    /// None: the clock of every service.
    service_id: Option<String>,
}

pub(super) fn advance(state: &State, body: &[u8]) -> Result<Response, Response> {
    let ClockRequest { advance_seconds, service_id } = input::document(body)?;
    if !(-MAX_SECONDS..=MAX_SECONDS).contains(&advance_seconds) {
        let message = format!("\"advanceSeconds\" must be -{MAX_SECONDS} to {MAX_SECONDS}");
        return Err(bad_request(message));
    }
    match &service_id {
        None => lock(&state.clock).advance(advance_seconds),
        Some(service_id) => {
            check_service(state, service_id)?;
            lock(&state.clock).advance_for(service_id, advance_seconds);
        }
    }
    Ok(status(state, service_id.as_deref()))
}
