//! The retry policy: when a call makes another attempt, and how the results of its attempts are
//! combined. Each attempt follows the previous one immediately, within the same deadline.
//!
//! A call makes another attempt, on a new connection, if an attempt lost its connection in one of
//! these situations:
//!
//! - During the TLS handshake, or before the request was sent completely. Authlete cannot have
//!   processed it.
//! - On a reused connection, before the first byte of the API response. Almost always, the server
//!   closed the idle connection before the request reached it (RFC 9112, 9.3.1), with or without a
//!   408 (RFC 9110, 15.5.9), or a NAT or firewall dropped the connection, so that the request is
//!   never acknowledged. But the server may have processed the request, so the ticket state of the
//!   call takes both attempts into account.
//!
//! A POST or DELETE to an endpoint that is not a fail endpoint is retried only in the first
//! situation. Sending a fail call twice is harmless, because its ticket is single-use. But if a token
//! request is sent twice, tokens may be revoked (RFC 6749, 4.1.2).
//!
//! A call also makes another attempt if Authlete responds with 401 because the DPoP proof lacks a
//! nonce (RFC 9449, 9). Authlete has not processed that attempt, so this is safe for every call, and
//! it is not a retry that the configuration disables. It usually uses the same connection.
//!
//! Each of the two happens at most once, so a call makes up to three attempts. Nothing else is
//! retried:
//!
//! - A failed DNS lookup or TCP connection, or a proxy that opens no tunnel: the attempt has
//!   already tried every address.
//! - A timeout, a server that vanishes after it has acknowledged the request, or a new connection
//!   that ends without an API response: Authlete may have processed the request.
//! - Any other HTTP status: that is Authlete's response, and the caller decides what to do.

use std::time::Duration;

use crate::api_response::ApiResponse;
use crate::error::{Error, MAYBE_PROCESSED};
use crate::status::{Status, TicketState};
use crate::transport::{AttemptError, Deadline};

/// The minimum time left for another attempt. With less, it would most likely time out, and the
/// timeout would hide the previous error.
const MIN_REMAINING: Duration = Duration::from_millis(100);

/// The situations in which a call is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Never,
    /// If Authlete cannot have processed the attempt.
    Unprocessed,
    /// Also if a reused connection was lost before the first byte of the API response.
    Safe,
}

/// The attempts of one call.
pub struct Attempts {
    pub count: i32,
    /// The error of the attempt before the last one. It links to that of the attempt before it.
    pub previous: Option<Box<AttemptError>>,
}

/// Makes up to three attempts and returns the result of the last one. The argument of `attempt` is
/// the error of the previous attempt.
pub fn run<T>(
    policy: Policy,
    deadline: Deadline,
    mut attempt: impl FnMut(Option<&AttemptError>) -> Result<T, Box<AttemptError>>,
) -> (Result<T, Box<AttemptError>>, Attempts) {
    let mut attempts = Attempts { count: 1, previous: None };
    loop {
        match attempt(attempts.previous.as_deref()) {
            Err(mut error)
                if is_retryable(policy, &error, &attempts)
                    && deadline.time_left() >= MIN_REMAINING =>
            {
                error.previous = attempts.previous;
                // Only the last API response is reported, and a body is up to 1 MiB long.
                error.response = ApiResponse::default();
                attempts = Attempts { count: attempts.count + 1, previous: Some(error) };
            }
            result => return (result, attempts),
        }
    }
}

fn is_retryable(policy: Policy, error: &AttemptError, attempts: &Attempts) -> bool {
    // Each of the two situations is permitted once.
    let is_nonce_required = error.required_nonce.is_some();
    if attempts.errors().any(|earlier| earlier.required_nonce.is_some() == is_nonce_required) {
        return false;
    }
    let progress = &error.progress;
    let was_idle = progress.is_reused && !progress.has_response_started;
    is_nonce_required
        || error.is_disconnect
            && match policy {
                Policy::Never => false,
                Policy::Unprocessed => !progress.is_request_complete,
                Policy::Safe => !progress.is_request_complete || was_idle,
            }
}

impl Attempts {
    /// The errors of all attempts but the last one, the latest first.
    fn errors(&self) -> impl Iterator<Item = &AttemptError> {
        self.previous.iter().flat_map(|error| error.chain())
    }

    /// The ticket state of the call, derived from that of the last attempt. If Authlete may have
    /// processed an earlier attempt, that attempt may have used the ticket.
    pub fn ticket_state(&self, last: TicketState) -> TicketState {
        match last {
            TicketState::Untouched | TicketState::Invalid if self.may_be_processed() => {
                TicketState::Unknown
            }
            _ => last,
        }
    }

    /// Whether repeating the call is safe and may help, derived from the last attempt.
    pub fn may_repeat(&self, last: bool) -> bool {
        last && !self.may_be_processed()
    }

    /// The error of the call, derived from that of the last attempt.
    pub fn error(&self, mut last: Error) -> Error {
        if self.previous.is_none() {
            return last;
        }
        let mut messages: Vec<_> = self.errors().map(|error| &error.error.message).collect();
        messages.reverse();
        messages.push(&last.message);
        let numbered = |(number, message)| format!("{number} attempt: {message}");
        let messages = ["first", "second", "third"].into_iter().zip(messages).map(numbered);
        last.message = messages.collect::<Vec<_>>().join("; ");
        if self.may_be_processed() {
            last.consequence = Some(MAYBE_PROCESSED);
            // These statuses imply that nothing was sent, but an earlier attempt sent the request.
            if matches!(last.status, Status::Connect | Status::Tls | Status::Resource) {
                return last.into_network();
            }
        }
        last
    }

    /// Whether Authlete may have processed an attempt before the last one.
    fn may_be_processed(&self) -> bool {
        self.errors().any(|error| error.may_be_processed)
    }
}
