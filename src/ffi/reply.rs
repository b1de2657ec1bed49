//! Reading and freeing a reply. Accessors of a NULL reply read [`NO_REPLY`].

use std::borrow::Cow;
use std::ffi::c_char;
use std::mem::MaybeUninit;

use once_cell::race::OnceBox;

use super::guard;
use super::text::{c_string, copy, lend};
use crate::pointer;
use crate::reply::Reply;
use crate::response::Response;
use crate::status::{JsonType, Outcome, Status, TicketState};
use crate::text::Text;

static NO_REPLY: Reply = Reply {
    status: Status::InvalidArgument,
    outcome: Outcome::NoApiResponse,
    ticket_state: TicketState::Unknown,
    may_repeat: false,
    attempts: 0,
    duration_us: 0,
    http_status: 0,
    retry_after_ms: -1,
    error: Text::constant(c"no reply"),
    error_json: Text::EMPTY,
    json: Text::EMPTY,
    action: Text::EMPTY,
    result_code: Text::EMPTY,
    request_id: Text::EMPTY,
    response: Some(Response::server_error()),
    diagnostics: None,
    diagnostics_json: OnceBox::new(),
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

/// 1 if repeating the call is safe and may help, otherwise 0.
///
/// Repeating is safe because Authlete has certainly not processed the call. It may help because the
/// cause of the failure may be temporary.
///
/// The value is 1 after a failed DNS lookup or connection, after a TLS handshake that the peer
/// ended, if the request could not be sent completely, after a timeout before it was, and with
/// AUTHLETE_FAIL_STATUS_RESOURCE or HTTP status 429.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_may_repeat(reply: Option<&Reply>) -> i32 {
    i32::from(reply.unwrap_or(&NO_REPLY).may_repeat)
}

/// The number of attempts, including those that failed to connect; 0 if no attempt was made.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_attempts(reply: Option<&Reply>) -> i32 {
    reply.unwrap_or(&NO_REPLY).attempts
}

/// The duration of the call in microseconds, including all attempts.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_duration_us(reply: Option<&Reply>) -> i64 {
    reply.unwrap_or(&NO_REPLY).duration_us
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
/// Members: status, message, httpStatus, resultCode, outcome, ticketState, attempts, retryAfterMs,
/// requestId, durationUs, mayRepeat. Absent values are null. Later versions may add members.
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

/// The connections and the times of the call, as a JSON object; "" for the reply of
/// authlete_fail_client_new() or of a NULL client.
///
/// The object is built when this function is first called for a reply. Members:
/// - `endpoint`: the path of the endpoint; "other" if it is outside the authorization, token and CIBA
///   flows, because such a path may contain a secret; "connect" for authlete_fail_client_connect().
/// - `method`: the HTTP method; null for authlete_fail_client_connect(), and if the call was refused
///   before its options were read.
/// - `serverAddress`, `serverPort`: Authlete's host and port, from `baseUrl`.
/// - `durationUs`: the duration of the call in microseconds.
/// - `retryCause`: the errors of all attempts but the last one; null if there was only one attempt.
/// - `attempts`: an object for each attempt; empty if there was none.
///
/// Members of an attempt, with times in microseconds; null if they do not apply:
/// - `connection`: whether the connection was "new" or "reused"; null if no TCP connection was opened.
/// - `peerAddress`, `peerPort`: the address and port of the connection; those of the proxy if there is
///   one.
/// - `tlsVersion`, `tlsResumed`: the TLS version, "1.2" or "1.3", and whether the session was resumed.
/// - `dnsUs`, `tcpUs`, `proxyUs`, `tlsUs`: the time of the DNS lookup, the TCP handshake, the proxy's
///   response and the TLS handshake.
/// - `waitUs`: the time from the start of sending to the first byte of the API response, or to the
///   failure.
/// - `bodyUs`: the time from the first byte to the end of the API response, or to the failure. Null if
///   no byte arrived.
///
/// Later versions may add members.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_diagnostics(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    let json = guard(|| reply.unwrap_or(&NO_REPLY).diagnostics_json(), || None);
    lend(json.unwrap_or(&Text::EMPTY), len)
}

/// Finds a value in the JSON object of the API response and returns its type.
///
/// `pointer` is a NUL-terminated JSON Pointer (RFC 6901), such as "/ticket" or "/client/clientName".
/// Writes the value to `out`, NUL-terminated: a string is decoded, any other value is JSON. Stores
/// the length of the value in `*len`, without the NUL; `len` may be NULL. If the value does not fit,
/// `out` is set to "": call again with an `out_size` of at least `*len` + 1.
///
/// Returns AUTHLETE_FAIL_JSON_TYPE_ABSENT and writes "" if there is no such value, if `pointer` is
/// NULL, malformed or has more than 128 tokens, and for a string that contains a NUL character or
/// an unpaired surrogate. If the object has duplicate members, the last one counts. Do not log the
/// value of a ticket or token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authlete_fail_reply_get(
    reply: Option<&Reply>,
    pointer: *const c_char,
    out: *mut c_char,
    out_size: usize,
    len: Option<&mut MaybeUninit<usize>>,
) -> JsonType {
    let json = reply.unwrap_or(&NO_REPLY).json.as_str();
    // SAFETY: the caller vouches for `pointer` (header, "Calling convention").
    let pointer = || unsafe { c_string("pointer", pointer) }.ok();
    let find = || pointer::find(json, pointer()?).and_then(|value| value.decode());
    let (json_type, text) = guard(|| find().unwrap_or(ABSENT), || ABSENT);
    // SAFETY: the caller vouches for `out` and `out_size` (header, "Calling convention").
    let copied = unsafe { copy(&text, out, out_size) };
    if let Some(len) = len {
        len.write(copied);
    }
    json_type
}

const ABSENT: (JsonType, Cow<'static, str>) = (JsonType::Absent, Cow::Borrowed(""));

/// The HTTP status code to send to the OAuth client; 0 if there is nothing to send yet.
///
/// It can be 0 only after authlete_fail_call(): if your server has to act on the `action` first, or
/// if the endpoint is outside the authorization, token and CIBA flows.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_status(reply: Option<&Reply>) -> i32 {
    response(reply).map_or(0, |response| i32::from(response.status))
}

/// The number of headers to send.
///
/// They never include Content-Length, Date or Connection, which the HTTP server adds.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_header_count(reply: Option<&Reply>) -> usize {
    response(reply).map_or(0, Response::header_count)
}

/// The name of the header at `index`, starting at 0; "" if `index` is out of range.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_header_name(
    reply: Option<&Reply>,
    index: usize,
) -> *const c_char {
    match response(reply).and_then(|response| response.header(index)) {
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
    match response(reply).and_then(|response| response.header(index)) {
        Some((_, value)) => lend(value, None),
        None => c"".as_ptr(),
    }
}

fn response(reply: Option<&Reply>) -> Option<&Response> {
    reply.unwrap_or(&NO_REPLY).response.as_ref()
}

/// The body to send; "" if the response has no body.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_response_body(
    reply: Option<&Reply>,
    len: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(response(reply).map_or(&Text::EMPTY, |response| &response.body), len)
}

/// Frees `reply` and all text obtained from it; NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_reply_free(reply: Option<Box<Reply>>) {
    guard(|| drop(reply), || ());
}
