//! Reading and freeing a reply. Accessors of a NULL reply read [`NO_REPLY`].

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

use super::guard;
use super::text::lend;
use crate::reply::Reply;
use crate::response::Response;
use crate::status::{Outcome, Status, TicketState};
use crate::text::Text;

static NO_REPLY: Reply = Reply {
    status: Status::InvalidArgument,
    outcome: Outcome::NoApiResponse,
    ticket_state: TicketState::Unknown,
    attempts: 0,
    http_status: 0,
    retry_after_ms: -1,
    error: Text::constant(c"no reply"),
    error_json: Text::EMPTY,
    json: Text::EMPTY,
    action: Text::EMPTY,
    result_code: Text::EMPTY,
    request_id: Text::EMPTY,
    response: Response::server_error(),
};

/// The status of the call; the same value that the call returned.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_status(reply: Option<&Reply>) -> Status {
    reply.unwrap_or(&NO_REPLY).status
}

/// The meaning of the API response.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_outcome(reply: Option<&Reply>) -> Outcome {
    reply.unwrap_or(&NO_REPLY).outcome
}

/// The state of the ticket, which determines whether repeating the call is safe.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_ticket_state(reply: Option<&Reply>) -> TicketState {
    reply.unwrap_or(&NO_REPLY).ticket_state
}

/// The number of attempts, including those that failed to connect; 0 if no attempt was made.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_attempts(reply: Option<&Reply>) -> i32 {
    reply.unwrap_or(&NO_REPLY).attempts
}

/// The HTTP status of the API response; 0 if none was received.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_http_status(reply: Option<&Reply>) -> i32 {
    reply.unwrap_or(&NO_REPLY).http_status
}

/// The time in milliseconds to wait before the next call to Authlete; -1 if Authlete sent none.
///
/// Available only with HTTP status 429 or 503; taken from Retry-After (RFC 9110, 10.2.3) or
/// X-RateLimit-Reset. It does not apply to the OAuth client.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_retry_after_ms(reply: Option<&Reply>) -> i64 {
    reply.unwrap_or(&NO_REPLY).retry_after_ms
}

/// The error, as one line without secrets; "" if the status is OK.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_error(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).error, len)
}

/// The error and other values of the reply, as a JSON object; "" if the status is OK.
///
/// Members: status, message, httpStatus, resultCode, outcome, ticketState, attempts, retryAfterMs.
/// Absent values are null. Later versions may add members.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_error_json(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).error_json, len)
}

/// The JSON object in the API response, byte for byte, for any HTTP status; "" if there was none.
///
/// Do not log it: some API responses contain the ticket (A062101) or the credentials (A001203).
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_json(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).json, len)
}

/// The `action` of the API response, even if this version does not support it; "" if absent.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_action(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).action, len)
}

/// The `resultCode` of the API response, such as "A060306"; "" if absent.
///
/// A number is returned as decimal text.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_result_code(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).result_code, len)
}

/// The Request-Id header of the API response, for support requests; "" if absent.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_request_id(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).request_id, len)
}

/// The HTTP status code to send to the OAuth client.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_status(reply: Option<&Reply>) -> i32 {
    i32::from(reply.unwrap_or(&NO_REPLY).response.status)
}

/// The number of headers to send.
///
/// They never include Content-Length, Date or Connection, which the HTTP server adds.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_header_count(reply: Option<&Reply>) -> usize {
    reply.unwrap_or(&NO_REPLY).response.headers.len()
}

/// The name of the header at `index`, starting at 0; "" if `index` is out of range.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_header_name(
    reply: Option<&Reply>,
    index: usize,
) -> *const c_char {
    match header(reply, index) {
        Some((name, _)) => name.as_ptr(),
        None => c"".as_ptr(),
    }
}

/// The value of the header at `index`, starting at 0; "" if `index` is out of range.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_header_value(
    reply: Option<&Reply>,
    index: usize,
) -> *const c_char {
    match header(reply, index) {
        Some((_, value)) => lend(value, None),
        None => c"".as_ptr(),
    }
}

fn header(reply: Option<&Reply>, index: usize) -> Option<&(&'static CStr, Text)> {
    reply.unwrap_or(&NO_REPLY).response.headers.get(index)
}

/// The body to send; "" if the response has no body.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_body(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).response.body, len)
}

/// Frees `reply` and all text obtained from it; NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_free(reply: Option<Box<Reply>>) {
    guard(|| drop(reply), || ());
}
