//! Creating, shutting down and freeing a client.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::time::Instant;

use super::text::{argument, copy};
use super::{bug, bug_in_call, deliver, guard, null, null_client};
use crate::client::Client;
use crate::log::{Level, Sink};
use crate::reply::Reply;
use crate::status::{Status, TicketState};

/// A log callback. Receives one line: `len` bytes of UTF-8 at `line`, NUL-terminated, valid only
/// during the callback.
///
/// Every call and every authlete_fail_client_connect() has one line, including those that send
/// nothing. It is in logfmt, without secrets: `name=value` pairs separated by spaces. A value with a
/// space, `"`, `=` or `\` is in quotes, with `"` and `\` escaped by a `\`. The fields are `endpoint`,
/// `host`, `status`, `http`, `code`, `action`, `outcome`, `ticket`, `attempts`, `duration_us`,
/// `request_id`, `retry_cause` and `error`; a field without a value is omitted. The level
/// AUTHLETE_FAIL_LOG_LEVEL_DEBUG adds `connection`, `peer`, `tls`, `dns_us`, `tcp_us`, `proxy_us`,
/// `tls_us`, `wait_us` and `body_us` of the last attempt (see authlete_fail_reply_diagnostics()).
/// Later versions may add fields.
///
/// `context` is the `log_context` of the client. `level` is an authlete_fail_log_level. Runs on the
/// thread that called the library, so several threads may run it concurrently. Must not throw, and
/// must not call longjmp or pthread_exit.
pub type LogFn =
    Option<unsafe extern "C" fn(context: *mut c_void, level: i32, line: *const c_char, len: usize)>;

/// Creates a client from a JSON configuration, or from environment variables if `config_len` is 0.
///
/// Opens no connection. `log` may be NULL. `log_context` is passed to `log` and must stay valid
/// until authlete_fail_client_free() has returned. On success `*client` is the new client; after a
/// failure it is NULL. `reply` may be NULL. Otherwise `*reply` is set to the result, which the
/// caller must free with authlete_fail_reply_free(), even on success.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authlete_fail_client_new(
    config: *const c_char,
    config_len: usize,
    log: LogFn,
    log_context: *mut c_void,
    client: Option<&mut MaybeUninit<*mut Client>>,
    reply: Option<&mut MaybeUninit<*mut Reply>>,
) -> Status {
    let started = Instant::now();
    let result = match client {
        None => Err(null("client")),
        Some(out) => {
            // SAFETY: the caller vouches for `config` and `config_len` (header, "Calling convention").
            let text = || unsafe { argument("config", config, config_len) };
            let created = guard(|| Client::new(text()?, sink(log, log_context)), || Err(bug()));
            let (client, result) = match created {
                Ok(client) => (Box::into_raw(Box::new(client)), Ok(())),
                Err(error) => (ptr::null_mut(), Err(error)),
            };
            out.write(client);
            result
        }
    };
    deliver(Reply::nothing_sent(result, TicketState::None, None, started), reply)
}

/// Opens a connection to Authlete, so that the next call does not have to.
///
/// Makes the DNS lookup, opens the TCP connection, requests the proxy's tunnel, performs the TLS
/// handshake, and puts the connection into the pool. Does nothing if the pool contains a usable
/// idle connection with at least half of its idle timeout left. Blocks like a call, and the same
/// timeouts apply.
///
/// Call it when your server shows a login or consent page, so that the next call finds an open
/// connection. Call it before fork(), so that the child starts with Authlete's addresses. It sends
/// no request, so it does not check the credentials or `serviceId`. The server may close the
/// connection early if no request arrives; nginx does after 60 seconds. The next call then opens a
/// new one.
///
/// Returns the same statuses as a call, except for those of the request and the API response. A
/// failure does not affect later calls. `reply` may be NULL. Otherwise `*reply` is set to the
/// result, which the caller must free with authlete_fail_reply_free(), even on success. The outcome
/// is AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE, and the ticket state is
/// AUTHLETE_FAIL_TICKET_STATE_NONE. The number of attempts is 0 if there was nothing to do.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_client_connect(
    client: Option<&Client>,
    reply: Option<&mut MaybeUninit<*mut Reply>>,
) -> Status {
    let started = Instant::now();
    let result = guard(
        || match client {
            None => Reply::nothing_sent(Err(null_client()), TicketState::None, None, started),
            Some(client) => client.connect(started),
        },
        || bug_in_call(client, None, TicketState::None, started),
    );
    deliver(result, reply)
}

