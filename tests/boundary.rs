//! The exported functions without a network, in every way in which C may call them: for Miri
//! (`make miri`), which sees undefined behaviour that no sanitizer sees, and for every run.

#![allow(
    unsafe_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::multiple_unsafe_ops_per_block
)]

mod support;

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Mutex;

use authlete_fail::ffi::{Outcome, Status, TicketState, call, client, reply, text};
use support::abi::{Client, Reply};

const CONFIG: &str = "{\"baseUrl\":\"http://127.0.0.1:1\",\"serviceId\":\"1\",\"accessToken\":\
                      \"t0ken-c4n4ry\",\"logLevel\":\"debug\"}";
const REQUEST: &str = "{\"ticket\":\"t1cket-c4n4ry\",\"reason\":\"ACCESS_DENIED\"}";

type Accessor = extern "C" fn(
    Option<&authlete_fail::ffi::Reply>,
    Option<&mut MaybeUninit<usize>>,
) -> *const c_char;

fn new_client() -> Client {
    Client::new(CONFIG, None).unwrap_or_else(|reply| panic!("{}", reply.error()))
}

/// Reads all that a reply has.
fn check(reply: &Reply, expected: Status) {
    let it = reply.get();
    assert_eq!(reply.status(), expected, "{}", reply.error());
    let is_ok = expected == Status::Ok;
    for (accessor, is_empty) in [
        (reply::authlete_fail_reply_error as Accessor, is_ok),
        (reply::authlete_fail_reply_error_json, is_ok),
        (reply::authlete_fail_reply_json, true),
        (reply::authlete_fail_reply_action, true),
        (reply::authlete_fail_reply_result_code, true),
        (reply::authlete_fail_reply_request_id, true),
        (reply::authlete_fail_reply_response_body, false),
    ] {
        let mut len = MaybeUninit::uninit();
        let bytes = support::abi::text(accessor(it, Some(&mut len)));
        // SAFETY: the accessor has written it.
        assert_eq!(bytes.len(), unsafe { len.assume_init() });
        assert_eq!(bytes, support::abi::text(accessor(it, None)));
        assert_eq!(bytes.is_empty(), is_empty, "{bytes}");
        assert!(!bytes.contains("c4n4ry"), "{bytes}");
    }
    assert_eq!(reply::authlete_fail_reply_outcome(it), Outcome::NoApiResponse);
    assert_eq!(reply::authlete_fail_reply_attempts(it), 0);
    assert_eq!(reply::authlete_fail_reply_http_status(it), 0);
    assert_eq!(reply::authlete_fail_reply_retry_after_ms(it), -1);
    assert_eq!(reply::authlete_fail_reply_response_status(it), 500);
    assert_eq!(reply::authlete_fail_reply_response_header_count(it), 3);
    for index in [0, 1, 2, 3, usize::MAX / 2, usize::MAX] {
        let name = reply::authlete_fail_reply_response_header_name(it, index);
        let value = reply::authlete_fail_reply_response_header_value(it, index);
        assert_eq!(support::abi::text(name).is_empty(), index > 2);
        assert_eq!(support::abi::text(value).is_empty(), index > 2);
    }
}

#[test]
fn null_is_a_case_everywhere() {
    client::authlete_fail_client_free(None);
    client::authlete_fail_client_shutdown(None);
    reply::authlete_fail_reply_free(None);
    assert_eq!(reply::authlete_fail_reply_status(None), Status::InvalidArgument);
    assert_eq!(support::abi::text(reply::authlete_fail_reply_error(None, None)), "no reply");
    assert_eq!(reply::authlete_fail_reply_ticket_state(None), TicketState::Unknown);
    assert_eq!(reply::authlete_fail_reply_response_status(None), 500);

    let (config, len) = (CONFIG.as_ptr().cast::<c_char>(), CONFIG.len());
    let none = ptr::null_mut();
    // SAFETY: the configuration is a constant.
    let status = unsafe { client::authlete_fail_client_new(config, len, None, none, None, None) };
    assert_eq!(status, Status::InvalidArgument);
    let mut made = MaybeUninit::uninit();
    let to_client = Some(&mut made);
    // SAFETY: as above.
    let status =
        unsafe { client::authlete_fail_client_new(config, len, None, none, to_client, None) };
    assert_eq!(status, Status::Ok);
    // SAFETY: client_new has written it.
    let made = unsafe { made.assume_init() };
    // SAFETY: and hands it out to be freed once.
    client::authlete_fail_client_free(Some(unsafe { Box::from_raw(made) }));

    let (request, len) = (REQUEST.as_ptr().cast::<c_char>(), REQUEST.len());
    for call in CALLS {
        // SAFETY: the request is a constant.
        let status = unsafe { call(None, request, len, None) };
        assert_eq!(status, Status::InvalidArgument);
        let mut out = MaybeUninit::uninit();
        // SAFETY: as above.
        let status = unsafe { call(None, request, len, Some(&mut out)) };
        // SAFETY: the call has written it.
        check(&unsafe { Reply::take(out, status) }, Status::InvalidArgument);
    }
}

type Call = unsafe extern "C" fn(
    Option<&authlete_fail::ffi::Client>,
    *const c_char,
    usize,
    Option<&mut MaybeUninit<*mut authlete_fail::ffi::Reply>>,
) -> Status;

