//! The reply: the result of one call.

use std::time::Instant;

use once_cell::race::OnceBox;
use serde::Serialize;

use crate::api_response::well_formed_result_code;
use crate::diagnostics::Diagnostics;
use crate::error::Error;
use crate::interpret::CallResult;
use crate::response::Response;
use crate::status::{Named, Outcome, Status, TicketState};
use crate::text::Text;

/// Immutable; any number of threads may read it.
pub struct Reply {
    pub(crate) status: Status,
    pub(crate) outcome: Outcome,
    pub(crate) ticket_state: TicketState,
    pub(crate) may_repeat: bool,
    pub(crate) attempts: i32,
    pub(crate) duration_us: i64,
    /// 0 if there is no API response.
    pub(crate) http_status: i32,
    /// -1 if the API response does not specify it.
    pub(crate) retry_after_ms: i64,
    pub(crate) error: Text,
    pub(crate) error_json: Text,
    /// The JSON document in the body of the API response.
    pub(crate) json: Text,
    pub(crate) action: Text,
    pub(crate) result_code: Text,
    pub(crate) request_id: Text,
    /// `None` if there is nothing to send to the OAuth client yet.
    pub(crate) response: Option<Response>,
    /// `None` if the function has no client.
    pub(crate) diagnostics: Option<Diagnostics>,
    /// Made on first use.
    pub(crate) diagnostics_json: OnceBox<Text>,
}

/// The content of `error_json`. For compatibility, members are added but never removed or changed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorDocument<'a> {
    status: &'a str,
    message: &'a str,
    http_status: Option<u16>,
    result_code: Option<&'a str>,
    outcome: &'a str,
    ticket_state: &'a str,
    attempts: i32,
    retry_after_ms: Option<i64>,
    request_id: Option<&'a str>,
    duration_us: i64,
    may_repeat: bool,
}

impl Reply {
    /// The reply of a function that did not send a request.
    pub(crate) fn nothing_sent(
        result: Result<(), Error>,
        ticket_state: TicketState,
        diagnostics: Option<Diagnostics>,
        started: Instant,
    ) -> Box<Self> {
        let result = CallResult::without_api_response(result.err(), ticket_state);
        Self::new(result, 0, diagnostics, started)
    }

    /// The reply of a function that started at `started`. It is boxed because it is large.
    pub(crate) fn new(
        result: CallResult,
        attempts: i32,
        diagnostics: Option<Diagnostics>,
        started: Instant,
    ) -> Box<Self> {
        let CallResult { error, outcome, ticket_state, may_repeat, response, head, document } =
            result;
        let duration_us = i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let status = error.as_ref().map_or(Status::Ok, |error| error.status);
        let retry_after_ms =
            head.retry_after.map(|wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        let message = error.map(|error| error.to_string());
        let error_json = message.as_ref().map(|message| {
            let document = ErrorDocument {
                status: status.name(),
                message,
                http_status: Some(head.http_status).filter(|status| *status != 0),
                result_code: well_formed_result_code(document.result_code.as_str()),
                outcome: outcome.name(),
                ticket_state: ticket_state.name(),
                attempts,
                retry_after_ms,
                request_id: Some(head.request_id.as_str()).filter(|id| !id.is_empty()),
                duration_us,
                may_repeat,
            };
            serde_json::to_string(&document).unwrap_or_default()
        });
        // None of these contains a NUL character, so the default is never used.
        let text = |text: Option<String>| text.and_then(Text::new).unwrap_or_default();
        Box::new(Self {
            status,
            outcome,
            ticket_state,
            may_repeat,
            attempts,
            duration_us,
            http_status: i32::from(head.http_status),
            retry_after_ms: retry_after_ms.unwrap_or(-1),
            error: text(message),
            error_json: text(error_json),
            json: text(Some(document.json)),
            action: document.action,
            result_code: document.result_code,
            request_id: head.request_id,
            response,
            diagnostics,
            diagnostics_json: OnceBox::new(),
        })
    }

    pub(crate) fn diagnostics_json(&self) -> Option<&Text> {
        let diagnostics = self.diagnostics.as_ref()?;
        let json = || Text::new(diagnostics.to_json(self.duration_us));
        Some(self.diagnostics_json.get_or_init(|| Box::new(json().unwrap_or_default())))
    }
}
