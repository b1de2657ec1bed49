//! The progress of an attempt. It determines the ticket state and whether a retry is safe.

/// The stage that an attempt has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lookup,
    Tcp,
    Proxy,
    Tls,
    /// Sending the request and receiving the API response.
    Exchange,
}

/// The progress of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub stage: Stage,
    /// Whether the connection was idle before the attempt.
    pub is_reused: bool,
    /// Whether the request was sent completely, so that Authlete may have received all of it.
    /// Authlete cannot process an incomplete request, because its JSON document is truncated.
    pub is_request_complete: bool,
    /// Whether a byte of the API response has arrived, or may have arrived: over TLS, an incomplete
    /// record may contain one. Complete session tickets, key updates and close_notify do not count.
    pub has_response_started: bool,
}

impl Progress {
    /// The progress at the start of an attempt.
    pub fn new() -> Self {
        Self {
            stage: Stage::Lookup,
            is_reused: false,
            is_request_complete: false,
            has_response_started: false,
        }
    }
}
