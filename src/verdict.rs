//! What an answer of Authlete's means: the table of outcomes and ticket states.

use crate::answer::Answer;
use crate::endpoint::Endpoint;
use crate::error::{MAYBE_PROCESSED, NOT_PROCESSED, Problem};
use crate::request::Request;
use crate::response::{self, Response};
use crate::status::{Outcome, Status, TicketState};

/// The reading of one answer.
#[derive(Debug)]
pub struct Verdict {
    pub problem: Option<Problem>,
    pub outcome: Outcome,
    pub ticket_state: TicketState,
    pub response: Response,
}

/// Authlete refused these before it looked at the ticket.
const UNTOUCHED: &[u16] = &[400, 401, 403, 404, 405, 413, 415, 421, 429];

/// No such ticket, another service's, expired: for authorization and token (Authlete's list of
/// result codes; `…201` means that the request named none, which is checked before sending).
const TICKET_INVALID: &[&str] = &["A059202", "A059203", "A059301", "A063202", "A063203", "A063301"];

/// "Successfully generated an error response for the backchannel authentication request."
const ERROR_RESPONSE_GENERATED: &str = "A185001";

/// Judges an HTTP status outside 2xx.
pub fn of_http_status(answer: &Answer) -> Verdict {
    let is_untouched = UNTOUCHED.contains(&answer.http_status);
    // The number that stands for the code of a 404 is the status once more.
    let code = answer.plain_result_code().filter(|code| code.starts_with('A'));
    let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
    Verdict {
        problem: Some(Problem {
            status: Status::Http,
            what: format!("Authlete answered {}{code}", answer.http_status),
            consequence: Some(if is_untouched { NOT_PROCESSED } else { MAYBE_PROCESSED }),
        }),
        outcome: Outcome::NoApiResponse,
        ticket_state: if is_untouched { TicketState::Untouched } else { TicketState::Unknown },
        response: Response::server_error(),
    }
}

/// Judges the document of a 2xx answer.
pub fn of_document(
    endpoint: Endpoint,
    request: &Request<'_>,
    answer: &mut Answer,
    location_status: u16,
) -> Verdict {
    let (outcome, ticket_state) = judge(endpoint, request, answer);
    let content = answer.response_content.take();
    match Response::for_action(endpoint, answer.action.as_str(), content, location_status) {
        Ok(response) => Verdict { problem: None, outcome, ticket_state, response },
        Err(unfit) => Verdict {
            problem: Some(Problem {
                status: Status::Protocol,
                what: format!("Authlete's answer {unfit}"),
                consequence: None,
            }),
            outcome: Outcome::ServerError,
            ticket_state,
            response: Response::server_error(),
        },
    }
}

fn judge(endpoint: Endpoint, request: &Request<'_>, answer: &Answer) -> (Outcome, TicketState) {
    use Endpoint::{Authorization, BackchannelAuthentication, Token};

    let code = answer.result_code.as_str();
    match (endpoint, answer.action.as_str()) {
        (Authorization, "LOCATION" | "FORM") => (Outcome::Delivered, TicketState::Consumed),
        (Authorization, "BAD_REQUEST") => (Outcome::TicketInvalid, TicketState::Invalid),
        _ if TICKET_INVALID.contains(&code) => (Outcome::TicketInvalid, TicketState::Invalid),
        (Token, "BAD_REQUEST") | (BackchannelAuthentication, "BAD_REQUEST" | "FORBIDDEN") => {
            (Outcome::Delivered, TicketState::Consumed)
        }
        // Here 500 is the regular answer to the reason SERVER_ERROR.
        (BackchannelAuthentication, "INTERNAL_SERVER_ERROR")
            if code == ERROR_RESPONSE_GENERATED
                || (!answer.has_result_code && request.is_server_error) =>
        {
            (Outcome::Delivered, TicketState::Consumed)
        }
        (_, action) if response::is_known(endpoint, action) => {
            (Outcome::ServerError, TicketState::Unknown)
        }
        _ => (Outcome::UnknownAction, TicketState::Unknown),
    }
}
