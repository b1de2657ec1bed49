//! Calls the exported functions, without a network, in every way in which C may call them. Runs in
//! every test run and under Miri (`make miri`), which detects undefined behaviour that no sanitizer
//! detects.

#![allow(
    unsafe_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::multiple_unsafe_ops_per_block
)]

mod harness;
#[path = "boundary/refused.rs"]
mod refused;
mod support;

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;

use authlete_fail::ffi::{JsonType, Outcome, Status, TicketState, call, client, reply, text};
use harness::client::{Call, Client, Reply, copy_stats, text};

const CONFIG: &str = "{\"baseUrl\":\"http://127.0.0.1:1\",\"serviceId\":\"1\",\"accessToken\":\
                      \"t0ken-c4n4ry\",\"logLevel\":\"debug\"}";
const REQUEST: &str = "{\"ticket\":\"t1cket-c4n4ry\",\"reason\":\"ACCESS_DENIED\"}";

fn new_client() -> Client {
    Client::accepted(CONFIG, None)
}

fn call(client: &Client, request: &str) -> Reply {
    client.call(Call::BackchannelAuthentication, request)
}

/// Checks the reply to a call that sent nothing.
fn check(reply: &Reply, expected: Status) {
    assert_eq!(reply.status(), expected, "{}", reply.error());
    assert_eq!(reply.outcome(), Outcome::NoApiResponse);
    assert_eq!((reply.attempts(), reply.http_status(), reply.retry_after_ms()), (0, 0, -1));
    assert_eq!((reply.json(), reply.request_id()), ("", ""));
    assert_eq!(reply.response_status(), 500);
}

#[test]
fn every_argument_may_be_null() {
    client::authlete_fail_client_free(None);
    client::authlete_fail_client_shutdown(None);
    reply::authlete_fail_reply_free(None);
    assert_eq!(reply::authlete_fail_reply_status(None), Status::InvalidArgument);
    assert_eq!(text(reply::authlete_fail_reply_error(None, None)), "no reply");
    assert_eq!(reply::authlete_fail_reply_ticket_state(None), TicketState::Unknown);
    assert_eq!(reply::authlete_fail_reply_response_status(None), 500);
    assert_eq!(reply::authlete_fail_reply_may_repeat(None), 0);
    assert_eq!(reply::authlete_fail_reply_duration_us(None), 0);
    assert_eq!(text(reply::authlete_fail_reply_diagnostics(None, None)), "");
    for size in [0, 1, 4096] {
        assert_eq!(copy_stats(None, size), (0, String::new()));
    }
    for pointer in [ptr::null(), c"".as_ptr(), c"/a".as_ptr()] {
        // SAFETY: `pointer` is NULL or a C string, and the size of the NULL buffer is 0.
        let json_type =
            unsafe { reply::authlete_fail_reply_get(None, pointer, ptr::null_mut(), 0, None) };
        assert_eq!(json_type, JsonType::Absent);
    }

    let (config, len) = (CONFIG.as_ptr().cast::<c_char>(), CONFIG.len());
    let context = ptr::null_mut();
    // SAFETY: the configuration is a constant.
    let status =
        unsafe { client::authlete_fail_client_new(config, len, None, context, None, None) };
    assert_eq!(status, Status::InvalidArgument);
    let mut made = MaybeUninit::uninit();
    let to_client = Some(&mut made);
    // SAFETY: as above.
    let status =
        unsafe { client::authlete_fail_client_new(config, len, None, context, to_client, None) };
    assert_eq!(status, Status::Ok);
    // SAFETY: client_new has written it, and it is freed once.
    let made = unsafe { Box::from_raw(made.assume_init()) };
    client::authlete_fail_client_free(Some(made));

    assert_eq!(client::authlete_fail_client_connect(None, None), Status::InvalidArgument);
    let reply = Reply::of_connect(None);
    check(&reply, Status::InvalidArgument);
    assert_eq!(reply.ticket_state(), TicketState::None);

    let (request, len) = (REQUEST.as_ptr().cast::<c_char>(), REQUEST.len());
    for call in Call::ALL {
        // SAFETY: the request is a constant.
        let status = unsafe { call.function()(None, request, len, None) };
        assert_eq!(status, Status::InvalidArgument);
        check(&Reply::of_call(call, None, REQUEST.as_bytes()), Status::InvalidArgument);
    }
    let path = c"/auth/token".as_ptr();
    // SAFETY: the path and the request are constants.
    let status =
        unsafe { call::authlete_fail_call(None, path, request, len, ptr::null(), 0, None) };
    assert_eq!(status, Status::InvalidArgument);
    check(&Reply::of_general_call(None, "/auth/token", b"{}", b""), Status::InvalidArgument);
    let client = new_client();
    for (path, request_len, options_len) in [(ptr::null(), 0, 0), (path, 1, 0), (path, 0, 1)] {
        let mut reply = MaybeUninit::uninit();
        let (request, options) = (ptr::null(), ptr::null());
        // SAFETY: the path is NULL or a constant; a NULL text with a length is refused without a read.
        let status = unsafe {
            call::authlete_fail_call(
                client.get(),
                path,
                request,
                request_len,
                options,
                options_len,
                Some(&mut reply),
            )
        };
        // SAFETY: the call has written it.
        check(&unsafe { Reply::take(reply, status) }, Status::InvalidArgument);
    }
}

