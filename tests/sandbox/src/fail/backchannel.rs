//! `backchannel/authentication/fail`: a JSON error for the OAuth client that started CIBA.

use crate::body::Parameters;
use crate::codes::A185001;
use crate::response::{Action, Response, error_parameters, json_text};
use crate::service::Service;
use crate::state::{State, lock};

/// Reason, OAuth error, action (Javadoc of `BackchannelAuthenticationFailRequest.Reason`).
const REASONS: &[(&str, &str, Action)] = &[
    ("EXPIRED_LOGIN_HINT_TOKEN", "expired_login_hint_token", Action::BadRequest),
    ("UNKNOWN_USER_ID", "unknown_user_id", Action::BadRequest),
    ("UNAUTHORIZED_CLIENT", "unauthorized_client", Action::BadRequest),
    ("MISSING_USER_CODE", "missing_user_code", Action::BadRequest),
    ("INVALID_USER_CODE", "invalid_user_code", Action::BadRequest),
    ("INVALID_BINDING_MESSAGE", "invalid_binding_message", Action::BadRequest),
    ("INVALID_TARGET", "invalid_target", Action::BadRequest),
    ("ACCESS_DENIED", "access_denied", Action::Forbidden),
    ("SERVER_ERROR", "server_error", Action::InternalServerError),
];

/// For a request without a reason; assumed also for an unknown reason.
const DEFAULT: (&str, Action) = ("server_error", Action::InternalServerError);

/// Every request succeeds: "If given and the ticket belongs to the service, the specified ticket
/// is deleted from the database" (Authlete OpenAPI); any other ticket is ignored.
pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let reason = parameters.get("reason").unwrap_or_default();
    let known = REASONS.iter().find(|(name, ..)| *name == reason);
    let (error, action) = known.map_or(DEFAULT, |&(_, error, action)| (error, action));

    lock(&state.backchannels).remove(parameters.get("ticket"), &service.service_id);
    // Unlike in the other two calls, there is no default description or URI (Authlete's sample).
    let given = |name| parameters.get(name).map(str::to_owned);
    let error = error_parameters(service, error, given("errorDescription"), given("errorUri"));
    Ok(Response::content(A185001, &[], action, json_text(error)))
}