/// Writes the statistics of `client` to `out` as a JSON object.
///
/// Counts since the client was created; in a forked child, since its first use there. Returns the
/// length of the object, without the NUL. If it does not fit, `out` is set to "": call again with an
/// `out_size` of at least that length + 1. 4,096 bytes are enough for this version. For a NULL client,
/// returns 0 and writes "". Takes a lock briefly; calls update the counters without a lock.
///
/// Members:
/// - `calls`: the number of calls by status and outcome, as in {"OK": {"DELIVERED": 1}}. Contains only
///   combinations that occurred. Includes calls that sent nothing, but not
///   authlete_fail_client_connect().
/// - `retries`: attempts after the first one of a call, also of authlete_fail_client_connect().
/// - `connections.opened`: connections opened, including the TLS handshake.
/// - `connections.reused`: attempts on an idle connection.
/// - `connections.idle`: connections in the pool now.
/// - `connections.inUse`: connections that calls use now.
/// - `connections.closed.idleTimeout`: closed after `idleTimeoutMs` or the server's Keep-Alive timeout.
/// - `connections.closed.age`: closed at an age of 20 to 30 minutes.
/// - `connections.closed.byServer`: found closed, or with unexpected data, before they were reused.
/// - `connections.closed.notReusable`: closed because the API response did not permit reuse.
/// - `connections.closed.surplus`: closed because the pool was full (`maxIdleConnections`).
/// - `connections.closed.failed`: closed because an attempt failed on them.
/// - `connections.closed.discarded`: closed after a shutdown, after a bug, or because the host stopped
///   responding.
/// - `lookups.succeeded`, `lookups.failed`: DNS lookups.
/// - `tlsHandshakes.full`, `tlsHandshakes.resumed`: TLS handshakes that succeeded, with a full
///   handshake or a resumed session.
///
/// Later versions may add members.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authlete_fail_client_stats(
    client: Option<&Client>,
    out: *mut c_char,
    out_size: usize,
) -> usize {
    let stats = guard(|| client.map(Client::stats).unwrap_or_default(), String::new);
    // SAFETY: the caller vouches for `out` and `out_size` (header, "Calling convention").
    unsafe { copy(&stats, out, out_size) }
}

/// Aborts the calls in flight on `client` and rejects later calls. All of them return
/// AUTHLETE_FAIL_STATUS_SHUTDOWN, except calls in flight that already have a result.
///
/// May be called from any thread, any number of times; NULL is a no-op. A shutdown is permanent.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_client_shutdown(client: Option<&Client>) {
    guard(|| client.map(Client::shutdown).unwrap_or_default(), || ());
}

/// Frees `client` and closes its connections; NULL is a no-op.
///
/// Call this after the last call on the client has returned. Replies stay valid.
#[unsafe(no_mangle)]
pub extern "C" fn authlete_fail_client_free(client: Option<Box<Client>>) {
    guard(|| drop(client), || ());
}

/// The caller's log callback and its context.
struct Callback {
    function: unsafe extern "C" fn(*mut c_void, i32, *const c_char, usize),
    context: *mut c_void,
}

// SAFETY: the caller vouches that `function` may run with `context` on any thread that calls the
// library (header, authlete_fail_log_fn).
unsafe impl Send for Callback {}
// SAFETY: the caller vouches that several threads may run `function` concurrently (same place).
unsafe impl Sync for Callback {}

impl Callback {
    fn call(&self, level: Level, line: &str) {
        let mut text = String::with_capacity(line.len() + 1);
        text.push_str(line);
        text.push('\0');
        // SAFETY: the caller vouches for `function` and `context` until the client is freed
        // (header, authlete_fail_client_new); `text` is NUL-terminated and outlives the call.
        unsafe { (self.function)(self.context, level as i32, text.as_ptr().cast(), line.len()) };
    }
}

fn sink(function: LogFn, context: *mut c_void) -> Option<Sink> {
    let callback = Callback { function: function?, context };
    Some(Box::new(move |level, line| callback.call(level, line)))
}
