// authlete_fail.h: reports failed authorization, token and CIBA requests to Authlete, calls
// Authlete's other endpoints, and returns the HTTP response to send to the OAuth client. Generated
// from src/ffi; do not edit.
//
// TERMS
//
//   client        a handle to one Authlete service, with its own connection pool
//   request       the JSON document that a call sends to Authlete
//   API response  Authlete's HTTP response to a call
//   reply         the result of a call: its status, the API response, and the response to send
//   response      the HTTP response to send to the OAuth client; set even after a failure. Only
//                 after a successful authlete_fail_call, there may be nothing to send yet
//   ticket        Authlete's single-use identifier of an OAuth request; a secret
//   fail endpoint one of the three endpoints that fail a request; each has its own function
//
// USAGE
//
//   At start-up, create one client from a configuration such as
//   {"baseUrl": "https://us.authlete.com", "serviceId": "...", "accessToken": "..."}:
//
//       authlete_fail_client *client;
//       authlete_fail_client_new(config, strlen(config), NULL, NULL, &client, NULL);
//
//   To fail an authorization request, make a call with {"ticket": "...", "reason": "DENIED"}.
//   Whatever the status of the call, send the response to the OAuth client:
//
//       authlete_fail_reply *reply;
//       authlete_fail_authorization(client, request, strlen(request), &reply);
//       send_response(authlete_fail_reply_response_status(reply), /* headers, body */);
//       authlete_fail_reply_free(reply);
//
//   To get the ticket, call authlete_fail_call with the path /auth/authorization and the parameters
//   of the OAuth request. Read the ticket from the reply with authlete_fail_reply_get.
//
// CALLING CONVENTION
//
//   Input text is UTF-8, passed as a pointer and a length in bytes. The length does not include a
//   terminating NUL, and none is needed. The pointer may be NULL only if the length is 0. The
//   parameters `path` and `pointer` have no length; their text is NUL-terminated. Input text must
//   not change until the function returns. The library keeps no pointer to it.
//   Output text is UTF-8 and NUL-terminated. A function with a `len` parameter stores the length of
//   the text in `*len`, without the NUL, unless `len` is NULL. No function returns NULL for text.
//   A function with an `out` parameter writes text to `out` if the text and its NUL fit into
//   `out_size` bytes, and "" otherwise. It writes nothing if `out_size` is 0; `out` may then be NULL.
//   The library writes out-parameters and never reads them; they may point to uninitialised memory.
//   `*reply` is set on every return, even after a failure.
//   A call with a NULL client returns AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT. For a NULL reply, the
//   accessors return that status, the error "no reply", 0 for other numbers (-1 for
//   retry_after_ms), "" for other text, and a response that is safe to send. The free functions and
//   authlete_fail_client_shutdown ignore NULL.
//   Later versions may add enumerators: a `switch` needs a `default`.
//
// OWNERSHIP
//
//   created by                      freed by
//   authlete_fail_client_new        authlete_fail_client_free, after the last call has returned
//   any function that sets `*reply` authlete_fail_reply_free
//   text from a reply               authlete_fail_reply_free, together with the reply
//   text from other functions       never (static)
//
// THREADS
//
//   Any number of threads may use a `const authlete_fail_client *` or a
//   `const authlete_fail_reply *` concurrently.
//   A call blocks until Authlete responds, an error occurs, `timeoutMs` expires or the client is
//   shut down. It needs at most 128 KiB of stack. It is not a cancellation point. It may change
//   errno.
//   To stop: call authlete_fail_client_shutdown, join the threads that make calls, then call
//   authlete_fail_client_free.
//   To change an access token: create a new client, use it for new calls, and free the old client
//   after its last call has returned.
//
// FORK
//
//   A client created before fork() works in the child, even if other threads were in a call at the
//   time of the fork. The child opens its own connections and never uses the parent's. In the
//   child, shutdown and free affect only the child. Calls in flight at the time of the fork do not
//   exist in the child. The statistics of the child start at zero.
//   The child starts with the parent's last DNS result for Authlete's host or the proxy. The child
//   depends on this result if another thread of the parent was in a DNS lookup at the time of the
//   fork, whether or not this library made the lookup: glibc's resolver may then hang in the child.
//   If the parent has resolved nothing, the child starts without addresses; to prevent this, call
//   authlete_fail_client_connect before the fork.
//
// SIGNALS AND PROCESS STATE
//
//   Signals do not interrupt a call, and the library raises no SIGPIPE. No function may be called
//   from a signal handler.
//   The library changes no signal handler, logger, locale or other process-wide state.
//   authlete_fail_client_new reads the environment. glibc reads it during a DNS lookup, on a thread
//   that may outlive the call. Do not call setenv while either of them may be running.
//   The library prints nothing, with two exceptions: one message after a bug in the library
//   (AUTHLETE_FAIL_STATUS_INTERNAL), and one before it aborts the process because memory is
//   exhausted.

