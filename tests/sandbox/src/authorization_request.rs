//! An authorization request for which a ticket was issued.

use crate::grant::pkce::Challenge;

/// The parts of the request that the calls with its ticket need.
pub(crate) struct AuthorizationRequest {
    pub target: ResponseTarget,
    /// The `redirect_uri` of the request; None if the request had none.
    pub redirect_uri: Option<String>,
    pub response_types: ResponseTypes,
    pub scopes: Vec<String>,
    pub nonce: Option<String>,
    pub challenge: Option<Challenge>,
}

/// The destination and the encoding of the response to the OAuth client.
pub(crate) struct ResponseTarget {
    pub client_id: u64,
    pub redirect_uri: String,
    pub response_mode: ResponseMode,
    pub state: Option<String>,
}

/// The elements of `response_type`; none for `response_type=none`.
#[derive(Clone, Copy)]
pub(crate) struct ResponseTypes {
    pub code: bool,
    pub token: bool,
    pub id_token: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Delivery {
    Query,
    Fragment,
    FormPost,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseMode {
    pub delivery: Delivery,
    /// Whether the parameters are sent as one signed JWT (JARM).
    pub is_jwt: bool,
}

/// Mode, delivery (None: the default of the response type), JWT: OAuth 2.0 Multiple Response Type
/// Encoding Practices, OAuth 2.0 Form Post Response Mode, JARM 2.3.
pub(crate) const RESPONSE_MODES: &[(&str, Option<Delivery>, bool)] = &[
    ("query", Some(Delivery::Query), false),
    ("fragment", Some(Delivery::Fragment), false),
    ("form_post", Some(Delivery::FormPost), false),
    ("query.jwt", Some(Delivery::Query), true),
    ("fragment.jwt", Some(Delivery::Fragment), true),
    ("form_post.jwt", Some(Delivery::FormPost), true),
    ("jwt", None, true),
];

impl ResponseMode {
    /// The mode `name`; `default` is the default delivery of the response type.
    pub fn named(name: Option<&str>, default: Delivery) -> Option<Self> {
        let Some(name) = name else { return Some(Self { delivery: default, is_jwt: false }) };
        let (_, delivery, is_jwt) = RESPONSE_MODES.iter().find(|(mode, ..)| *mode == name)?;
        Some(Self { delivery: delivery.unwrap_or(default), is_jwt: *is_jwt })
    }
}
