//! The meaning of Authlete's actions: one table that maps an endpoint and an action to the response
//! for the OAuth client, the outcome and the ticket state.

use std::ffi::CStr;

use crate::api_response::Document;
use crate::endpoint::{Endpoint, FailEndpoint, FlowEndpoint};
use crate::request::Request;
use crate::response::ContentKind::{self, Html, Json, Location};
use crate::status::{Outcome, TicketState};

/// A row of the table.
pub struct Action {
    endpoint: Endpoint,
    pub name: &'static str,
    /// `None` if there is nothing to send to the OAuth client yet, because the server has to act
    /// first.
    pub response: Option<Template>,
    outcome: Outcome,
    ticket_state: TicketState,
}

/// A response without its content.
pub struct Template {
    /// The HTTP status. The configuration overrides it for a Location.
    pub status: u16,
    pub content: ContentKind,
    /// The value of the WWW-Authenticate header.
    pub challenge: Option<&'static CStr>,
}

/// The responses are taken from Authlete's OpenAPI document 3.0.16, from the description of each
/// operation. It specifies no headers for `/backchannel/authentication/fail`, so the table uses
/// those of `/backchannel/authentication`. The challenges are those of authlete-java-jaxrs
/// (`TokenRequestHandler`, `BackchannelAuthenticationRequestHandler`). For INVALID_CLIENT, Authlete
/// permits 400 or 401; RFC 6749, 5.2 requires 401 if the client used the Authorization header.
/// For `/backchannel/authentication/issue`, the sample in the document has the content type
/// text/html, but CIBA Core 1.0, 7.3 requires application/json.
const ACTIONS: &[Action] = {
    use Outcome::{Delivered, ServerError, TicketInvalid as NoTicket};
    use TicketState::{Consumed, Invalid, Unknown};

    const AUTHORIZATION_FAIL: Endpoint = Endpoint::Fail(FailEndpoint::Authorization);
    const TOKEN_FAIL: Endpoint = Endpoint::Fail(FailEndpoint::Token);
    const CIBA_FAIL: Endpoint = Endpoint::Fail(FailEndpoint::BackchannelAuthentication);
    const AUTHORIZATION: FlowEndpoint = FlowEndpoint::Authorization;
    const AUTHORIZATION_ISSUE: FlowEndpoint = FlowEndpoint::AuthorizationIssue;
    const TOKEN: FlowEndpoint = FlowEndpoint::Token;
    const TOKEN_ISSUE: FlowEndpoint = FlowEndpoint::TokenIssue;
    const CIBA: FlowEndpoint = FlowEndpoint::BackchannelAuthentication;
    const CIBA_ISSUE: FlowEndpoint = FlowEndpoint::BackchannelAuthenticationIssue;
    const CIBA_COMPLETE: FlowEndpoint = FlowEndpoint::BackchannelAuthenticationComplete;

    &[
        row(AUTHORIZATION_FAIL, "LOCATION", 302, Location, Delivered, Consumed),
        row(AUTHORIZATION_FAIL, "FORM", 200, Html, Delivered, Consumed),
        row(AUTHORIZATION_FAIL, "BAD_REQUEST", 400, Json, NoTicket, Invalid),
        row(AUTHORIZATION_FAIL, "INTERNAL_SERVER_ERROR", 500, Json, ServerError, Unknown),
        row(TOKEN_FAIL, "BAD_REQUEST", 400, Json, Delivered, Consumed),
        row(TOKEN_FAIL, "INTERNAL_SERVER_ERROR", 500, Json, ServerError, Unknown),
        row(CIBA_FAIL, "BAD_REQUEST", 400, Json, Delivered, Consumed),
        row(CIBA_FAIL, "FORBIDDEN", 403, Json, Delivered, Consumed),
        row(CIBA_FAIL, "INTERNAL_SERVER_ERROR", 500, Json, ServerError, Unknown),
        // The flow endpoints, each with its most frequent actions first.
        act(AUTHORIZATION, "INTERACTION"),
        act(AUTHORIZATION, "NO_INTERACTION"),
        send(AUTHORIZATION, "BAD_REQUEST", 400, Json),
        send(AUTHORIZATION, "LOCATION", 302, Location),
        send(AUTHORIZATION, "FORM", 200, Html),
        send(AUTHORIZATION, "INTERNAL_SERVER_ERROR", 500, Json),
        send(AUTHORIZATION_ISSUE, "LOCATION", 302, Location),
        send(AUTHORIZATION_ISSUE, "FORM", 200, Html),
        send(AUTHORIZATION_ISSUE, "BAD_REQUEST", 400, Json),
        send(AUTHORIZATION_ISSUE, "INTERNAL_SERVER_ERROR", 500, Json),
        send(TOKEN, "OK", 200, Json),
        send(TOKEN, "BAD_REQUEST", 400, Json),
        challenge(TOKEN, "INVALID_CLIENT", c"Basic realm=\"token\""),
        send(TOKEN, "INTERNAL_SERVER_ERROR", 500, Json),
        act(TOKEN, "PASSWORD"),
        act(TOKEN, "TOKEN_EXCHANGE"),
        act(TOKEN, "JWT_BEARER"),
        act(TOKEN, "NATIVE_SSO"),
        act(TOKEN, "ID_TOKEN_REISSUABLE"),
        send(TOKEN_ISSUE, "OK", 200, Json),
        send(TOKEN_ISSUE, "INTERNAL_SERVER_ERROR", 500, Json),
        act(CIBA, "USER_IDENTIFICATION"),
        send(CIBA, "BAD_REQUEST", 400, Json),
        challenge(CIBA, "UNAUTHORIZED", c"Basic realm=\"backchannel/authentication\""),
        send(CIBA, "INTERNAL_SERVER_ERROR", 500, Json),
        send(CIBA_ISSUE, "OK", 200, Json),
        send(CIBA_ISSUE, "INVALID_TICKET", 500, Json),
        send(CIBA_ISSUE, "INTERNAL_SERVER_ERROR", 500, Json),
        act(CIBA_COMPLETE, "NO_ACTION"),
        act(CIBA_COMPLETE, "NOTIFICATION"),
        act(CIBA_COMPLETE, "SERVER_ERROR"),
    ]
};