#ifndef AUTHLETE_FAIL_H
#define AUTHLETE_FAIL_H

#include <stddef.h>
#include <stdint.h>

// The version of this header; authlete_fail_version() returns that of the library.
#define AUTHLETE_FAIL_VERSION "0.2.0"
#define AUTHLETE_FAIL_VERSION_MAJOR 0
#define AUTHLETE_FAIL_VERSION_MINOR 2
#define AUTHLETE_FAIL_VERSION_PATCH 0

// The values of the request member `reason`.
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_UNKNOWN "UNKNOWN"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_NOT_LOGGED_IN "NOT_LOGGED_IN"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_MAX_AGE_NOT_SUPPORTED "MAX_AGE_NOT_SUPPORTED"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_EXCEEDS_MAX_AGE "EXCEEDS_MAX_AGE"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_DIFFERENT_SUBJECT "DIFFERENT_SUBJECT"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_ACR_NOT_SATISFIED "ACR_NOT_SATISFIED"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_DENIED "DENIED"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_SERVER_ERROR "SERVER_ERROR"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_NOT_AUTHENTICATED "NOT_AUTHENTICATED"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_ACCOUNT_SELECTION_REQUIRED "ACCOUNT_SELECTION_REQUIRED"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_CONSENT_REQUIRED "CONSENT_REQUIRED"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_INTERACTION_REQUIRED "INTERACTION_REQUIRED"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_INVALID_TARGET "INVALID_TARGET"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_INVALID_SCOPE "INVALID_SCOPE"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_UNAUTHORIZED_CLIENT "UNAUTHORIZED_CLIENT"
#define AUTHLETE_FAIL_AUTHORIZATION_REASON_TEMPORARILY_UNAVAILABLE "TEMPORARILY_UNAVAILABLE"
#define AUTHLETE_FAIL_TOKEN_REASON_UNKNOWN "UNKNOWN"
#define AUTHLETE_FAIL_TOKEN_REASON_INVALID_RESOURCE_OWNER_CREDENTIALS "INVALID_RESOURCE_OWNER_CREDENTIALS"
#define AUTHLETE_FAIL_TOKEN_REASON_INVALID_TARGET "INVALID_TARGET"
#define AUTHLETE_FAIL_TOKEN_REASON_INVALID_CLIENT "INVALID_CLIENT"
#define AUTHLETE_FAIL_TOKEN_REASON_UNAUTHORIZED_CLIENT "UNAUTHORIZED_CLIENT"
#define AUTHLETE_FAIL_TOKEN_REASON_INVALID_SCOPE "INVALID_SCOPE"
#define AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_EXPIRED_LOGIN_HINT_TOKEN "EXPIRED_LOGIN_HINT_TOKEN"
#define AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_UNKNOWN_USER_ID "UNKNOWN_USER_ID"
#define AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_UNAUTHORIZED_CLIENT "UNAUTHORIZED_CLIENT"
#define AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_MISSING_USER_CODE "MISSING_USER_CODE"
#define AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_INVALID_USER_CODE "INVALID_USER_CODE"
#define AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_INVALID_BINDING_MESSAGE "INVALID_BINDING_MESSAGE"
#define AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_INVALID_TARGET "INVALID_TARGET"
#define AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_ACCESS_DENIED "ACCESS_DENIED"
#define AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_SERVER_ERROR "SERVER_ERROR"

