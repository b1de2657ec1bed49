//! What one call produced: what happened, what Authlete said, and the response to send.

use std::fmt::Write;

use crate::answer::Answer;
use crate::error::{Error, Problem};
use crate::response::Response;
use crate::status::{Named, Outcome, Status, TicketState};
use crate::text::Text;
use crate::verdict::Verdict;

/// Immutable; any number of threads may read it.
pub struct Reply {
    pub(crate) status: Status,
    pub(crate) outcome: Outcome,
    pub(crate) ticket_state: TicketState,
    pub(crate) attempts: i32,
    /// 0: no answer.
    pub(crate) http_status: i32,
    /// -1: not said.
    pub(crate) retry_after_ms: i64,
    pub(crate) error: Text,
    pub(crate) error_json: Text,
    /// Authlete's document.
    pub(crate) json: Text,
    pub(crate) action: Text,
    pub(crate) result_code: Text,
    pub(crate) request_id: Text,
    pub(crate) response: Response,
}

impl Reply {
    /// The reply of a call that sent nothing, or of a client that was made.
    pub(crate) fn without_answer(
        result: Result<(), Error>,
        ticket_state: TicketState,
        attempts: i32,
    ) -> Self {
        let response = Response::server_error();
        let answer = Answer::default();
        Self::new(result.err(), Outcome::NoApiResponse, ticket_state, response, answer, attempts)
    }

    /// The reply of a call that was sent, or was to be.
    pub(crate) fn of_verdict(verdict: Verdict, answer: Answer, attempts: i32) -> Self {
        let Verdict { problem, outcome, ticket_state, response } = verdict;
        let error = problem.map(Problem::into_error);
        Self::new(error, outcome, ticket_state, response, answer, attempts)
    }

    fn new(
        error: Option<Error>,
        outcome: Outcome,
        ticket_state: TicketState,
        response: Response,
        answer: Answer,
        attempts: i32,
    ) -> Self {
        let retry_after_ms = answer
            .retry_after
            .map_or(-1, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        let plain_result_code = error.as_ref().and(answer.plain_result_code()).map(str::to_owned);
        let mut reply = Self {
            status: error.as_ref().map_or(Status::Ok, |error| error.status),
            outcome,
            ticket_state,
            attempts,
            http_status: i32::from(answer.http_status),
            retry_after_ms,
            error: Text::EMPTY,
            error_json: Text::EMPTY,
            // JSON text has no NUL.
            json: Text::new(answer.document).unwrap_or_default(),
            action: answer.action,
            result_code: answer.result_code,
            request_id: answer.request_id,
            response,
        };
        if let Some(error) = error {
            let document = reply.error_document(&error.message, plain_result_code.as_deref());
            reply.error_json = Text::new(document).unwrap_or_default();
            reply.error = Text::new(error.message).unwrap_or_default();
        }
        reply
    }

    /// The failure for machines; members are only ever added.
    fn error_document(&self, message: &str, result_code: Option<&str>) -> String {
        let string = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let or_null =
            |is_there: bool, text: String| if is_there { text } else { "null".to_owned() };
        let mut json = String::with_capacity(256);
        // Writing into a string cannot fail.
        let _ = write!(
            json,
            "{{\"status\":\"{}\",\"message\":{},\"httpStatus\":{},\"resultCode\":{},\
             \"outcome\":\"{}\",\"ticketState\":\"{}\",\"attempts\":{},\"retryAfterMs\":{}}}",
            self.status.name(),
            string(message),
            or_null(self.http_status != 0, self.http_status.to_string()),
            or_null(result_code.is_some(), string(result_code.unwrap_or_default())),
            self.outcome.name(),
            self.ticket_state.name(),
            self.attempts,
            or_null(self.retry_after_ms >= 0, self.retry_after_ms.to_string()),
        );
        json
    }
}
