//! The status of a call, its outcome and its ticket state: numbers in the C ABI, names in
//! `error_json` and in the log.

use std::ffi::CStr;

/// The status of a call.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Success. For a call, a complete API response was received; see the outcome.
    Ok = 0,
    /// The path is invalid, or an argument is NULL or not UTF-8. Nothing was sent.
    InvalidArgument = 1,
    /// The configuration is invalid; the error names the key or the environment variable.
    InvalidConfig = 2,
    /// The request or the options are invalid; the error names the member or option. Nothing was sent.
    InvalidRequest = 3,
    /// The DNS lookup, the TCP connection or the proxy failed. Nothing was sent.
    Connect = 4,
    /// The TLS handshake failed, or a certificate was rejected. Authlete did not process the request.
    Tls = 5,
    /// Out of file descriptors, threads or memory. Nothing was sent.
    Resource = 6,
    /// `timeoutMs` or `connectTimeoutMs` expired.
    Timeout = 7,
    /// The connection failed after sending began.
    Network = 8,
    /// Authlete returned an HTTP status outside 2xx.
    Http = 9,
    /// The API response is malformed, too large, not a JSON object, or unsafe to pass on.
    Protocol = 10,
    /// The client was shut down before or during the call.
    Shutdown = 11,
    /// A bug in this library; the client remains usable.
    Internal = 12,
    /// Not a status. Widens the range of the enum for values that later versions add.
    MaxEnum = 0x7fff_ffff,
}

/// The meaning of the API response; its `action` alone is ambiguous.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No usable API response was received; see the status.
    NoApiResponse = 0,
    /// Authlete created the error response for the OAuth client.
    Delivered = 1,
    /// The ticket is unknown or no longer valid, or belongs to another service.
    TicketInvalid = 2,
    /// Authlete reported a server error, or `responseContent` is missing or unsafe to pass on.
    ServerError = 3,
    /// The API response has no `action`, or one that this version does not support.
    UnknownAction = 4,
    /// The endpoint is not a fail endpoint, and a complete 2xx API response was received.
    OtherApi = 5,
    /// Not an outcome. Widens the range of the enum for values that later versions add.
    MaxEnum = 0x7fff_ffff,
}

/// The state of the ticket, which determines whether repeating the call is safe.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketState {
    /// Authlete may have used the ticket.
    Unknown = 0,
    /// Authlete did not process the request; repeating the call is safe.
    Untouched = 1,
    /// The ticket was used. For backchannel authentication: the ticket was deleted if it existed.
    Consumed = 2,
    /// The ticket is unknown or no longer valid, or belongs to another service.
    Invalid = 3,
    /// The request contained no ticket, or the function sends no request.
    None = 4,
    /// Not a state. Widens the range of the enum for values that later versions add.
    MaxEnum = 0x7fff_ffff,
}

/// The type of a JSON value.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonType {
    /// There is no such value.
    Absent = 0,
    /// The literal null.
    Null = 1,
    /// The literal true or false.
    Boolean = 2,
    /// A number.
    Number = 3,
    /// A string.
    String = 4,
    /// An array.
    Array = 5,
    /// An object.
    Object = 6,
    /// Not a type. Widens the range of the enum for values that later versions add.
    MaxEnum = 0x7fff_ffff,
}

/// An enum of the C ABI: programs use its numbers, logs and `error_json` its names.
pub trait Named: Copy + 'static {
    const NAMES: &'static [(Self, &'static CStr)];

    fn number(self) -> u32;

    /// Returns `None` if this version does not define `number`.
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
        (Self::OtherApi, c"OTHER_API"),
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