// ---- Types ------------------------------------------------------------------------------

/// The status of a call.
typedef enum {
    /// Success. For a call, a complete API response was received; see the outcome.
    AUTHLETE_FAIL_STATUS_OK = 0,
    /// The path is invalid, or an argument is NULL or not UTF-8. Nothing was sent.
    AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT = 1,
    /// The configuration is invalid; the error names the key or the environment variable.
    AUTHLETE_FAIL_STATUS_INVALID_CONFIG = 2,
    /// The request or the options are invalid; the error names the member or option. Nothing was sent.
    AUTHLETE_FAIL_STATUS_INVALID_REQUEST = 3,
    /// The DNS lookup, the TCP connection or the proxy failed. Nothing was sent.
    AUTHLETE_FAIL_STATUS_CONNECT = 4,
    /// The TLS handshake failed, or a certificate was rejected. Authlete did not process the request.
    AUTHLETE_FAIL_STATUS_TLS = 5,
    /// Out of file descriptors, threads or memory. Nothing was sent.
    AUTHLETE_FAIL_STATUS_RESOURCE = 6,
    /// `timeoutMs` or `connectTimeoutMs` expired.
    AUTHLETE_FAIL_STATUS_TIMEOUT = 7,
    /// The connection failed after sending began.
    AUTHLETE_FAIL_STATUS_NETWORK = 8,
    /// Authlete returned an HTTP status outside 2xx.
    AUTHLETE_FAIL_STATUS_HTTP = 9,
    /// The API response is malformed, too large, not a JSON object, or unsafe to pass on.
    AUTHLETE_FAIL_STATUS_PROTOCOL = 10,
    /// The client was shut down before or during the call.
    AUTHLETE_FAIL_STATUS_SHUTDOWN = 11,
    /// A bug in this library; the client remains usable.
    AUTHLETE_FAIL_STATUS_INTERNAL = 12,
    /// Not a status. Widens the range of the enum for values that later versions add.
    AUTHLETE_FAIL_STATUS_MAX_ENUM = 2147483647,
} authlete_fail_status;

/// The meaning of the API response; its `action` alone is ambiguous.
typedef enum {
    /// No usable API response was received; see the status.
    AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE = 0,
    /// Authlete created the error response for the OAuth client.
    AUTHLETE_FAIL_OUTCOME_DELIVERED = 1,
    /// The ticket is unknown or no longer valid, or belongs to another service.
    AUTHLETE_FAIL_OUTCOME_TICKET_INVALID = 2,
    /// Authlete reported a server error, or `responseContent` is missing or unsafe to pass on.
    AUTHLETE_FAIL_OUTCOME_SERVER_ERROR = 3,
    /// The API response has no `action`, or one that this version does not support.
    AUTHLETE_FAIL_OUTCOME_UNKNOWN_ACTION = 4,
    /// The endpoint is not a fail endpoint, and a complete 2xx API response was received.
    AUTHLETE_FAIL_OUTCOME_OTHER_API = 5,
    /// Not an outcome. Widens the range of the enum for values that later versions add.
    AUTHLETE_FAIL_OUTCOME_MAX_ENUM = 2147483647,
} authlete_fail_outcome;

/// The state of the ticket, which determines whether repeating the call is safe.
typedef enum {
    /// Authlete may have used the ticket.
    AUTHLETE_FAIL_TICKET_STATE_UNKNOWN = 0,
    /// Authlete did not process the request; repeating the call is safe.
    AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED = 1,
    /// The ticket was used. For backchannel authentication: the ticket was deleted if it existed.
    AUTHLETE_FAIL_TICKET_STATE_CONSUMED = 2,
    /// The ticket is unknown or no longer valid, or belongs to another service.
    AUTHLETE_FAIL_TICKET_STATE_INVALID = 3,
    /// The request contained no ticket, or the function sends no request.
    AUTHLETE_FAIL_TICKET_STATE_NONE = 4,
    /// Not a state. Widens the range of the enum for values that later versions add.
    AUTHLETE_FAIL_TICKET_STATE_MAX_ENUM = 2147483647,
} authlete_fail_ticket_state;

