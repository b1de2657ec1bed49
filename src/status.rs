//! The status of a call, its outcome and the state of its ticket, as numbers for programs and as
//! names for people (in the header, in `error_json` and in the log).

use std::ffi::CStr;

/// What became of a call.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Authlete answered as its documentation says; see the outcome.
    Ok = 0,
    /// The caller passed NULL where a value is needed, or text that is not UTF-8.
    InvalidArgument = 1,
    /// The configuration is wrong; the error names the key.
    InvalidConfig = 2,
    /// The request document is wrong; the error names the member. Nothing was sent.
    InvalidRequest = 3,
    /// Name lookup, TCP or the proxy failed. Nothing was sent.
    Connect = 4,
    /// The TLS handshake failed, or a certificate was refused. Authlete did not process the request.
    Tls = 5,
    /// Out of descriptors, threads or memory. Nothing was sent.
    Resource = 6,
    /// The deadline passed.
    Timeout = 7,
    /// The connection ended or broke after sending began.
    Network = 8,
    /// Authlete answered with an HTTP status outside 2xx.
    Http = 9,
    /// The answer was malformed, too large, no JSON object, or not fit to be passed on.
    Protocol = 10,
    /// The client was shut down.
    Shutdown = 11,
    /// A defect in this library; the client stays usable.
    Internal = 12,
    /// Not a status: keeps values that later versions add defined in programs built earlier.
    MaxEnum = 0x7fff_ffff,
}

/// What Authlete's answer amounts to; its `action` alone misleads.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that could be used came back.
    NoApiResponse = 0,
    /// Authlete made the error response for the OAuth client.
    Delivered = 1,
    /// Authlete does not know the ticket (any more), or it is another service's.
    TicketInvalid = 2,
    /// Authlete failed, or the response may not be passed on.
    ServerError = 3,
    /// Authlete answered with an action that this version does not know.
    UnknownAction = 4,
    /// Not an outcome: keeps values that later versions add defined in programs built earlier.
    MaxEnum = 0x7fff_ffff,
}

/// What became of the ticket, which decides whether calling again is safe.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketState {
    /// It may have been used.
    Unknown = 0,
    /// It was not used; calling again is safe.
    Untouched = 1,
    /// It was used (backchannel authentication: deleted, if it existed).
    Consumed = 2,
    /// It cannot be used.
    Invalid = 3,
    /// The request named none.
    None = 4,
    /// Not a state: keeps values that later versions add defined in programs built earlier.
    MaxEnum = 0x7fff_ffff,
}

/// An enumeration that is told to programs by number and to people by name.
pub trait Named: Copy + 'static {
    const NAMES: &'static [(Self, &'static CStr)];

    fn number(self) -> u32;

    /// `None` for a number of a later version.
    fn name_of(number: u32) -> Option<&'static CStr> {
        Self::NAMES.iter().find(|(value, _)| value.number() == number).map(|(_, name)| *name)
    }

    fn name(self) -> &'static str {
        Self::name_of(self.number()).and_then(|name| name.to_str().ok()).unwrap_or("?")
    }
}

impl Named for Status {
    const NAMES: &'static [(Self, &'static CStr)] = &[
        (Self::Ok, c"OK"),
        (Self::InvalidArgument, c"INVALID_ARGUMENT"),
        (Self::InvalidConfig, c"INVALID_CONFIG"),
        (Self::InvalidRequest, c"INVALID_REQUEST"),
        (Self::Connect, c"CONNECT"),
        (Self::Tls, c"TLS"),
        (Self::Resource, c"RESOURCE"),
        (Self::Timeout, c"TIMEOUT"),
        (Self::Network, c"NETWORK"),
        (Self::Http, c"HTTP"),
        (Self::Protocol, c"PROTOCOL"),
        (Self::Shutdown, c"SHUTDOWN"),
        (Self::Internal, c"INTERNAL"),
    ];

    fn number(self) -> u32 {
        self as u32
    }
}

impl Named for Outcome {
    const NAMES: &'static [(Self, &'static CStr)] = &[
        (Self::NoApiResponse, c"NO_API_RESPONSE"),
        (Self::Delivered, c"DELIVERED"),
        (Self::TicketInvalid, c"TICKET_INVALID"),
        (Self::ServerError, c"SERVER_ERROR"),
        (Self::UnknownAction, c"UNKNOWN_ACTION"),
    ];

    fn number(self) -> u32 {
        self as u32
    }
}

impl Named for TicketState {
    const NAMES: &'static [(Self, &'static CStr)] = &[
        (Self::Unknown, c"UNKNOWN"),
        (Self::Untouched, c"UNTOUCHED"),
        (Self::Consumed, c"CONSUMED"),
        (Self::Invalid, c"INVALID"),
        (Self::None, c"NONE"),
    ];

    fn number(self) -> u32 {
        self as u32
    }
}
