//! The calls to Authlete.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::time::Instant;

use super::text::{argument, c_string};
use super::{bug_in_call, deliver, guard, null, null_client};
use crate::client::{Arguments, Client};
use crate::endpoint::{Endpoint, FailEndpoint};
use crate::error::Error;
use crate::path;
use crate::reply::Reply;
use crate::status::{Status, TicketState};

/// Fails an authorization request: `/auth/authorization/fail`.
///
/// `request` is a JSON object with `ticket` and `reason`, and optionally `description` (at most
/// 1,000 bytes). Sets `*reply` to the result, regardless of the status; free it with
/// authlete_fail_reply_free(). If `reply` is NULL, sends nothing and returns
/// AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authlete_fail_authorization(
    client: Option<&Client>,
    request: *const c_char,
    request_len: usize,
    reply: Option<&mut MaybeUninit<*mut Reply>>,
) -> Status {
    // SAFETY: the caller vouches for `request` and `request_len` (header, "Calling convention").
    let text = || unsafe { argument("request", request, request_len) };
    call(client, reply, || (Ok(FailEndpoint::Authorization.spec().path), text(), Ok("")))
}

/// Fails a token request: `/auth/token/fail`.
///
/// `request` is a JSON object with `ticket` and `reason`. Everything else is as for
/// authlete_fail_authorization().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authlete_fail_token(
    client: Option<&Client>,
    request: *const c_char,
    request_len: usize,
    reply: Option<&mut MaybeUninit<*mut Reply>>,
) -> Status {
    // SAFETY: the caller vouches for `request` and `request_len` (header, "Calling convention").
    let text = || unsafe { argument("request", request, request_len) };
    call(client, reply, || (Ok(FailEndpoint::Token.spec().path), text(), Ok("")))
}

/// Fails a backchannel authentication request (CIBA): `/backchannel/authentication/fail`.
///
/// `request` is a JSON object with any of `ticket`, `reason` (default: SERVER_ERROR),
/// `errorDescription` and `errorUri` (at most 1,000 bytes each); the minimum is `{}`. Everything
/// else is as for authlete_fail_authorization().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authlete_fail_backchannel_authentication(
    client: Option<&Client>,
    request: *const c_char,
    request_len: usize,
    reply: Option<&mut MaybeUninit<*mut Reply>>,
) -> Status {
    // SAFETY: the caller vouches for `request` and `request_len` (header, "Calling convention").
    let text = || unsafe { argument("request", request, request_len) };
    call(client, reply, || {
        (Ok(FailEndpoint::BackchannelAuthentication.spec().path), text(), Ok(""))
    })
}

/// Calls any endpoint of Authlete's API.
///
/// `path` is the NUL-terminated path after `/api` and the service ID, such as
/// `/auth/authorization`: at most 512 bytes; letters, digits, `-._~` and `/`, other bytes
/// percent-encoded; a query may follow. `request` is a JSON object of at most 1 MiB, which is sent
/// as is. It must be empty for a GET or DELETE. With the path of a fail endpoint, the function does
/// the same as the function for that endpoint. Sets `*reply` as authlete_fail_authorization() does.
///
/// `options` is empty or a JSON object with any of these keys:
/// - `method`: "POST" (default), "GET" or "DELETE".
/// - `timeoutMs`: the timeout of this call, 1 to 600,000 milliseconds; default: that of the client.
/// - `accessToken`: the access token for this call only, instead of the client's credentials.
/// - `headers`: an object with at most 16 additional request headers, 4 KiB in total. Allowed are
///   `traceparent`, `tracestate`, `baggage`, `b3` and names that start with `X-`, except headers
///   that override the method or the path. The values are visible ASCII characters and spaces.
///
/// Nothing is sent if the path is invalid (AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT), or if the request
/// or the options are (AUTHLETE_FAIL_STATUS_INVALID_REQUEST).
///
/// If the endpoint is not a fail endpoint, the outcome is AUTHLETE_FAIL_OUTCOME_OTHER_API for every
/// complete 2xx API response, including one without a body, whose JSON text is "". If Authlete's
/// `action` says what to send to the OAuth client, the reply contains that response. The status of
/// the response is 0 if your server has to act first, or if the endpoint is outside the
/// authorization, token and CIBA flows. A GET is retried like a call to a fail endpoint. Any other
/// method is retried only if the request was not sent completely. A request that Authlete refuses for
/// lack of a DPoP nonce is repeated once, whatever its method.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authlete_fail_call(
    client: Option<&Client>,
    path: *const c_char,
    request: *const c_char,
    request_len: usize,
    options: *const c_char,
    options_len: usize,
    reply: Option<&mut MaybeUninit<*mut Reply>>,
) -> Status {
    // SAFETY: the caller vouches for `path` (header, "Calling convention").
    let path = || unsafe { c_string("path", path) };
    // SAFETY: the caller vouches for `request` and `request_len` (header, "Calling convention").
    let text = || unsafe { argument("request", request, request_len) };
    // SAFETY: the caller vouches for `options` and `options_len` (header, "Calling convention").
    let options = || unsafe { argument("options", options, options_len) };
    call(client, reply, || (path(), text(), options()))
}