/// The type of a JSON value.
typedef enum {
    /// There is no such value.
    AUTHLETE_FAIL_JSON_TYPE_ABSENT = 0,
    /// The literal null.
    AUTHLETE_FAIL_JSON_TYPE_NULL = 1,
    /// The literal true or false.
    AUTHLETE_FAIL_JSON_TYPE_BOOLEAN = 2,
    /// A number.
    AUTHLETE_FAIL_JSON_TYPE_NUMBER = 3,
    /// A string.
    AUTHLETE_FAIL_JSON_TYPE_STRING = 4,
    /// An array.
    AUTHLETE_FAIL_JSON_TYPE_ARRAY = 5,
    /// An object.
    AUTHLETE_FAIL_JSON_TYPE_OBJECT = 6,
    /// Not a type. Widens the range of the enum for values that later versions add.
    AUTHLETE_FAIL_JSON_TYPE_MAX_ENUM = 2147483647,
} authlete_fail_json_type;

/// The severity of a log line. The key `logLevel` sets the least severe level that is logged.
typedef enum {
    /// A call, or authlete_fail_client_connect(), that failed because of a bug in this library.
    AUTHLETE_FAIL_LOG_LEVEL_ERROR = 1,
    /// Any other failed call or authlete_fail_client_connect(); a call to a fail endpoint whose
    /// outcome is not AUTHLETE_FAIL_OUTCOME_DELIVERED; a call to any other endpoint whose response
    /// has the HTTP status 500.
    AUTHLETE_FAIL_LOG_LEVEL_WARN = 2,
    /// Every other call and authlete_fail_client_connect().
    AUTHLETE_FAIL_LOG_LEVEL_INFO = 3,
    /// A new client. Also adds the connection and the times to the line of each call.
    AUTHLETE_FAIL_LOG_LEVEL_DEBUG = 4,
    /// Not a level. Widens the range of the enum for values that later versions add.
    AUTHLETE_FAIL_LOG_LEVEL_MAX_ENUM = 2147483647,
} authlete_fail_log_level;

/// A handle to one Authlete service, with its own connection pool; threads may share it.
///
/// Created by authlete_fail_client_new(), freed by authlete_fail_client_free().
typedef struct authlete_fail_client authlete_fail_client;

/// The result of one call; immutable, and independent of the client.
///
/// Set by every function with a `reply` out-parameter, freed by authlete_fail_reply_free().
typedef struct authlete_fail_reply authlete_fail_reply;

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
typedef void (*authlete_fail_log_fn)(void *context,
                                     int32_t level,
                                     const char *line,
                                     size_t len);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// ---- Client -----------------------------------------------------------------------------

/// Creates a client from a JSON configuration, or from environment variables if `config_len` is 0.
///
/// Opens no connection. `log` may be NULL. `log_context` is passed to `log` and must stay valid
/// until authlete_fail_client_free() has returned. On success `*client` is the new client; after a
/// failure it is NULL. `reply` may be NULL. Otherwise `*reply` is set to the result, which the
/// caller must free with authlete_fail_reply_free(), even on success.
authlete_fail_status authlete_fail_client_new(const char *config,
                                              size_t config_len,
                                              authlete_fail_log_fn log,
                                              void *log_context,
                                              authlete_fail_client **client,
                                              authlete_fail_reply **reply);

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
authlete_fail_status authlete_fail_client_connect(const authlete_fail_client *client,
                                                  authlete_fail_reply **reply);

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
size_t authlete_fail_client_stats(const authlete_fail_client *client,
                                  char *out,
                                  size_t out_size);

/// Aborts the calls in flight on `client` and rejects later calls. All of them return
/// AUTHLETE_FAIL_STATUS_SHUTDOWN, except calls in flight that already have a result.
///
/// May be called from any thread, any number of times; NULL is a no-op. A shutdown is permanent.
void authlete_fail_client_shutdown(const authlete_fail_client *client);

