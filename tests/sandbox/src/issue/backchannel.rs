//! `backchannel/authentication/issue`: an `auth_req_id` for the client of a CIBA request.

use serde_json::{Map, json};

use crate::backchannel_request::{LIFETIME, Poll, Stage};
use crate::body::Parameters;
use crate::codes::*;
use crate::response::{Action, Response, failure, server_error};
use crate::service::Service;
use crate::state::{State, lock};
use crate::ticket_table::TicketTable;

const TICKETS: TicketTable = TicketTable {
    missing: server_error(A182201),
    unknown: invalid_ticket(A181201),
    foreign: invalid_ticket(A181202),
    expired: invalid_ticket(A181203),
};

/// The OAuth client gets a server error (Authlete OpenAPI, "action is INVALID_TICKET").
const fn invalid_ticket(code: Code) -> crate::response::Failure {
    failure(code, Action::InvalidTicket, "server_error")
}

pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let now = state.now(service);
    let mut tickets = lock(&state.backchannels);
    let request = tickets
        .find(parameters.get("ticket"), &service.service_id, now)
        .map_err(|refusal| TICKETS.failure(refusal).response(service))?;
    match request.stage {
        Stage::Requested => {}
        Stage::Issued(_) => return Err(invalid_ticket(A181205).response(service)),
        Stage::Completed => return Err(invalid_ticket(A181204).response(service)),
    }

    let poll = Poll { client_id: request.client_id, decision: None, last_poll: None };
    let auth_req_id = lock(&state.auth_req_ids).issue(&service.service_id, now, poll)?;
    request.stage = Stage::Issued(auth_req_id.clone());
    let (expires_in, interval) = (LIFETIME.as_secs(), service.backchannel_polling_interval);
    let content =
        json!({ "auth_req_id": auth_req_id, "expires_in": expires_in, "interval": interval });
    let document = Map::from_iter([
        ("authReqId".to_owned(), json!(auth_req_id)),
        ("expiresIn".to_owned(), json!(expires_in)),
        ("interval".to_owned(), json!(interval)),
        ("responseContent".to_owned(), json!(content.to_string())),
    ]);
    Ok(Response::result(A183001, &[], Action::Ok, document))
}
