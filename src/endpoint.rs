//! Authlete's endpoints. Each of the three fail endpoints has a [`Spec`] with the path, the members
//! of the request document and the reasons. Each of the flow endpoints has only a path.

/// An endpoint of Authlete's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Fail(FailEndpoint),
    Flow(FlowEndpoint),
    /// Any other endpoint. The library does not interpret its requests and API responses.
    Other,
}

/// An endpoint that fails a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailEndpoint {
    Authorization,
    Token,
    BackchannelAuthentication,
}

/// An endpoint that the server calls before or instead of a fail endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowEndpoint {
    Authorization,
    AuthorizationIssue,
    Token,
    TokenIssue,
    BackchannelAuthentication,
    BackchannelAuthenticationIssue,
    BackchannelAuthenticationComplete,
}

/// The differences between the fail endpoints.
pub struct Spec {
    /// The name in error messages.
    pub name: &'static str,
    /// The path after `/api/{serviceId}` (v3) or `/api` (v2).
    pub path: &'static str,
    /// The names of all members of the request document.
    pub members: &'static [&'static str],
    /// The required members.
    pub required: &'static [&'static str],
    /// The values of `reason`, from the `Reason` enum of each `…FailRequest` class in
    /// authlete-java-common 4.46 (2026-06-15). For authorization and token, Authlete's OpenAPI
    /// document 3.0.16 does not list the last three.
    pub reasons: &'static [&'static str],
}

const AUTHORIZATION: Spec = Spec {
    name: "authorization",
    path: "/auth/authorization/fail",
    members: &["ticket", "reason", "description"],
    required: &["ticket", "reason"],
    reasons: &[
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
    ],
};

const TOKEN: Spec = Spec {
    name: "token",
    path: "/auth/token/fail",
    members: &["ticket", "reason"],
    required: &["ticket", "reason"],
    reasons: &[
        "UNKNOWN",
        "INVALID_RESOURCE_OWNER_CREDENTIALS",
        "INVALID_TARGET",
        "INVALID_CLIENT",
        "UNAUTHORIZED_CLIENT",
        "INVALID_SCOPE",
    ],
};

const BACKCHANNEL_AUTHENTICATION: Spec = Spec {
    name: "backchannel authentication",
    path: "/backchannel/authentication/fail",
    members: &["ticket", "reason", "errorDescription", "errorUri"],
    // The schema in Authlete's OpenAPI document marks `ticket` and `reason` as required, but the
    // prose of that document calls them optional. The prose is correct: authlete-java-common made
    // them optional (commit 29cc6f1e6, 2018-12-19).
    required: &[],
    reasons: &[
        "EXPIRED_LOGIN_HINT_TOKEN",
        "UNKNOWN_USER_ID",
        "UNAUTHORIZED_CLIENT",
        "MISSING_USER_CODE",
        "INVALID_USER_CODE",
        "INVALID_BINDING_MESSAGE",
        "INVALID_TARGET",
        "ACCESS_DENIED",
        "SERVER_ERROR",
    ],
};

impl Endpoint {
    /// All endpoints except [`Self::Other`], each with its path.
    pub fn known() -> impl Iterator<Item = (Self, &'static str)> {
        let fail = FailEndpoint::ALL.into_iter().map(Self::Fail);
        let known = fail.chain(FlowEndpoint::ALL.into_iter().map(Self::Flow));
        known.filter_map(|endpoint| Some((endpoint, endpoint.path()?)))
    }

    /// The path after `/api/{serviceId}` (v3) or `/api` (v2). `None` for [`Self::Other`].
    pub const fn path(self) -> Option<&'static str> {
        match self {
            Self::Fail(fail) => Some(fail.spec().path),
            Self::Flow(flow) => Some(flow.path()),
            Self::Other => None,
        }
    }
}

impl FlowEndpoint {
    const ALL: [Self; 7] = [
        Self::Authorization,
        Self::AuthorizationIssue,
        Self::Token,
        Self::TokenIssue,
        Self::BackchannelAuthentication,
        Self::BackchannelAuthenticationIssue,
        Self::BackchannelAuthenticationComplete,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Authorization => "/auth/authorization",
            Self::AuthorizationIssue => "/auth/authorization/issue",
            Self::Token => "/auth/token",
            Self::TokenIssue => "/auth/token/issue",
            Self::BackchannelAuthentication => "/backchannel/authentication",
            Self::BackchannelAuthenticationIssue => "/backchannel/authentication/issue",
            Self::BackchannelAuthenticationComplete => "/backchannel/authentication/complete",
        }
    }
}

impl FailEndpoint {
    pub const ALL: [Self; 3] = [Self::Authorization, Self::Token, Self::BackchannelAuthentication];

    /// The maximum number of members in a request document.
    pub const MAX_MEMBERS: usize = BACKCHANNEL_AUTHENTICATION.members.len();

    pub const fn spec(self) -> &'static Spec {
        match self {
            Self::Authorization => &AUTHORIZATION,
            Self::Token => &TOKEN,
            Self::BackchannelAuthentication => &BACKCHANNEL_AUTHENTICATION,
        }
    }
}

const _: () = assert!(
    AUTHORIZATION.members.len() <= FailEndpoint::MAX_MEMBERS
        && TOKEN.members.len() <= FailEndpoint::MAX_MEMBERS
);