/// Frees `client` and closes its connections; NULL is a no-op.
///
/// Call this after the last call on the client has returned. Replies stay valid.
void authlete_fail_client_free(authlete_fail_client *client);

// ---- Calls ------------------------------------------------------------------------------

/// Fails an authorization request: `/auth/authorization/fail`.
///
/// `request` is a JSON object with `ticket` and `reason`, and optionally `description` (at most
/// 1,000 bytes). Sets `*reply` to the result, regardless of the status; free it with
/// authlete_fail_reply_free(). If `reply` is NULL, sends nothing and returns
/// AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT.
authlete_fail_status authlete_fail_authorization(const authlete_fail_client *client,
                                                 const char *request,
                                                 size_t request_len,
                                                 authlete_fail_reply **reply);

/// Fails a token request: `/auth/token/fail`.
///
/// `request` is a JSON object with `ticket` and `reason`. Everything else is as for
/// authlete_fail_authorization().
authlete_fail_status authlete_fail_token(const authlete_fail_client *client,
                                         const char *request,
                                         size_t request_len,
                                         authlete_fail_reply **reply);

/// Fails a backchannel authentication request (CIBA): `/backchannel/authentication/fail`.
///
/// `request` is a JSON object with any of `ticket`, `reason` (default: SERVER_ERROR),
/// `errorDescription` and `errorUri` (at most 1,000 bytes each); the minimum is `{}`. Everything
/// else is as for authlete_fail_authorization().
authlete_fail_status authlete_fail_backchannel_authentication(const authlete_fail_client *client,
                                                              const char *request,
                                                              size_t request_len,
                                                              authlete_fail_reply **reply);

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
authlete_fail_status authlete_fail_call(const authlete_fail_client *client,
                                        const char *path,
                                        const char *request,
                                        size_t request_len,
                                        const char *options,
                                        size_t options_len,
                                        authlete_fail_reply **reply);

// ---- Reply: what happened ---------------------------------------------------------------

/// The status of the call; the same value that the call returned.
authlete_fail_status authlete_fail_reply_status(const authlete_fail_reply *reply);

/// The meaning of the API response.
authlete_fail_outcome authlete_fail_reply_outcome(const authlete_fail_reply *reply);

/// The state of the ticket, which determines whether repeating the call is safe.
authlete_fail_ticket_state authlete_fail_reply_ticket_state(const authlete_fail_reply *reply);

/// 1 if repeating the call is safe and may help, otherwise 0.
///
/// Repeating is safe because Authlete has certainly not processed the call. It may help because the
/// cause of the failure may be temporary.
///
/// The value is 1 after a failed DNS lookup or connection, after a TLS handshake that the peer
/// ended, if the request could not be sent completely, after a timeout before it was, and with
/// AUTHLETE_FAIL_STATUS_RESOURCE or HTTP status 429.
int32_t authlete_fail_reply_may_repeat(const authlete_fail_reply *reply);

/// The number of attempts, including those that failed to connect; 0 if no attempt was made.
int32_t authlete_fail_reply_attempts(const authlete_fail_reply *reply);

/// The duration of the call in microseconds, including all attempts.
int64_t authlete_fail_reply_duration_us(const authlete_fail_reply *reply);

/// The HTTP status of the API response; 0 if none was received.
int32_t authlete_fail_reply_http_status(const authlete_fail_reply *reply);

/// The time in milliseconds to wait before the next call to Authlete; -1 if Authlete sent none.
///
/// Available only with HTTP status 429 or 503; taken from Retry-After (RFC 9110, 10.2.3) or
/// X-RateLimit-Reset. It does not apply to the OAuth client.
int64_t authlete_fail_reply_retry_after_ms(const authlete_fail_reply *reply);

/// The error, as one line without secrets; "" if the status is OK.
const char *authlete_fail_reply_error(const authlete_fail_reply *reply, size_t *len);