/// Each path and pointer has its own allocation of the exact size, so that Miri detects a read beyond
/// the NUL.
#[test]
fn paths_and_pointers_are_nul_terminated() {
    let client = new_client();
    client.shutdown();
    // The text after the first NUL would be rejected.
    for (path, expected) in [
        (&b"/auth/token\0#"[..], Status::Shutdown),
        (b"/auth/token\0\xff", Status::Shutdown),
        (b"/auth/token#\0", Status::InvalidArgument),
        (b"/auth/\xff\0", Status::InvalidArgument),
        (b"\0", Status::InvalidArgument),
    ] {
        let path: Box<[u8]> = path.into();
        let mut reply = MaybeUninit::uninit();
        let (path, request) = (path.as_ptr().cast(), REQUEST.as_ptr().cast());
        let (len, options) = (REQUEST.len(), ptr::null());
        // SAFETY: `path` is NUL-terminated, and the request is a constant.
        let status = unsafe {
            call::authlete_fail_call(client.get(), path, request, len, options, 0, Some(&mut reply))
        };
        // SAFETY: the call has written it.
        check(&unsafe { Reply::take(reply, status) }, expected);
    }
    let reply = client.general_call("/auth/token", "{}", "");
    for pointer in ["", "/ticket", "ticket", "/~", "/\u{e9}"] {
        assert_eq!(reply.value(pointer), (JsonType::Absent, String::new()), "{pointer}");
    }
    assert_eq!(reply.value([b'/', 0xff]), (JsonType::Absent, String::new()));
}

/// Calls authlete_fail_json_string with a buffer of `size` bytes. Returns the length and the text.
fn json_string(text: &[u8], size: usize) -> (usize, String) {
    // The buffer is uninitialised and has its own allocation, so that Miri detects a read, and a write
    // beyond its end.
    let mut out = Box::<[c_char]>::new_uninit_slice(size);
    let start = if size == 0 { ptr::null_mut() } else { out.as_mut_ptr().cast::<c_char>() };
    // SAFETY: `text` is a slice, and `out` has `size` bytes.
    let len =
        unsafe { text::authlete_fail_json_string(text.as_ptr().cast(), text.len(), start, size) };
    (len, if size == 0 { String::new() } else { self::text(start).to_owned() })
}

#[test]
fn text_is_copied_only_if_it_fits() {
    for text in ["", "plain", "\"\\/\n\0\u{1f}\u{7f}", "\u{e9} \u{1f600}"] {
        let literal = serde_json::to_string(text).unwrap();
        for size in 0..literal.len() + 3 {
            let copied = if size > literal.len() { literal.as_str() } else { "" };
            let expected = (literal.len(), copied.to_owned());
            assert_eq!(json_string(text.as_bytes(), size), expected, "{text:?}, {size}");
        }
    }
    for size in [0, 1, 64] {
        assert_eq!(json_string(b"a\xff", size), (usize::MAX, String::new()));
    }
    let mut out = [0; 3];
    for (len, expected) in [(0, 2), (1, usize::MAX), (usize::MAX, usize::MAX)] {
        // SAFETY: NULL with a length is refused without a read, and `out` has three bytes.
        let written = unsafe {
            text::authlete_fail_json_string(ptr::null(), len, out.as_mut_ptr(), out.len())
        };
        assert_eq!(written, expected);
    }
}

#[test]
fn statistics_are_copied_only_if_they_fit() {
    let client = new_client();
    call(&client, "");
    let stats = client.stats();
    for size in 0..stats.len() + 3 {
        let copied = if size > stats.len() { stats.as_str() } else { "" };
        assert_eq!(copy_stats(client.get(), size), (stats.len(), copied.to_owned()), "{size}");
    }
}

#[test]
fn invalid_configurations_are_refused() {
    for config in ["{", "{\"baseUrl\":\"https://c4n4ry@host\"}"] {
        let (client, reply) = Client::new(config, None);
        assert!(client.is_none(), "{config}");
        check(&reply, Status::InvalidConfig);
    }
}

#[test]
fn invalid_text_is_refused() {
    let bad = b"{\"ticket\":\"c4n4ry\xff\"}";
    let start = bad.as_ptr().cast::<c_char>();
    for (bytes, len) in
        [(start, bad.len()), (ptr::null(), 1), (ptr::null(), usize::MAX), (start, usize::MAX)]
    {
        // SAFETY: the bytes are readable, or the pointer or the length is refused without a read.
        let (client, reply) = unsafe { Client::from_raw_config(bytes, len, None) };
        assert!(client.is_none());
        check(&reply, Status::InvalidArgument);
    }
}

#[test]
fn invalid_requests_are_refused() {
    let client = new_client();
    for request in ["", "{\"ticket\":\"c4n4ry\\ud800\"}", "{\"c4n4ry\":1}"] {
        let reply = call(&client, request);
        check(&reply, Status::InvalidRequest);
        assert_eq!(reply.ticket_state(), TicketState::Untouched);
    }
}

/// A call with an invalid argument is logged, even if the caller passes NULL for the reply.
#[test]
fn threads_share_a_client_and_a_reply() {
    let client = new_client();
    let reply = call(&client, "");
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                check(&reply, Status::InvalidRequest);
                check(&call(&client, ""), Status::InvalidRequest);
                client.shutdown();
                check(&call(&client, REQUEST), Status::Shutdown);
                let _: serde_json::Value = serde_json::from_str(&client.stats()).unwrap();
                // The first thread builds the text.
                let _: serde_json::Value = serde_json::from_str(reply.diagnostics()).unwrap();
            });
        }
    });
}

#[test]
fn any_number_has_a_name() {
    for (number, is_known) in
        [(0, true), (1, true), (99, false), (i32::MAX as u32, false), (u32::MAX, false)]
    {
        for name in [
            text::authlete_fail_status_name,
            text::authlete_fail_outcome_name,
            text::authlete_fail_ticket_state_name,
        ] {
            assert_eq!(text(name(number)) != "?", is_known);
        }
    }
    assert_eq!(text(text::authlete_fail_version()), env!("CARGO_PKG_VERSION"));
}
