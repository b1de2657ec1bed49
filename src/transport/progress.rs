//! How far an attempt has come. What the library says about the ticket depends on it.

/// What an attempt was doing when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lookup,
    Tcp,
    Proxy,
    Tls,
    /// Sending the request and receiving the API response.
    Exchange,
}

/// The record of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub stage: Stage,
    /// Whether the connection had served another call before.
    pub is_reused: bool,
    /// Whether Authlete may have the whole request. It cannot act on a part, because the JSON
    /// document is then incomplete.
    pub is_request_complete: bool,
    /// Whether a byte of the API response has arrived, or may have: over TLS, an incomplete record
    /// may contain one. Complete session tickets, key updates and close_notify do not count.
    pub is_response_begun: bool,
}

impl Progress {
    /// The record of an attempt that opens a connection.
    pub fn new() -> Self {
        Self {
            stage: Stage::Lookup,
            is_reused: false,
            is_request_complete: false,
            is_response_begun: false,
        }
    }
}
