//! Reading and freeing a reply. NULL reads as [`NO_REPLY`].

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

/// What became of the call; the same value as the call returned.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_status(reply: Option<&Reply>) -> Status {
    reply.unwrap_or(&NO_REPLY).status
}

/// What Authlete's answer amounts to.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_outcome(reply: Option<&Reply>) -> Outcome {
    reply.unwrap_or(&NO_REPLY).outcome
}

/// What became of the ticket.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_ticket_state(reply: Option<&Reply>) -> TicketState {
    reply.unwrap_or(&NO_REPLY).ticket_state
}

/// How often it was tried, counting tries that never connected; 0 if it was refused beforehand.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_attempts(reply: Option<&Reply>) -> i32 {
    reply.unwrap_or(&NO_REPLY).attempts
}

/// The HTTP status of Authlete's answer; 0 if there was none.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_http_status(reply: Option<&Reply>) -> i32 {
    reply.unwrap_or(&NO_REPLY).http_status
}

/// How long Authlete asks to wait before the next call, in milliseconds; -1 if it did not say.
///
/// Only with the HTTP statuses 429 and 503, from Retry-After (RFC 9110, 10.2.3) or
/// X-RateLimit-Reset. It concerns calls to Authlete, not the OAuth client.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_retry_after_ms(reply: Option<&Reply>) -> i64 {
    reply.unwrap_or(&NO_REPLY).retry_after_ms
}

/// What went wrong, in one line without secrets; "" if the status is OK.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_error(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).error, len)
}

/// The same as a JSON object; "" if the status is OK.
///
/// Members: status, message, httpStatus, resultCode, outcome, ticketState, attempts, retryAfterMs;
/// null where absent. Later versions may add members.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_error_json(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).error_json, len)
}

/// The JSON object that Authlete answered with, byte for byte, whatever the HTTP status.
///
/// Do not log it: Authlete echoes the ticket (A062101) or the credentials (A001203) in some.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_json(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).json, len)
}

/// Authlete's `action`, also one that this version does not know.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_action(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).action, len)
}

/// Authlete's `resultCode`, such as "A060306"; a number as decimal text.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_result_code(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).result_code, len)
}

/// The Request-Id header of Authlete's answer, for its support.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_request_id(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).request_id, len)
}

/// The status code to send to the OAuth client.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_status(reply: Option<&Reply>) -> i32 {
    i32::from(reply.unwrap_or(&NO_REPLY).response.status)
}

/// How many headers to send.
///
/// Content-Length, Date and Connection are never among them: the HTTP server adds those.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_header_count(reply: Option<&Reply>) -> usize {
    reply.unwrap_or(&NO_REPLY).response.headers.len()
}

/// The name of a header to send; "" if `index` is out of range.
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

/// The value of a header to send; "" if `index` is out of range.
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

/// The body to send; "" where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_body(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(&reply.unwrap_or(&NO_REPLY).response.body, len)
}

/// Frees `reply` and all text borrowed from it; NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_free(reply: Option<Box<Reply>>) {
    guard(|| drop(reply), || ());
}
