//! The names of the enumerators, as in the header and in `error_json`.

use std::ffi::CStr;

use crate::error::Status;
use crate::verdict::{Outcome, TicketState};

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
        (Self::NoAnswer, c"NO_ANSWER"),
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
