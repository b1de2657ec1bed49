//! A safe wrapper of a reply. Every reply is checked for the properties that all replies have.

#![allow(unsafe_code, reason = "it calls the exported functions as C does")]

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;
use std::ptr;

use authlete_fail::ffi::{self, JsonType, Outcome, Status, TicketState, call, client, reply};
use serde_json::Value;

use super::CANARY;
use super::client::Call;

type Accessor =
    extern "C" fn(Option<&ffi::Reply>, Option<&mut MaybeUninit<usize>>) -> *const c_char;

/// A checked reply, freed when dropped.
pub struct Reply(Option<Box<ffi::Reply>>);

impl Reply {
    /// Calls `authlete_fail_client_connect`, with or without a client.
    pub fn of_connect(client: Option<&ffi::Client>) -> Self {
        let mut reply = MaybeUninit::uninit();
        let status = client::authlete_fail_client_connect(client, Some(&mut reply));
        // SAFETY: client_connect sets `*reply` on every return.
        unsafe { Self::take(reply, status) }
    }

    /// Makes a call, with or without a client.
    pub fn of_call(call: Call, client: Option<&ffi::Client>, request: &[u8]) -> Self {
        let mut reply = MaybeUninit::uninit();
        let (start, len) = (request.as_ptr().cast::<c_char>(), request.len());
        // SAFETY: `request` outlives the call.
        let status = unsafe { call.function()(client, start, len, Some(&mut reply)) };
        // SAFETY: a call writes it on every return.
        unsafe { Self::take(reply, status) }
    }

    /// Makes a general call, with or without a client.
    pub fn of_general_call(
        client: Option<&ffi::Client>,
        path: impl Into<Vec<u8>>,
        request: &[u8],
        options: &[u8],
    ) -> Self {
        let path = CString::new(path).expect("a path without NUL");
        let mut reply = MaybeUninit::uninit();
        let (request, request_len) = (request.as_ptr().cast::<c_char>(), request.len());
        let (options, options_len) = (options.as_ptr().cast::<c_char>(), options.len());
        // SAFETY: the texts outlive the call.
        let status = unsafe {
            call::authlete_fail_call(
                client,
                path.as_ptr(),
                request,
                request_len,
                options,
                options_len,
                Some(&mut reply),
            )
        };
        // SAFETY: a call writes it on every return.
        unsafe { Self::take(reply, status) }
    }

    /// # Safety
    ///
    /// A function of the library has just written `reply`, and the caller frees it here only.
    pub unsafe fn take(reply: MaybeUninit<*mut ffi::Reply>, status: Status) -> Self {
        // SAFETY: the caller's promise.
        let reply = unsafe { Box::from_raw(reply.assume_init()) };
        let reply = Self(Some(reply));
        assert_eq!(reply.status(), status);
        reply.check();
        reply
    }

    fn get(&self) -> Option<&ffi::Reply> {
        self.0.as_deref()
    }

    fn text(&self, accessor: Accessor) -> &str {
        let mut len = MaybeUninit::new(usize::MAX);
        let start = accessor(self.get(), Some(&mut len));
        assert_eq!(start, accessor(self.get(), None));
        let text = text(start);
        // SAFETY: initialised above.
        assert_eq!(text.len(), unsafe { len.assume_init() }, "the length of {text:?}");
        text
    }

    pub fn status(&self) -> Status {
        reply::authlete_fail_reply_status(self.get())
    }

    pub fn outcome(&self) -> Outcome {
        reply::authlete_fail_reply_outcome(self.get())
    }

    pub fn ticket_state(&self) -> TicketState {
        reply::authlete_fail_reply_ticket_state(self.get())
    }

    pub fn may_repeat(&self) -> i32 {
        reply::authlete_fail_reply_may_repeat(self.get())
    }

    pub fn duration_us(&self) -> i64 {
        reply::authlete_fail_reply_duration_us(self.get())
    }

