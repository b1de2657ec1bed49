//! `auth/authorization/fail`: LOCATION or FORM for the client of an authorization request.

use crate::authorization_response;
use crate::body::Parameters;
use crate::codes::*;
use crate::response::{Action, Response, failure, server_error};
use crate::service::Service;
use crate::state::{State, lock};
use crate::ticket_table::TicketTable;

/// BAD_REQUEST is documented for a ticket that was deleted or has expired (Authlete OpenAPI). The other
/// actions are assumed from the source of the error in the code; the OAuth errors are assumed.
const TICKETS: TicketTable = TicketTable {
    missing: server_error(A059201),
    unknown: failure(A059202, Action::BadRequest, "invalid_request"),
    foreign: server_error(A059203),
    expired: failure(A059301, Action::BadRequest, "invalid_request"),
};

/// Reason, OAuth error (Javadoc of `AuthorizationFailRequest.Reason`), code.
const REASONS: &[(&str, &str, Code)] = &[
    ("UNKNOWN", "server_error", A060307),
    ("NOT_LOGGED_IN", "login_required", A060301),
    ("MAX_AGE_NOT_SUPPORTED", "login_required", A060302),
    ("EXCEEDS_MAX_AGE", "login_required", A060303),
    ("DIFFERENT_SUBJECT", "login_required", A060304),
    // Since Authlete 2.3; login_required before that.
    ("ACR_NOT_SATISFIED", "unmet_authentication_requirements", A060305),
    ("DENIED", "access_denied", A060306),
    ("SERVER_ERROR", "server_error", A060308),
    ("NOT_AUTHENTICATED", "login_required", A060309),
    ("ACCOUNT_SELECTION_REQUIRED", "account_selection_required", A060310),
    ("CONSENT_REQUIRED", "consent_required", A060311),
    ("INTERACTION_REQUIRED", "interaction_required", A060312),
    ("INVALID_TARGET", "invalid_target", A060313),
    // authlete-java-common 4.46; the codes are placeholders.
    ("INVALID_SCOPE", "invalid_scope", A060391),
    ("UNAUTHORIZED_CLIENT", "unauthorized_client", A060392),
    ("TEMPORARILY_UNAVAILABLE", "temporarily_unavailable", A060393),
];

pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let name = parameters.get("ticket");
    let mut tickets = lock(&state.authorizations);
    let request = tickets
        .find(name, &service.service_id, state.now(service))
        .map_err(|refusal| TICKETS.failure(refusal).response(service))?;

    // An unknown reason counts as missing (observed on the real service).
    let reason = parameters.get("reason").unwrap_or_default();
    let &(_, error, code) = REASONS
        .iter()
        .find(|(name, ..)| *name == reason)
        .ok_or_else(|| server_error(A060201).response(service))?;

    // Assumed: a description is passed on unchanged, with the URI of the code.
    let description = parameters.get("description").map(str::to_owned);
    let target = &request.target;
    let response = authorization_response::error(state, service, target, code, error, description)?;

    // Last, because only a call that succeeds consumes the ticket (Authlete KB).
    tickets.remove(name, &service.service_id);
    Ok(response)
}
