//! The results that the table of behaviours requires.

/// The result of a call to which the server responded.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    pub status: &'static str,
    pub outcome: &'static str,
    pub ticket: &'static str,
    /// Any of these.
    pub http: &'static [i64],
    pub retry_after_ms: i64,
    /// The status of the response for the OAuth client.
    pub response: i64,
    /// Whether that response contains the ticket.
    pub is_own: bool,
}

pub const NO_API_RESPONSE: &str = "NO_API_RESPONSE";

pub const DELIVERED: Expected = Expected {
    status: "OK",
    outcome: "DELIVERED",
    ticket: "CONSUMED",
    http: &[200],
    retry_after_ms: -1,
    response: 302,
    is_own: true,
};

/// The request was sent; no complete API response was received.
pub const NONE: Expected = Expected {
    status: "NETWORK",
    outcome: NO_API_RESPONSE,
    ticket: "UNKNOWN",
    http: &[0, 200],
    retry_after_ms: -1,
    response: 500,
    is_own: false,
};

/// The connection ended before a byte of the API response.
pub const DROPPED: Expected = Expected { http: &[0], ..NONE };

pub const TIMEOUT: Expected = Expected { status: "TIMEOUT", ..NONE };
pub const PROTOCOL: Expected = Expected { status: "PROTOCOL", ..NONE };
pub const REFUSED_CONTENT: Expected = Expected {
    status: "PROTOCOL",
    response: 500,
    is_own: false,
    outcome: "SERVER_ERROR",
    ..DELIVERED
};

pub const fn ok(
    outcome: &'static str,
    ticket: &'static str,
    response: i64,
    is_own: bool,
) -> Expected {
    Expected { outcome, ticket, response, is_own, ..DELIVERED }
}

pub const fn status(http: &'static [i64], ticket: &'static str, retry_after_ms: i64) -> Expected {
    Expected { status: "HTTP", ticket, http, retry_after_ms, ..NONE }
}