    pub fn attempts(&self) -> i32 {
        reply::authlete_fail_reply_attempts(self.get())
    }

    pub fn http_status(&self) -> i32 {
        reply::authlete_fail_reply_http_status(self.get())
    }

    pub fn retry_after_ms(&self) -> i64 {
        reply::authlete_fail_reply_retry_after_ms(self.get())
    }

    pub fn response_status(&self) -> i32 {
        reply::authlete_fail_reply_response_status(self.get())
    }

    pub fn error(&self) -> &str {
        self.text(reply::authlete_fail_reply_error)
    }

    pub fn error_json(&self) -> &str {
        self.text(reply::authlete_fail_reply_error_json)
    }

    pub fn json(&self) -> &str {
        self.text(reply::authlete_fail_reply_json)
    }

    pub fn action(&self) -> &str {
        self.text(reply::authlete_fail_reply_action)
    }

    pub fn result_code(&self) -> &str {
        self.text(reply::authlete_fail_reply_result_code)
    }

    pub fn request_id(&self) -> &str {
        self.text(reply::authlete_fail_reply_request_id)
    }

    pub fn diagnostics(&self) -> &str {
        self.text(reply::authlete_fail_reply_diagnostics)
    }

    /// The type and the text of the value at `pointer`. Reads it with a NULL buffer, with buffers that
    /// are too small and with one that fits.
    pub fn value(&self, pointer: impl Into<Vec<u8>>) -> (JsonType, String) {
        let pointer = CString::new(pointer).expect("a pointer without NUL");
        let (json_type, len, nothing) = self.read_value(&pointer, None);
        assert_eq!(nothing, "");
        let (again, same_len, text) = self.read_value(&pointer, Some(len + 1));
        assert_eq!((again, same_len, text.len()), (json_type, len, len), "{pointer:?}");
        for size in [1, len].into_iter().filter(|size| (1..=len).contains(size)) {
            let too_small = self.read_value(&pointer, Some(size));
            assert_eq!(too_small, (json_type, len, String::new()), "{pointer:?}");
        }
        (json_type, text)
    }

    /// If `size` is `None`, the buffer is NULL.
    fn read_value(&self, pointer: &CStr, size: Option<usize>) -> (JsonType, usize, String) {
        let mut out = vec![MaybeUninit::<c_char>::uninit(); size.unwrap_or_default()];
        let start = if size.is_some() { out.as_mut_ptr().cast() } else { ptr::null_mut() };
        let (reply, pointer) = (self.get(), pointer.as_ptr());
        let mut len = MaybeUninit::uninit();
        // SAFETY: `pointer` is a C string, and `out` has `out.len()` bytes.
        let json_type = unsafe {
            reply::authlete_fail_reply_get(reply, pointer, start, out.len(), Some(&mut len))
        };
        let text = if out.is_empty() { "" } else { text(start) }.to_owned();
        // SAFETY: the function writes it on every return.
        (json_type, unsafe { len.assume_init() }, text)
    }

    pub fn body(&self) -> &str {
        self.text(reply::authlete_fail_reply_response_body)
    }

    pub fn headers(&self) -> Vec<(&str, &str)> {
        let count = reply::authlete_fail_reply_response_header_count(self.get());
        for index in [count, count + 1, usize::MAX] {
            assert_eq!(self.header(index), ("", ""), "header at an index out of range");
        }
        (0..count).map(|index| self.header(index)).collect()
    }

    fn header(&self, index: usize) -> (&str, &str) {
        let name = reply::authlete_fail_reply_response_header_name(self.get(), index);
        let value = reply::authlete_fail_reply_response_header_value(self.get(), index);
        (text(name), text(value))
    }

