//! What Authlete's actions mean: one table from endpoint and action to the response for the OAuth
//! client, the outcome and the ticket state.

use crate::api_response::Document;
use crate::endpoint::Endpoint;
use crate::request::Request;
use crate::response::ContentKind::{self, Html, Json, Location};
use crate::status::{Outcome, TicketState};

/// One action of one endpoint.
pub struct Action {
    endpoint: Endpoint,
    name: &'static str,
    /// The HTTP status of the response; for a Location, the configuration chooses it.
    pub status: u16,
    pub content: ContentKind,
    outcome: Outcome,
    ticket_state: TicketState,
}

/// The responses are those of Authlete's OpenAPI document 3.0.16, in the description of each
/// operation. It shows no headers for `/backchannel/authentication/fail`; here they are those of
/// `/backchannel/authentication`.
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

/// Result codes of an unknown or expired ticket, or a ticket of another service, for authorization
/// and token (Authlete's list of result codes). The codes `…201`, for a request without a ticket,
/// cannot occur: the library checks that before it sends.
const TICKET_INVALID: &[&str] = &["A059202", "A059203", "A059301", "A063202", "A063203", "A063301"];

/// "Successfully generated an error response for the backchannel authentication request."
const ERROR_RESPONSE_GENERATED: &str = "A185001";

/// The action if Authlete documents it for `endpoint`.
pub fn find(endpoint: Endpoint, name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.endpoint == endpoint && action.name == name)
}

/// The outcome and the ticket state. A few result codes overrule the table.
pub fn judge(
    action: Option<&Action>,
    request: &Request<'_>,
    document: &Document,
) -> (Outcome, TicketState) {
    let code = document.result_code.as_str();
    match action {
        // The response goes to the user's browser: the call succeeded, whatever the code.
        Some(Action { content: Location | Html, outcome, ticket_state, .. }) => {
            (*outcome, *ticket_state)
        }
        _ if TICKET_INVALID.contains(&code) => (Outcome::TicketInvalid, TicketState::Invalid),
        // For this endpoint, 500 is also the regular response to the reason SERVER_ERROR.
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