type Argument<'a> = Result<&'a str, Error>;

/// `arguments` returns the path, the request and the options.
fn call<'a>(
    client: Option<&Client>,
    reply: Option<&mut MaybeUninit<*mut Reply>>,
    arguments: impl Fn() -> (Argument<'a>, Argument<'a>, Argument<'a>),
) -> Status {
    let started = Instant::now();
    let result = guard(
        || {
            let (path, request, options) = arguments();
            let request = if reply.is_some() { request } else { Err(null("reply")) };
            match client {
                Some(client) => client.call(Arguments { path, request, options }, started),
                None => {
                    let state = TicketState::Untouched;
                    Reply::nothing_sent(Err(null_client()), state, None, started)
                }
            }
        },
        || {
            let (path, ..) = arguments();
            let endpoint = path.and_then(path::endpoint).unwrap_or(Endpoint::Other);
            // The progress of a call that panicked is unknown, so assume that the request was sent.
            bug_in_call(client, Some(endpoint), TicketState::Unknown, started)
        },
    );
    deliver(result, reply)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::thread;

    use super::*;
    use crate::ffi::client::authlete_fail_client_connect;
    use crate::ffi::reply::{authlete_fail_reply_free, authlete_fail_reply_status};

    const RESPONSE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 47\r\n\r\n\
        {\"action\":\"BAD_REQUEST\",\"responseContent\":\"{}\"}";

    /// Responds to every request, which arrives in one read; counts the connections.
    fn serve(listener: TcpListener, connections: Arc<AtomicUsize>) {
        let respond = |mut stream: TcpStream| {
            while stream.read(&mut [0; 4096]).is_ok_and(|len| len > 0) {
                stream.write_all(RESPONSE.as_bytes()).unwrap();
            }
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || respond(stream.unwrap()));
            }
        });
    }

    type Function = extern "C" fn(Option<&Client>, Option<&mut MaybeUninit<*mut Reply>>) -> Status;

    extern "C" fn make_call(
        client: Option<&Client>,
        reply: Option<&mut MaybeUninit<*mut Reply>>,
    ) -> Status {
        let request = c"{}";
        let (start, len) = (request.as_ptr(), request.count_bytes());
        // SAFETY: the request is a constant.
        unsafe { authlete_fail_backchannel_authentication(client, start, len, reply) }
    }

    #[test]
    fn a_panic_becomes_internal_and_the_next_call_works_on_a_new_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = format!(
            r#"{{"baseUrl":"http://{}","serviceId":"1","accessToken":"t","logLevel":"info"}}"#,
            listener.local_addr().unwrap()
        );
        let connections = Arc::new(AtomicUsize::new(0));
        serve(listener, Arc::clone(&connections));
        // The sink panics on the line of the second call and on that of the first connect. Each time,
        // the line of the bug follows.
        let lines = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&lines);
        let sink = move |level, line: &str| {
            let number = {
                let mut lines = written.lock().unwrap();
                lines.push(format!("{level:?} {line}"));
                lines.len()
            };
            assert!(!matches!(number, 2 | 6), "on purpose");
        };
        let client = Client::new(&config, Some(Box::new(sink))).unwrap();
        let steps: [(Function, Status, usize); 7] = [
            (make_call, Status::Ok, 1),
            (make_call, Status::Internal, 1),
            (make_call, Status::Ok, 2),
            (make_call, Status::Ok, 2),
            (authlete_fail_client_connect, Status::Internal, 2),
            (make_call, Status::Ok, 3),
            (authlete_fail_client_connect, Status::Ok, 3),
        ];
        for (function, expected, connected) in steps {
            let mut reply = MaybeUninit::uninit();
            assert_eq!(function(Some(&client), Some(&mut reply)), expected);
            // The idle connections from before a panic are not reused.
            assert_eq!(connections.load(Ordering::SeqCst), connected);
            // SAFETY: both functions set `*reply`.
            let reply = unsafe { reply.assume_init() };
            // SAFETY: the function transferred ownership of `reply`, and nothing else frees it.
            let reply = unsafe { Box::from_raw(reply) };
            assert_eq!(authlete_fail_reply_status(Some(&reply)), expected);
            assert!(!reply.error.as_str().contains("on purpose"));
            authlete_fail_reply_free(Some(reply));
        }
        let lines = lines.lock().unwrap();
        let bugs: Vec<_> = lines.iter().filter(|line| line.contains("status=INTERNAL")).collect();
        let [of_call, of_connect] = bugs.as_slice() else { unreachable!("{lines:?}") };
        assert!(of_call.starts_with("Error endpoint=/backchannel/authentication/fail "));
        assert!(of_connect.starts_with("Error endpoint=connect "));
        let stats = client.stats();
        let calls = r#"{"calls":{"OK":{"DELIVERED":4},"INTERNAL":{"NO_API_RESPONSE":1}},"#;
        assert!(stats.starts_with(calls), "{stats}");
        assert!(stats.contains(r#""failed":0,"discarded":2}"#), "{stats}");
    }
}
