//! A reply, and what holds for every one of them, whatever came in.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

use authlete_fail::ffi::{self, Outcome, Status, TicketState, reply};
use serde_json::Value;

use crate::CANARY;

type Accessor =
    extern "C" fn(Option<&ffi::Reply>, Option<&mut MaybeUninit<usize>>) -> *const c_char;

/// A reply that was checked, freed when dropped.
pub struct Reply(Option<Box<ffi::Reply>>);

impl Reply {
    /// # Safety
    ///
    /// A function of the library has just handed `reply` out.
    pub unsafe fn take(reply: *mut ffi::Reply, status: Status) -> Self {
        assert!(!reply.is_null());
        // SAFETY: the caller's promise.
        let reply = Self(Some(unsafe { Box::from_raw(reply) }));
        assert_eq!(reply.status(), status);
        reply.check();
        reply
    }

    fn inner(&self) -> Option<&ffi::Reply> {
        self.0.as_deref()
    }

    fn text(&self, accessor: Accessor) -> &str {
        let mut len = MaybeUninit::new(usize::MAX);
        let text = accessor(self.inner(), Some(&mut len));
        // SAFETY: text is never NULL and ends with a NUL; it lives as long as the reply.
        let text = unsafe { CStr::from_ptr(text) };
        // SAFETY: initialised above.
        assert_eq!(text.count_bytes(), unsafe { len.assume_init() }, "a length and a NUL disagree");
        text.to_str().expect("text out is UTF-8")
    }

    pub fn status(&self) -> Status {
        reply::authlete_fail_reply_status(self.inner())
    }

    pub fn outcome(&self) -> Outcome {
        reply::authlete_fail_reply_outcome(self.inner())
    }

    pub fn ticket_state(&self) -> TicketState {
        reply::authlete_fail_reply_ticket_state(self.inner())
    }

    pub fn attempts(&self) -> i32 {
        reply::authlete_fail_reply_attempts(self.inner())
    }

    pub fn http_status(&self) -> i32 {
        reply::authlete_fail_reply_http_status(self.inner())
    }

    pub fn response_status(&self) -> i32 {
        reply::authlete_fail_reply_response_status(self.inner())
    }

    pub fn error(&self) -> &str {
        self.text(reply::authlete_fail_reply_error)
    }

    pub fn json(&self) -> &str {
        self.text(reply::authlete_fail_reply_json)
    }

    pub fn action(&self) -> &str {
        self.text(reply::authlete_fail_reply_action)
    }

    pub fn body(&self) -> &str {
        self.text(reply::authlete_fail_reply_response_body)
    }

    pub fn headers(&self) -> Vec<(&str, &str)> {
        let count = reply::authlete_fail_reply_response_header_count(self.inner());
        (0..=count)
            .map(|index| {
                let name = reply::authlete_fail_reply_response_header_name(self.inner(), index);
                let value = reply::authlete_fail_reply_response_header_value(self.inner(), index);
                // SAFETY: text is never NULL and ends with a NUL; it lives as long as the reply.
                let [name, value] = [name, value].map(|text| unsafe { CStr::from_ptr(text) });
                (name.to_str().expect("UTF-8"), value.to_str().expect("UTF-8"))
            })
            .collect()
    }

    fn check(&self) {
        let is_ok = self.status() == Status::Ok;
        self.check_error(is_ok);
        self.check_answer();
        self.check_response(is_ok);
        assert!((0..=2).contains(&self.attempts()), "{} attempts", self.attempts());
        assert!((self.outcome() as u32) < 5 && (self.ticket_state() as u32) < 5);
        if self.outcome() == Outcome::Delivered {
            assert!(is_ok || self.status() == Status::Protocol);
        }
        if !is_ok && self.status() != Status::Protocol {
            assert_eq!(self.outcome(), Outcome::NoApiResponse);
        }
    }

    fn check_error(&self, is_ok: bool) {
        let error = self.error();
        assert_eq!(error.is_empty(), is_ok, "{error:?}");
        assert!(!error.chars().any(char::is_control), "no single line: {error:?}");
        assert!(error.len() < 400, "long: {error:?}");
        let json = self.text(reply::authlete_fail_reply_error_json);
        assert_eq!(json.is_empty(), is_ok);
        for text in [error, json] {
            assert!(!text.contains(CANARY), "a secret in an error: {text:?}");
        }
        if !is_ok {
            let json: Value = serde_json::from_str(json).expect("error_json is JSON");
            assert_eq!(json["message"], error);
            assert_eq!(json["attempts"], self.attempts());
        }
    }

    fn check_answer(&self) {
        let status = self.http_status();
        assert!(status == 0 || (100..1000).contains(&status), "HTTP {status}");
        let wait = reply::authlete_fail_reply_retry_after_ms(self.inner());
        assert!(wait >= -1 && (wait == -1 || matches!(status, 429 | 503)), "{wait}");
        let json = self.json();
        assert!(json.is_empty() || json.trim_ascii().starts_with('{'), "{json:?}");
        if json.is_empty() {
            assert_eq!(self.action(), "");
            assert_eq!(self.text(reply::authlete_fail_reply_result_code), "");
        }
        let request_id = self.text(reply::authlete_fail_reply_request_id);
        assert!(!request_id.contains(['\r', '\n']));
    }

    /// The response can be sent as it is, and where the call failed it holds nothing that came in.
    fn check_response(&self, is_ok: bool) {
        let headers = self.headers();
        let (outside, headers) = headers.split_last().expect("one more than there are");
        assert_eq!(*outside, ("", ""), "an index out of range");
        assert_eq!(headers.len(), 3);
        for (name, value) in headers {
            assert!(!name.is_empty() && !value.is_empty());
            assert!(value.bytes().all(|b| (0x20..=0x7e).contains(&b)), "{name}: {value:?}");
        }
        assert!(headers.contains(&("Cache-Control", "no-store")));
        assert!(headers.contains(&("Pragma", "no-cache")));
        let is_redirect = headers[0].0 == "Location";
        match self.response_status() {
            302 | 303 => assert!(is_redirect && self.body().is_empty()),
            200 => assert_eq!(headers[0], ("Content-Type", "text/html;charset=UTF-8")),
            400 | 403 | 500 => assert_eq!(headers[0], ("Content-Type", "application/json")),
            status => panic!("the response has the status {status}"),
        }
        if !is_ok || self.outcome() == Outcome::UnknownAction {
            assert_eq!(self.response_status(), 500);
            assert_eq!(self.body(), "{\"error\":\"server_error\"}");
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        reply::authlete_fail_reply_free(self.0.take());
    }
}