/// An action of a fail endpoint.
const fn row(
    endpoint: Endpoint,
    name: &'static str,
    status: u16,
    content: ContentKind,
    outcome: Outcome,
    ticket_state: TicketState,
) -> Action {
    let response = Some(Template { status, content, challenge: None });
    Action { endpoint, name, response, outcome, ticket_state }
}

/// An action of a flow endpoint that says what to send to the OAuth client.
const fn send(
    endpoint: FlowEndpoint,
    name: &'static str,
    status: u16,
    content: ContentKind,
) -> Action {
    flow(endpoint, name, Some(Template { status, content, challenge: None }))
}

/// An action of a flow endpoint that rejects the OAuth client's credentials.
const fn challenge(endpoint: FlowEndpoint, name: &'static str, challenge: &'static CStr) -> Action {
    let response = Template { status: 401, content: Json, challenge: Some(challenge) };
    flow(endpoint, name, Some(response))
}

/// An action of a flow endpoint on which the server has to act before it can send a response.
const fn act(endpoint: FlowEndpoint, name: &'static str) -> Action {
    flow(endpoint, name, None)
}

const fn flow(endpoint: FlowEndpoint, name: &'static str, response: Option<Template>) -> Action {
    let (outcome, ticket_state) = OTHER_API;
    Action { endpoint: Endpoint::Flow(endpoint), name, response, outcome, ticket_state }
}

/// The outcome and the ticket state of every complete API response from an endpoint that is not a
/// fail endpoint.
const OTHER_API: (Outcome, TicketState) = (Outcome::OtherApi, TicketState::Unknown);

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
    endpoint: Endpoint,
    action: Option<&Action>,
    request: &Request<'_>,
    document: &Document,
) -> (Outcome, TicketState) {
    let Endpoint::Fail(endpoint) = endpoint else {
        return OTHER_API;
    };
    let code = || document.result_code.as_str();
    match action {
        // The response is for the user's browser, so the call succeeded; the result code is
        // ignored.
        Some(Action {
            response: Some(Template { content: Location | Html, .. }),
            outcome,
            ticket_state,
            ..
        }) => (*outcome, *ticket_state),
        _ if TICKET_INVALID.contains(&code()) => (Outcome::TicketInvalid, TicketState::Invalid),
        // This endpoint also returns INTERNAL_SERVER_ERROR if the reason in the request was
        // SERVER_ERROR.
        Some(Action { outcome: Outcome::ServerError, .. })
            if endpoint == FailEndpoint::BackchannelAuthentication
                && (code() == ERROR_RESPONSE_GENERATED
                    || (!document.has_result_code && request.is_server_error)) =>
        {
            (Outcome::Delivered, TicketState::Consumed)
        }
        Some(action) => (action.outcome, action.ticket_state),
        None => (Outcome::UnknownAction, TicketState::Unknown),
    }
}