const CALLS: [Call; 3] = [
    call::authlete_fail_authorization,
    call::authlete_fail_token,
    call::authlete_fail_backchannel_authentication,
];

#[test]
fn configurations_are_refused() {
    for config in [
        " ",
        "{",
        "[]",
        "{\"c4n4ry\":1}",
        "{\"baseUrl\":\"https://c4n4ry@host\"}",
        "{\"baseUrl\":\"https://host\",\"baseUrl\":\"https://host\"}",
        "{\"baseUrl\":\"https://host\",\"serviceId\":\"1\",\"accessToken\":\"c4n4ry\\u0000\"}",
        "{\"baseUrl\":\"https://host\",\"serviceId\":\"1\",\"accessToken\":\"c4n4ry\",\"caPem\":\"\"}",
        "{\"baseUrl\":\"https://host\",\"apiVersion\":\"v2\",\"apiKey\":\"c4n4ry:\",\"apiSecret\":\"x\"}",
    ] {
        let refused = Client::new(config, None);
        check(&refused.err().expect(config), Status::InvalidConfig);
    }
    let v2 = "{\"baseUrl\":\"http://[::1]:1/x\",\"apiVersion\":\"v2\",\"apiKey\":\"k\",\
               \"apiSecret\":\"s\"}";
    assert!(Client::new(v2, None).is_ok());
}

#[test]
fn text_that_is_none_is_refused() {
    let bad = b"{\"ticket\":\"c4n4ry\xff\"}";
    let start = bad.as_ptr().cast::<c_char>();
    for (bytes, len) in
        [(start, bad.len()), (ptr::null(), 1), (ptr::null(), usize::MAX), (start, usize::MAX)]
    {
        let mut made = MaybeUninit::uninit();
        let mut out = MaybeUninit::uninit();
        let none = ptr::null_mut();
        let (to_client, to_reply) = (Some(&mut made), Some(&mut out));
        // SAFETY: the bytes are readable, or the pointer or the length is refused without a read.
        let status = unsafe {
            client::authlete_fail_client_new(bytes, len, None, none, to_client, to_reply)
        };
        // SAFETY: client_new has written both.
        assert!(unsafe { made.assume_init() }.is_null());
        // SAFETY: as above.
        check(&unsafe { Reply::take(out, status) }, Status::InvalidArgument);
    }
}

#[test]
fn requests_are_refused() {
    let client = new_client();
    for request in [
        "",
        "\"c4n4ry\"",
        "{\"ticket\":\"c4n4ry\"",
        "{\"c4n4ry\":1}",
        "{\"ticket\":\"\"}",
        "{\"ticket\":\"c4n4ry\\u0000\"}",
        "{\"ticket\":\"c4n4ry\\ud800\"}",
        "{\"reason\":\"DENIED\"}",
        "{\"reason\":[1]}",
        "\u{feff}{}",
    ] {
        let reply = client.call(request);
        check(&reply, Status::InvalidRequest);
        let state = reply::authlete_fail_reply_ticket_state(reply.get());
        assert_eq!(state, TicketState::Untouched);
    }
}

/// A client that was shut down takes requests as any other, and sends nothing: the whole way of a
/// call but for the network.
#[test]
fn calls_after_shutdown() {
    let client = new_client();
    client.shutdown();
    client.shutdown();
    for _ in 0..2 {
        check(&client.call(REQUEST), Status::Shutdown);
        check(&client.call("{}"), Status::Shutdown);
    }
    let reply = client.call(REQUEST);
    drop(client);
    // Replies stay valid without their client.
    check(&reply, Status::Shutdown);
}

#[test]
fn threads_share_what_they_may() {
    let client = new_client();
    let reply = client.call("");
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                check(&reply, Status::InvalidRequest);
                check(&client.call(""), Status::InvalidRequest);
                client.shutdown();
                check(&client.call(REQUEST), Status::Shutdown);
            });
        }
    });
}

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

extern "C" fn take_line(context: *mut c_void, level: i32, line: *const c_char, len: usize) {
    assert!(context.is_null());
    assert!((1..=4).contains(&level));
    let line = support::abi::text(line);
    assert_eq!(line.len(), len);
    LINES.lock().unwrap().push(line.to_owned());
}

#[test]
fn the_log_is_called() {
    let client = Client::new(CONFIG, Some(take_line)).unwrap_or_else(|_| unreachable!());
    client.shutdown();
    check(&client.call(REQUEST), Status::Shutdown);
    let lines = LINES.lock().unwrap();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("c4n4ry")), "{lines:?}");
}

#[test]
fn names_are_for_any_number() {
    for (number, known) in
        [(0, true), (1, true), (99, false), (i32::MAX as u32, false), (u32::MAX, false)]
    {
        for name in [
            text::authlete_fail_status_name,
            text::authlete_fail_outcome_name,
            text::authlete_fail_ticket_state_name,
        ] {
            assert_eq!(support::abi::text(name(number)) != "?", known);
        }
    }
    assert_eq!(support::abi::text(text::authlete_fail_version()), env!("CARGO_PKG_VERSION"));
}