/// The error and other values of the reply, as a JSON object; "" if the status is OK.
///
/// Members: status, message, httpStatus, resultCode, outcome, ticketState, attempts, retryAfterMs,
/// requestId, durationUs, mayRepeat. Absent values are null. Later versions may add members.
const char *authlete_fail_reply_error_json(const authlete_fail_reply *reply,
                                           size_t *len);

// ---- Reply: the API response ------------------------------------------------------------

/// The JSON object in the API response, byte for byte, for any HTTP status; "" if there was none.
///
/// Do not log it: some API responses contain the ticket (A062101) or the credentials (A001203).
const char *authlete_fail_reply_json(const authlete_fail_reply *reply,
                                     size_t *len);

/// The `action` of the API response, even if this version does not support it; "" if absent.
const char *authlete_fail_reply_action(const authlete_fail_reply *reply,
                                       size_t *len);

/// The `resultCode` of the API response, such as "A060306"; "" if absent.
///
/// A number is returned as decimal text.
const char *authlete_fail_reply_result_code(const authlete_fail_reply *reply, size_t *len);

/// The Request-Id header of the API response, for support requests; "" if absent.
const char *authlete_fail_reply_request_id(const authlete_fail_reply *reply, size_t *len);

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
const char *authlete_fail_reply_diagnostics(const authlete_fail_reply *reply,
                                            size_t *len);

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
authlete_fail_json_type authlete_fail_reply_get(const authlete_fail_reply *reply,
                                                const char *pointer,
                                                char *out,
                                                size_t out_size,
                                                size_t *len);

// ---- Reply: the response to send to the OAuth client ------------------------------------

/// The HTTP status code to send to the OAuth client; 0 if there is nothing to send yet.
///
/// It can be 0 only after authlete_fail_call(): if your server has to act on the `action` first, or
/// if the endpoint is outside the authorization, token and CIBA flows.
int32_t authlete_fail_reply_response_status(const authlete_fail_reply *reply);

/// The number of headers to send.
///
/// They never include Content-Length, Date or Connection, which the HTTP server adds.
size_t authlete_fail_reply_response_header_count(const authlete_fail_reply *reply);

/// The name of the header at `index`, starting at 0; "" if `index` is out of range.
const char *authlete_fail_reply_response_header_name(const authlete_fail_reply *reply,
                                                     size_t index);

/// The value of the header at `index`, starting at 0; "" if `index` is out of range.
const char *authlete_fail_reply_response_header_value(const authlete_fail_reply *reply,
                                                      size_t index);

/// The body to send; "" if the response has no body.
const char *authlete_fail_reply_response_body(const authlete_fail_reply *reply,
                                              size_t *len);

// ---- Reply: release ---------------------------------------------------------------------

/// Frees `reply` and all text obtained from it; NULL is a no-op.
void authlete_fail_reply_free(authlete_fail_reply *reply);

// ---- JSON -------------------------------------------------------------------------------

/// Writes `text` to `out` as a JSON string literal: with quotes and escapes, NUL-terminated.
///
/// Use it for any text from a user or an OAuth client that becomes part of a request. Returns the
/// length of the literal, without the NUL. If the literal does not fit, `out` is set to "": call
/// again with an `out_size` of at least that length + 1. If `text` is not UTF-8, returns SIZE_MAX
/// and writes "".
size_t authlete_fail_json_string(const char *text,
                                 size_t text_len,
                                 char *out,
                                 size_t out_size);

// ---- Names and version ------------------------------------------------------------------

/// The name of a status without its prefix, such as "TIMEOUT"; "?" for an unknown value.
const char *authlete_fail_status_name(uint32_t status);

/// The name of an outcome without its prefix, such as "DELIVERED"; "?" for an unknown value.
const char *authlete_fail_outcome_name(uint32_t outcome);

/// The name of a ticket state without its prefix, such as "CONSUMED"; "?" for an unknown value.
const char *authlete_fail_ticket_state_name(uint32_t ticket_state);

/// The version of the library that is loaded, such as "0.2.0".
const char *authlete_fail_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* AUTHLETE_FAIL_H */
