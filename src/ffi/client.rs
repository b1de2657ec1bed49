//! Making, shutting down and freeing a client.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use super::text::argument;
use super::{bug, deliver, guard};
use crate::client::Client;
use crate::error::Error;
use crate::log::{Level, Sink};
use crate::reply::Reply;
use crate::status::{Status, TicketState};

/// Takes one line of the log: `len` bytes of UTF-8 at `line`, NUL-terminated, valid during the call.
///
/// `level` is an authlete_fail_log_level. Runs on the thread that called the library, and on
/// several threads at once. Must not throw or call longjmp or pthread_exit.
pub type LogFn =
    Option<unsafe extern "C" fn(context: *mut c_void, level: i32, line: *const c_char, len: usize)>;

/// Makes a client from a JSON configuration, or from the environment if `config_len` is 0.
///
/// Opens no connection. `log` may be NULL; `log_context` is handed to it and must stay valid until
/// authlete_fail_client_free() has returned. On success `*client` is the client, otherwise NULL.
/// `reply` may be NULL; otherwise `*reply` holds the status, and the error if there is one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authlete_fail_client_new(
    config: *const c_char,
    config_len: usize,
    log: LogFn,
    log_context: *mut c_void,
    client: Option<&mut MaybeUninit<*mut Client>>,
    reply: Option<&mut MaybeUninit<*mut Reply>>,
) -> Status {
    let result = match client {
        None => Err(Error::of_input(Status::InvalidArgument, "argument", "\"client\" is NULL")),
        Some(out) => {
            // SAFETY: the caller vouches for `config` and `config_len` (header, "Calling convention").
            let text = || unsafe { argument("config", config, config_len) };
            let made = guard(|| Client::new(text()?, sink(log, log_context)), || Err(bug()));
            let (client, result) = match made {
                Ok(client) => (Box::into_raw(Box::new(client)), Ok(())),
                Err(error) => (ptr::null_mut(), Err(error)),
            };
            out.write(client);
            result
        }
    };
    deliver(Reply::nothing_sent(result, TicketState::None), reply)
}

/// Ends the calls in flight on `client`, which return AUTHLETE_FAIL_STATUS_SHUTDOWN, and refuses
/// further ones.
///
/// For any thread, any number of times; NULL is a no-op. There is no way back.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_client_shutdown(client: Option<&Client>) {
    guard(|| client.map(Client::shutdown).unwrap_or_default(), || ());
}

/// Frees `client` and closes its connections; NULL is a no-op.
///
/// Call it after the last call on that client has returned. Replies stay valid.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_client_free(client: Option<Box<Client>>) {
    guard(|| drop(client), || ());
}

/// The caller's function and its context.
struct Callback {
    function: unsafe extern "C" fn(*mut c_void, i32, *const c_char, usize),
    context: *mut c_void,
}

// SAFETY: the caller vouches that the function may run on any thread that calls the library
// (header, authlete_fail_log_fn).
unsafe impl Send for Callback {}
// SAFETY: and on several of them at once.
unsafe impl Sync for Callback {}

impl Callback {
    fn call(&self, level: Level, line: &str) {
        let mut text = String::with_capacity(line.len() + 1);
        text.push_str(line);
        text.push('\0');
        // SAFETY: the caller vouches for the function and for the context until the client is freed
        // (header, authlete_fail_client_new); the line is NUL-terminated and outlives the call.
        unsafe { (self.function)(self.context, level as i32, text.as_ptr().cast(), line.len()) };
    }
}

fn sink(function: LogFn, context: *mut c_void) -> Option<Sink> {
    let callback = Callback { function: function?, context };
    Some(Box::new(move |level, line| callback.call(level, line)))
}
