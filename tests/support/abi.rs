//! The exported functions as threads use them: a client that they share, and replies.

#![allow(unsafe_code, reason = "it calls the exported functions as C does")]

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::ptr;

use authlete_fail::ffi::client::LogFn;
use authlete_fail::ffi::{self, Status, call, client, reply};

/// A client, freed when dropped.
pub struct Client(*mut ffi::Client);

// SAFETY: the header promises that threads may share a client.
unsafe impl Send for Client {}
// SAFETY: as above.
unsafe impl Sync for Client {}

impl Client {
    pub fn new(config: &str, log: LogFn) -> Result<Self, Reply> {
        let mut made = MaybeUninit::uninit();
        let mut reply = MaybeUninit::uninit();
        let start = config.as_ptr().cast::<c_char>();
        let (client, out) = (Some(&mut made), Some(&mut reply));
        let (len, context) = (config.len(), ptr::null_mut());
        // SAFETY: `config` outlives the call.
        let status =
            unsafe { client::authlete_fail_client_new(start, len, log, context, client, out) };
        // SAFETY: client_new writes it, whatever it returns.
        let made = unsafe { made.assume_init() };
        // SAFETY: as above; the reply was just made.
        let reply = unsafe { Reply::take(reply, status) };
        if made.is_null() { Err(reply) } else { Ok(Self(made)) }
    }

    fn get(&self) -> Option<&ffi::Client> {
        // SAFETY: made by client_new, and freed in drop only.
        unsafe { self.0.as_ref() }
    }

    /// Fails a CIBA request.
    pub fn call(&self, request: &str) -> Reply {
        let mut reply = MaybeUninit::uninit();
        let (start, len) = (request.as_ptr().cast::<c_char>(), request.len());
        let (client, out) = (self.get(), Some(&mut reply));
        // SAFETY: `request` outlives the call.
        let status =
            unsafe { call::authlete_fail_backchannel_authentication(client, start, len, out) };
        // SAFETY: a call fills it on every return.
        unsafe { Reply::take(reply, status) }
    }

    pub fn shutdown(&self) {
        client::authlete_fail_client_shutdown(self.get());
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: made by client_new, and freed once.
        client::authlete_fail_client_free(Some(unsafe { Box::from_raw(self.0) }));
    }
}

/// A reply, freed when dropped.
pub struct Reply(Option<Box<ffi::Reply>>);

impl Reply {
    /// # Safety
    ///
    /// A function of the library has just written `reply`.
    pub unsafe fn take(reply: MaybeUninit<*mut ffi::Reply>, status: Status) -> Self {
        // SAFETY: the caller's promise: it was written,
        let reply = unsafe { reply.assume_init() };
        // SAFETY: and is to be freed here.
        let reply = Self(Some(unsafe { Box::from_raw(reply) }));
        assert_eq!(reply.status(), status);
        reply
    }

    pub fn get(&self) -> Option<&ffi::Reply> {
        self.0.as_deref()
    }

    pub fn status(&self) -> Status {
        reply::authlete_fail_reply_status(self.get())
    }

    pub fn error(&self) -> &str {
        text(reply::authlete_fail_reply_error(self.get(), None))
    }

    pub fn body(&self) -> &str {
        text(reply::authlete_fail_reply_response_body(self.get(), None))
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        reply::authlete_fail_reply_free(self.0.take());
    }
}

/// Text of the library's.
pub fn text<'a>(text: *const c_char) -> &'a str {
    // SAFETY: the library returns NUL-terminated text; callers use it while its reply lives.
    unsafe { CStr::from_ptr(text) }.to_str().expect("text out is UTF-8")
}
