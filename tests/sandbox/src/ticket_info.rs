//! `auth/authorization/ticket/info`: a check whether the ticket of an authorization request exists.

use serde_json::Map;

use crate::body::Parameters;
use crate::codes::*;
use crate::response::{Action, Response};
use crate::service::Service;
use crate::state::{State, lock};
use crate::tickets::Refusal;

/// The actions are documented; the codes are placeholders. Assumed: a ticket of another service and an
/// expired one count as not found.
pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let mut tickets = lock(&state.authorizations);
    let found = tickets.find(parameters.get("ticket"), &service.service_id, state.now(service));
    let (code, action) = match found {
        Ok(_) => (A004091, Action::Ok),
        Err(Refusal::Missing) => (A004291, Action::CallerError),
        Err(Refusal::Unknown | Refusal::Foreign | Refusal::Expired) => (A004292, Action::NotFound),
    };
    Ok(Response::result(code, &[], action, Map::new()))
}
