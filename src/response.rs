//! The HTTP response that the authorization server sends to the OAuth client.

use std::ffi::CStr;

use crate::text::Text;

/// A response that is ready to send. The caller adds Content-Length, Date, Connection and its own
/// headers.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    headers: [Header; 3],
    /// The headers that only some responses have.
    more_headers: Vec<Header>,
    pub body: Text,
}

type Header = (&'static CStr, Text);

/// Where `responseContent` goes in the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentKind {
    /// The Location header.
    Location,
    /// The body, as HTML.
    Html,
    /// The body, as JSON.
    Json,
}

/// The maximum length of a Location header, in bytes.
const MAX_LOCATION_LEN: usize = 16_384;

/// The reason why `responseContent` must not be passed on.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContent {
    #[error("has no \"responseContent\", or one that is not a string")]
    Missing,
    #[error("has an empty \"responseContent\"")]
    Empty,
    #[error("contains a NUL character in \"responseContent\"")]
    Nul,
    #[error(
        "has a \"responseContent\" that is not a valid Location: 1 to {MAX_LOCATION_LEN} visible \
         ASCII characters"
    )]
    Location,
}

impl Response {
    /// Builds a response with `content`, which is not altered.
    pub fn new(
        status: u16,
        kind: ContentKind,
        content: Option<String>,
    ) -> Result<Self, InvalidContent> {
        let content = content.ok_or(InvalidContent::Missing)?;
        if content.is_empty() {
            return Err(InvalidContent::Empty);
        }
        if kind == ContentKind::Location && !is_location(&content) {
            return Err(InvalidContent::Location);
        }
        let content = Text::new(content).ok_or(InvalidContent::Nul)?;
        Ok(match kind {
            ContentKind::Location => Self::build(status, (c"Location", content), Text::EMPTY),
            ContentKind::Html => {
                Self::build(status, content_type(c"text/html;charset=UTF-8"), content)
            }
            ContentKind::Json => Self::build(status, content_type(c"application/json"), content),
        })
    }

    /// The response if Authlete provides no content that can be passed on. It is always safe to
    /// send.
    pub const fn server_error() -> Self {
        let body = Text::constant(c"{\"error\":\"server_error\"}");
        Self::build(500, content_type(c"application/json"), body)
    }

    const fn build(status: u16, first: Header, body: Text) -> Self {
        let no_store = Text::constant(c"no-store");
        let no_cache = Text::constant(c"no-cache");
        let headers = [first, (c"Cache-Control", no_store), (c"Pragma", no_cache)];
        Self { status, headers, more_headers: Vec::new(), body }
    }

    pub fn add_header(&mut self, name: &'static CStr, value: Text) {
        self.more_headers.push((name, value));
    }

    pub fn header_count(&self) -> usize {
        self.headers.len() + self.more_headers.len()
    }

    pub fn header(&self, index: usize) -> Option<&Header> {
        self.headers.iter().chain(&self.more_headers).nth(index)
    }
}

const fn content_type(value: &'static CStr) -> Header {
    (c"Content-Type", Text::constant(value))
}

/// Whether `content` is safe as a header value: it contains no control character, so it cannot end
/// the header and inject another.
fn is_location(content: &str) -> bool {
    content.len() <= MAX_LOCATION_LEN
        // No early exit, so that the compiler can vectorize the loop.
        && content.bytes().fold(true, |is_visible, b| is_visible & b.is_ascii_graphic())
}
