//! The meaning of Authlete's actions: one table that maps an endpoint and an action to the response
//! for the OAuth client, the outcome and the ticket state.

use crate::api_response::Document;
use crate::endpoint::Endpoint;
use crate::request::Request;
use crate::response::ContentKind::{self, Html, Json, Location};
use crate::status::{Outcome, TicketState};

/// A row of the table.
pub struct Action {
    endpoint: Endpoint,
    name: &'static str,
    /// The HTTP status of the response. The configuration overrides it for a Location.
    pub status: u16,
    pub content: ContentKind,
    outcome: Outcome,
    ticket_state: TicketState,
}

/// The responses are taken from Authlete's OpenAPI document 3.0.16, from the description of each
/// operation. It specifies no headers for `/backchannel/authentication/fail`, so the table uses
/// those of `/backchannel/authentication`.
const ACTIONS: &[Action] = {
    use Endpoint::{Authorization, BackchannelAuthentication as Ciba, Token};
    use Outcome::{Delivered, ServerError, TicketInvalid as NoTicket};
    use TicketState::{Consumed, Invalid, Unknown};

    &[
        row(Authorization, "LOCATION", 302, Location, Delivered, Consumed),
        row(Authorization, "FORM", 200, Html, Delivered, Consumed),
        row(Authorization, "BAD_REQUEST", 400, Json, NoTicket, Invalid),
        row(Authorization, "INTERNAL_SERVER_ERROR", 500, Json, ServerError, Unknown),
        row(Token, "BAD_REQUEST", 400, Json, Delivered, Consumed),
        row(Token, "INTERNAL_SERVER_ERROR", 500, Json, ServerError, Unknown),
        row(Ciba, "BAD_REQUEST", 400, Json, Delivered, Consumed),
        row(Ciba, "FORBIDDEN", 403, Json, Delivered, Consumed),
        row(Ciba, "INTERNAL_SERVER_ERROR", 500, Json, ServerError, Unknown),
    ]
};

const fn row(
    endpoint: Endpoint,
    name: &'static str,
    status: u16,
    content: ContentKind,
    outcome: Outcome,
    ticket_state: TicketState,
) -> Action {
    Action { endpoint, name, status, content, outcome, ticket_state }
}

/// Result codes of the authorization and token endpoints for a ticket that is unknown, has expired
/// or belongs to another service (Authlete's list of result codes). The codes `…201`, for a request
/// without a ticket, cannot occur: the library rejects such a request before it sends anything.
const TICKET_INVALID: &[&str] = &["A059202", "A059203", "A059301", "A063202", "A063203", "A063301"];

/// Authlete's description: "Successfully generated an error response for the backchannel
/// authentication request."
const ERROR_RESPONSE_GENERATED: &str = "A185001";

/// Returns the row of an action, or `None` if Authlete does not document the action for `endpoint`.
pub fn find(endpoint: Endpoint, name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.endpoint == endpoint && action.name == name)
}

/// Returns the outcome and the ticket state. A few result codes override the table.
pub fn classify(
    action: Option<&Action>,
    request: &Request<'_>,
    document: &Document,
) -> (Outcome, TicketState) {
    let code = document.result_code.as_str();
    match action {
        // The response is for the user's browser, so the call succeeded; the result code is
        // ignored.
        Some(Action { content: Location | Html, outcome, ticket_state, .. }) => {
            (*outcome, *ticket_state)
        }
        _ if TICKET_INVALID.contains(&code) => (Outcome::TicketInvalid, TicketState::Invalid),
        // This endpoint also returns INTERNAL_SERVER_ERROR if the reason in the request was
        // SERVER_ERROR.
        Some(Action {
            endpoint: Endpoint::BackchannelAuthentication,
            outcome: Outcome::ServerError,
            ..
        }) if code == ERROR_RESPONSE_GENERATED
            || (!document.has_result_code && request.is_server_error) =>
        {
            (Outcome::Delivered, TicketState::Consumed)
        }
        Some(action) => (action.outcome, action.ticket_state),
        None => (Outcome::UnknownAction, TicketState::Unknown),
    }
}
