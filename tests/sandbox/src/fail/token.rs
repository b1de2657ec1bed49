//! `auth/token/fail`: a JSON error for the client of a token request with the password grant.

use crate::body::Parameters;
use crate::codes::*;
use crate::response::{Action, Response, failure, server_error};
use crate::service::Service;
use crate::state::{State, lock};
use crate::ticket_table::TicketTable;

/// INTERNAL_SERVER_ERROR is assumed: it is the only documented action except BAD_REQUEST, which means success.
const TICKETS: TicketTable = TicketTable {
    missing: server_error(A063201),
    unknown: server_error(A063202),
    foreign: server_error(A063203),
    expired: server_error(A063301),
};

/// Reason, OAuth error (Javadoc of `TokenFailRequest.Reason`), code.
const REASONS: &[(&str, &str, Code)] = &[
    ("UNKNOWN", "server_error", A067302),
    // From Authlete's sample; RFC 6749, 5.2 specifies invalid_grant.
    ("INVALID_RESOURCE_OWNER_CREDENTIALS", "invalid_request", A067301),
    ("INVALID_TARGET", "invalid_target", A067303),
    // authlete-java-common 4.46; the codes are placeholders, and BAD_REQUEST is assumed.
    ("INVALID_CLIENT", "invalid_client", A067391),
    ("UNAUTHORIZED_CLIENT", "unauthorized_client", A067392),
    ("INVALID_SCOPE", "invalid_scope", A067393),
];

pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let name = parameters.get("ticket");
    let mut tickets = lock(&state.tokens);
    tickets
        .find(name, &service.service_id, state.now(service))
        .map_err(|refusal| TICKETS.failure(refusal).response(service))?;

    let reason = parameters.get("reason").unwrap_or_default();
    let &(_, error, code) = REASONS
        .iter()
        .find(|(name, ..)| *name == reason)
        .ok_or_else(|| server_error(A067201).response(service))?;

    tickets.remove(name, &service.service_id);
    Ok(failure(code, Action::BadRequest, error).response(service))
}
