//! The HTTP response that the authorization server sends to the OAuth client.

use std::ffi::CStr;

use crate::endpoint::Endpoint;
use crate::text::Text;

/// Ready to send: the caller adds Content-Length, Date, Connection and its own headers.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: [(&'static CStr, Text); 3],
    pub body: Text,
}

/// How `responseContent` travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Location,
    Html,
    Json,
}

/// What the authorization server must answer its client, by Authlete's action (the description of
/// each operation in Authlete's OpenAPI document 3.0.16). For backchannel authentication that
/// prints no headers; those are the ones of its `/backchannel/authentication` operation.
const RESPONSES: &[(Endpoint, &str, u16, Form)] = &[
    (Endpoint::Authorization, "LOCATION", 302, Form::Location),
    (Endpoint::Authorization, "FORM", 200, Form::Html),
    (Endpoint::Authorization, "BAD_REQUEST", 400, Form::Json),
    (Endpoint::Authorization, "INTERNAL_SERVER_ERROR", 500, Form::Json),
    (Endpoint::Token, "BAD_REQUEST", 400, Form::Json),
    (Endpoint::Token, "INTERNAL_SERVER_ERROR", 500, Form::Json),
    (Endpoint::BackchannelAuthentication, "BAD_REQUEST", 400, Form::Json),
    (Endpoint::BackchannelAuthentication, "FORBIDDEN", 403, Form::Json),
    (Endpoint::BackchannelAuthentication, "INTERNAL_SERVER_ERROR", 500, Form::Json),
];

const MAX_LOCATION_LEN: usize = 16_384;

/// Why a content may not be passed on.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("has no \"responseContent\" that is a string")]
    Missing,
    #[error("has an empty \"responseContent\"")]
    Empty,
    #[error("has U+0000 in \"responseContent\"")]
    Nul,
    #[error(
        "has a redirect location that is longer than {MAX_LOCATION_LEN} bytes, or not visible ASCII"
    )]
    Location,
}

/// Whether Authlete's documentation gives `action` a meaning.
pub fn is_known(endpoint: Endpoint, action: &str) -> bool {
    row(endpoint, action).is_some()
}

fn row(endpoint: Endpoint, action: &str) -> Option<(u16, Form)> {
    RESPONSES
        .iter()
        .find(|(at, name, ..)| *at == endpoint && *name == action)
        .map(|(_, _, status, form)| (*status, *form))
}

impl Response {
    /// The response for a known action; `content` goes out unaltered or not at all.
    pub fn for_action(
        endpoint: Endpoint,
        action: &str,
        content: Option<String>,
        location_status: u16,
    ) -> Result<Self, Unfit> {
        let Some((status, form)) = row(endpoint, action) else {
            return Ok(Self::server_error());
        };
        let content = content.ok_or(Unfit::Missing)?;
        if content.is_empty() {
            return Err(Unfit::Empty);
        }
        if form == Form::Location && !is_location(&content) {
            return Err(Unfit::Location);
        }
        let content = Text::new(content).ok_or(Unfit::Nul)?;
        Ok(match form {
            Form::Location => Self::new(location_status, (c"Location", content), Text::EMPTY),
            Form::Html => Self::new(status, content_type(c"text/html;charset=UTF-8"), content),
            Form::Json => Self::new(status, content_type(c"application/json"), content),
        })
    }

    /// What is safe to send whatever happened; it holds nothing of Authlete's.
    pub const fn server_error() -> Self {
        let body = Text::constant(c"{\"error\":\"server_error\"}");
        Self::new(500, content_type(c"application/json"), body)
    }

    const fn new(status: u16, first: (&'static CStr, Text), body: Text) -> Self {
        let no_store = Text::constant(c"no-store");
        let no_cache = Text::constant(c"no-cache");
        Self { status, headers: [first, (c"Cache-Control", no_store), (c"Pragma", no_cache)], body }
    }
}

const fn content_type(value: &'static CStr) -> (&'static CStr, Text) {
    (c"Content-Type", Text::constant(value))
}

/// Checked, so that no content can end the header or start another.
fn is_location(content: &str) -> bool {
    content.len() <= MAX_LOCATION_LEN
        // Without an early end, which lets the compiler look at many bytes at once.
        && content.bytes().fold(true, |is_visible, b| is_visible & b.is_ascii_graphic())
}
