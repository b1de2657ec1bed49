//! An authorization request for which a ticket was issued.

/// The parts of the request that the response to the OAuth client needs.
pub(crate) struct AuthorizationRequest {
    pub client_id: u64,
    pub redirect_uri: String,
    pub response_mode: ResponseMode,
    pub state: Option<String>,
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
const RESPONSE_MODES: &[(&str, Option<Delivery>, bool)] = &[
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
