//! Authlete's three fail endpoints: their paths, members and reasons.

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Authorization,
    Token,
    BackchannelAuthentication,
}

const AUTHORIZATION_MEMBERS: &[&str] = &["ticket", "reason", "description"];

const TOKEN_MEMBERS: &[&str] = &["ticket", "reason"];

const BACKCHANNEL_AUTHENTICATION_MEMBERS: &[&str] =
    &["ticket", "reason", "errorDescription", "errorUri"];

// The reasons of authlete-java-common 4.46 (2026-06-15), `Reason` of each `…FailRequest`. The
// OpenAPI document 3.0.16 lacks the last three of the first two lists.
const AUTHORIZATION_REASONS: &[&str] = &[
    "UNKNOWN",
    "NOT_LOGGED_IN",
    "MAX_AGE_NOT_SUPPORTED",
    "EXCEEDS_MAX_AGE",
    "DIFFERENT_SUBJECT",
    "ACR_NOT_SATISFIED",
    "DENIED",
    "SERVER_ERROR",
    "NOT_AUTHENTICATED",
    "ACCOUNT_SELECTION_REQUIRED",
    "CONSENT_REQUIRED",
    "INTERACTION_REQUIRED",
    "INVALID_TARGET",
    "INVALID_SCOPE",
    "UNAUTHORIZED_CLIENT",
    "TEMPORARILY_UNAVAILABLE",
];

const TOKEN_REASONS: &[&str] = &[
    "UNKNOWN",
    "INVALID_RESOURCE_OWNER_CREDENTIALS",
    "INVALID_TARGET",
    "INVALID_CLIENT",
    "UNAUTHORIZED_CLIENT",
    "INVALID_SCOPE",
];

const BACKCHANNEL_AUTHENTICATION_REASONS: &[&str] = &[
    "EXPIRED_LOGIN_HINT_TOKEN",
    "UNKNOWN_USER_ID",
    "UNAUTHORIZED_CLIENT",
    "MISSING_USER_CODE",
    "INVALID_USER_CODE",
    "INVALID_BINDING_MESSAGE",
    "INVALID_TARGET",
    "ACCESS_DENIED",
    "SERVER_ERROR",
];

const _: () = assert!(
    AUTHORIZATION_MEMBERS.len() <= Endpoint::MAX_MEMBERS
        && TOKEN_MEMBERS.len() <= Endpoint::MAX_MEMBERS
);

impl Endpoint {
    /// The most members that a request document has.
    pub const MAX_MEMBERS: usize = BACKCHANNEL_AUTHENTICATION_MEMBERS.len();

    pub const ALL: [Self; 3] = [Self::Authorization, Self::Token, Self::BackchannelAuthentication];

    /// The name in messages and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Token => "token",
            Self::BackchannelAuthentication => "backchannel authentication",
        }
    }

    /// What follows `/api/{serviceId}` (v3) or `/api` (v2).
    pub fn path(self) -> &'static str {
        match self {
            Self::Authorization => "/auth/authorization/fail",
            Self::Token => "/auth/token/fail",
            Self::BackchannelAuthentication => "/backchannel/authentication/fail",
        }
    }

    /// The members of a request document.
    pub fn members(self) -> &'static [&'static str] {
        match self {
            Self::Authorization => AUTHORIZATION_MEMBERS,
            Self::Token => TOKEN_MEMBERS,
            Self::BackchannelAuthentication => BACKCHANNEL_AUTHENTICATION_MEMBERS,
        }
    }

    /// For backchannel authentication the OpenAPI schema calls the first two required, its text and
    /// the Java library optional; the latter is what Authlete's history shows
    /// (authlete-java-common 29cc6f1e6, 2018-12-19).
    pub fn requires(self, member: &str) -> bool {
        self != Self::BackchannelAuthentication && matches!(member, "ticket" | "reason")
    }

    pub fn reasons(self) -> &'static [&'static str] {
        match self {
            Self::Authorization => AUTHORIZATION_REASONS,
            Self::Token => TOKEN_REASONS,
            Self::BackchannelAuthentication => BACKCHANNEL_AUTHENTICATION_REASONS,
        }
    }
}