    fn check(&self) {
        let is_ok = self.status() == Status::Ok;
        self.check_error(is_ok);
        self.check_api_response();
        self.check_response(is_ok);
        assert!((0..=3).contains(&self.attempts()), "{} attempts", self.attempts());
        assert!(self.duration_us() >= 0);
        assert!(matches!(self.may_repeat(), 0 | 1) && !(is_ok && self.may_repeat() == 1));
        if self.may_repeat() == 1 {
            assert!(matches!(self.ticket_state(), TicketState::Untouched | TicketState::None));
        }
        if self.outcome() == Outcome::Delivered {
            assert!(is_ok || self.status() == Status::Protocol);
        }
        if !is_ok && self.status() != Status::Protocol {
            assert_eq!(self.outcome(), Outcome::NoApiResponse);
        }
    }

    fn check_error(&self, is_ok: bool) {
        let (error, json) = (self.error(), self.error_json());
        assert_eq!(error.is_empty(), is_ok, "{error:?}");
        assert_eq!(json.is_empty(), is_ok, "{json}");
        assert!(!error.chars().any(char::is_control), "not a single line: {error:?}");
        assert!(error.len() < 400, "too long: {error:?}");
        for text in [error, json] {
            assert!(!text.contains(CANARY), "the error contains a secret: {text:?}");
        }
        if !is_ok {
            let json: Value = serde_json::from_str(json).expect("error_json is JSON");
            assert_eq!(json["message"], error);
            assert_eq!(json["attempts"], self.attempts());
            assert_eq!(json["durationUs"], self.duration_us());
            assert_eq!(json["mayRepeat"], self.may_repeat() == 1);
        }
    }

    fn check_api_response(&self) {
        let status = self.http_status();
        assert!(status == 0 || (100..1000).contains(&status), "HTTP {status}");
        let wait = self.retry_after_ms();
        assert!(wait >= -1 && (wait == -1 || matches!(status, 429 | 503)), "{wait}");
        let json = self.json();
        assert!(json.is_empty() || json.trim_ascii().starts_with('{'), "{json:?}");
        if json.is_empty() {
            assert_eq!((self.action(), self.result_code()), ("", ""));
        }
        assert!(!self.request_id().contains(['\r', '\n']));
    }

    /// The response can be sent unchanged. If the call failed, it contains no external text.
    fn check_response(&self, is_ok: bool) {
        let is_general = self.outcome() == Outcome::OtherApi;
        let headers = self.headers();
        let [(name, value), no_store, no_cache, more @ ..] = headers.as_slice() else {
            assert!(is_ok && is_general, "a fail call always has a response");
            assert_eq!((self.response_status(), headers.len(), self.body()), (0, 0, ""));
            return;
        };
        assert_eq!([*no_store, *no_cache], [("Cache-Control", "no-store"), ("Pragma", "no-cache")]);
        for (name, value) in &headers {
            let is_visible = value.bytes().all(|b| (0x20..=0x7e).contains(&b));
            assert!(!value.is_empty() && is_visible, "{name}: {value:?}");
        }
        let status = self.response_status();
        match (status, *name, *value) {
            (302 | 303, "Location", _) => assert_eq!(self.body(), ""),
            (200, "Content-Type", "text/html;charset=UTF-8")
            | (400 | 403 | 500, "Content-Type", "application/json") => {}
            (200 | 401, "Content-Type", "application/json") => assert!(is_general),
            _ => panic!("the response has the status {status} and {name}: {value}"),
        }
        for (name, _) in more {
            assert!(is_general && matches!(*name, "WWW-Authenticate" | "DPoP-Nonce"), "{name}");
        }
        if !is_ok || self.outcome() == Outcome::UnknownAction {
            assert_eq!((status, more), (500, [].as_slice()));
            assert_eq!(self.body(), "{\"error\":\"server_error\"}");
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        reply::authlete_fail_reply_free(self.0.take());
    }
}

/// A text that the library returned.
pub fn text<'a>(text: *const c_char) -> &'a str {
    // SAFETY: the library returns NUL-terminated text; callers use it only while the reply exists.
    unsafe { CStr::from_ptr(text) }.to_str().expect("the text is UTF-8")
}
