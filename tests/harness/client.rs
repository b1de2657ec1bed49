//! A safe wrapper of the client of the C ABI.

#![allow(unsafe_code, reason = "it calls the exported functions as C does")]

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;

use authlete_fail::ffi::client::LogFn;
use authlete_fail::ffi::{self, Status, call, client};

pub use super::reply::{Reply, text};

/// One of the three calls to a fail endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Authorization,
    Token,
    BackchannelAuthentication,
}

type CallFn = unsafe extern "C" fn(
    Option<&ffi::Client>,
    *const c_char,
    usize,
    Option<&mut MaybeUninit<*mut ffi::Reply>>,
) -> Status;

impl Call {
    pub const ALL: [Self; 3] = [Self::Authorization, Self::Token, Self::BackchannelAuthentication];

    pub fn function(self) -> CallFn {
        match self {
            Self::Authorization => call::authlete_fail_authorization,
            Self::Token => call::authlete_fail_token,
            Self::BackchannelAuthentication => call::authlete_fail_backchannel_authentication,
        }
    }

    /// The path with which authlete_fail_call makes the same call.
    pub fn path(self) -> &'static str {
        match self {
            Self::Authorization => "/auth/authorization/fail",
            Self::Token => "/auth/token/fail",
            Self::BackchannelAuthentication => "/backchannel/authentication/fail",
        }
    }
}

/// A client, freed when dropped.
pub struct Client(*mut ffi::Client);

// SAFETY: the header promises that threads may share a client.
unsafe impl Send for Client {}
// SAFETY: as above.
unsafe impl Sync for Client {}

impl Client {
    /// Returns a client if and only if the status of the reply is OK.
    pub fn new(config: impl AsRef<[u8]>, log: LogFn) -> (Option<Self>, Reply) {
        let config = config.as_ref();
        // SAFETY: the pointer and the length are those of a slice.
        unsafe { Self::from_raw_config(config.as_ptr().cast(), config.len(), log) }
    }

    /// # Safety
    ///
    /// As for `authlete_fail_client_new`.
    pub unsafe fn from_raw_config(
        config: *const c_char,
        len: usize,
        log: LogFn,
    ) -> (Option<Self>, Reply) {
        let mut made = MaybeUninit::uninit();
        let mut reply = MaybeUninit::uninit();
        let (to_client, to_reply) = (Some(&mut made), Some(&mut reply));
        let context = ptr::null_mut();
        // SAFETY: the caller's promise.
        let status = unsafe {
            client::authlete_fail_client_new(config, len, log, context, to_client, to_reply)
        };
        // SAFETY: client_new writes it on every return.
        let made = unsafe { made.assume_init() };
        assert_eq!(made.is_null(), status != Status::Ok);
        // SAFETY: as above.
        let reply = unsafe { Reply::take(reply, status) };
        ((!made.is_null()).then(|| Self(made)), reply)
    }

    /// Returns a client for a configuration that must be accepted.
    pub fn accepted(config: impl AsRef<[u8]>, log: LogFn) -> Self {
        let (client, reply) = Self::new(config, log);
        client.unwrap_or_else(|| panic!("{}", reply.error()))
    }

    pub fn get(&self) -> Option<&ffi::Client> {
        // SAFETY: made by client_new, and freed only in drop.
        unsafe { self.0.as_ref() }
    }

    pub fn connect(&self) -> Reply {
        Reply::of_connect(self.get())
    }

    pub fn call(&self, call: Call, request: impl AsRef<[u8]>) -> Reply {
        Reply::of_call(call, self.get(), request.as_ref())
    }

    pub fn general_call(
        &self,
        path: impl Into<Vec<u8>>,
        request: impl AsRef<[u8]>,
        options: impl AsRef<[u8]>,
    ) -> Reply {
        Reply::of_general_call(self.get(), path, request.as_ref(), options.as_ref())
    }

    /// The statistics, as JSON.
    pub fn stats(&self) -> String {
        let (len, stats) = copy_stats(self.get(), 4096);
        assert_eq!(len, stats.len(), "longer than the header says");
        stats
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

/// Calls `authlete_fail_client_stats` with a buffer of `size` bytes. Returns the length and the text.
pub fn copy_stats(client: Option<&ffi::Client>, size: usize) -> (usize, String) {
    // The buffer is uninitialised and has its own allocation, so that Miri detects a read, and a write
    // beyond its end.
    let mut out = Box::<[c_char]>::new_uninit_slice(size);
    let start = if size == 0 { ptr::null_mut() } else { out.as_mut_ptr().cast::<c_char>() };
    // SAFETY: `out` has `size` bytes.
    let len = unsafe { client::authlete_fail_client_stats(client, start, size) };
    (len, if size == 0 { String::new() } else { text(start).to_owned() })
}
