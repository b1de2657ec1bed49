//! `auth/token/issue`: tokens for a token request with the password grant.

use super::{SUBJECT_VALUES, SubjectCodes, subject};
use crate::body::Parameters;
use crate::codes::*;
use crate::response::{Response, server_error};
use crate::service::Service;
use crate::state::{State, lock};
use crate::ticket_table::TicketTable;
use crate::tokens::{Grant, Issued};

/// INTERNAL_SERVER_ERROR is the only documented action except OK.
const TICKETS: TicketTable = TicketTable {
    missing: server_error(A055201),
    unknown: server_error(A055202),
    foreign: server_error(A055203),
    expired: server_error(A055301),
};

const SUBJECT: SubjectCodes = [A055291, A055292, A055293];

pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let name = parameters.get("ticket");
    let now = state.now(service);
    let mut tickets = lock(&state.tokens);
    tickets
        .find(name, &service.service_id, now)
        .map_err(|refusal| TICKETS.failure(refusal).response(service))?;
    let subject = subject(parameters, SUBJECT)
        .map_err(|code| server_error(code).response_with(service, SUBJECT_VALUES))?;

    let request = tickets.remove(name, &service.service_id);
    drop(tickets);
    let request = request.ok_or_else(|| TICKETS.unknown.response(service))?;
    let grant = Grant {
        client_id: request.client_id,
        subject: subject.to_owned(),
        scopes: request.scopes,
        // RFC 6749 defines no ID token for the password grant.
        claims: None,
    };
    Ok(Issued::tokens(state, service, grant, now)?.token_response(A054001, "PASSWORD"))
}
