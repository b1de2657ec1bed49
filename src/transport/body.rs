//! The body of an API response: where it ends, and whether the next response on the connection begins
//! there.

use std::io::{self, Read};

use ureq::http::response::Parts;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Version, header};

use super::chunks::ChunkScanner;
use super::failure::Failure;

/// The maximum length in bytes.
pub(super) const MAX_BODY_LEN: usize = 1024 * 1024;

/// A body that is complete according to ureq.
pub struct Body {
    pub bytes: Vec<u8>,
    pub framing: Framing,
}

/// The framing of a body, which determines its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// No body: the status is 204 or 304 (RFC 9110, 15.3.5 and 15.4.5).
    None,
    Chunked,
    /// Content-Length, or the end of the connection if there is none.
    LengthOrClose,
}

impl Body {
    pub fn read(parts: &Parts, body: ureq::Body) -> Result<Self, Failure> {
        let framing = framing(parts)?;
        Ok(Self { bytes: read(body)?, framing })
    }

    /// Makes two checks that ureq does not make: ureq accepts some malformed chunks, and a body
    /// that ends within its trailer section.
    pub fn check(self, chunks: &ChunkScanner) -> Result<Self, Failure> {
        if self.framing == Framing::Chunked {
            if chunks.is_malformed() {
                return Err(Failure::MalformedChunks);
            }
            if !chunks.is_complete() {
                return Err(Failure::Broken(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        Ok(self)
    }
}

/// Checks that the headers define the end of the body unambiguously (RFC 9112, 6.3), and that its
/// codings are supported. If not, the body is not read.
fn framing(parts: &Parts) -> Result<Framing, Failure> {
    let mut framing = Framing::LengthOrClose;
    let mut codings = parts.headers.get_all(header::TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next() {
        // One of the two is wrong. This may be an attempt at response splitting (RFC 9112, 6.3).
        if parts.headers.contains_key(header::CONTENT_LENGTH) {
            return Err(Failure::ConflictingFraming);
        }
        // Only `chunked` defines the end of the body, and HTTP/1.0 has no transfer codings.
        let is_chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked");
        if !is_chunked || codings.next().is_some() || parts.version != Version::HTTP_11 {
            return Err(Failure::UnsupportedCoding);
        }
        framing = Framing::Chunked;
    }
    if matches!(parts.status.as_u16(), 204 | 304) {
        framing = Framing::None;
    }
    match parts.headers.get(header::CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(Failure::UnsupportedCoding)
        }
        _ => Ok(framing),
    }
}

fn read(body: ureq::Body) -> Result<Vec<u8>, Failure> {
    let expected = body.content_length().unwrap_or(0).min(MAX_BODY_LEN as u64) as usize;
    // One byte more, for the NUL that `Text` appends.
    let mut bytes = Vec::with_capacity(expected + 1);
    let mut reader = body.into_reader().take(MAX_BODY_LEN as u64 + 1);
    // The conversion unwraps the `ureq::Error`, and with it the `Failure`, in an `io::Error`.
    reader.read_to_end(&mut bytes).map_err(ureq::Error::from)?;
    if bytes.len() > MAX_BODY_LEN {
        return Err(Failure::BodyTooLarge);
    }
    Ok(bytes)
}

/// Whether the connection can be reused after the response has been read to its end. The connection
/// must be persistent (RFC 9112, 9.3), and every proxy must find the end of the response at the
/// same place. A proxy might choose another one of several lengths, or expect a body after a 204 or
/// 304 that has a length.
pub fn may_reuse(parts: &Parts, framing: Framing) -> bool {
    let headers = &parts.headers;
    let connection = |token| has_token(headers, &header::CONNECTION, token);
    let is_persistent = !connection("close")
        && (parts.version == Version::HTTP_11 || connection("keep-alive"))
        && parts.status != 101;
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let length = lengths.next().map(|length| length.as_bytes());
    let is_list = lengths.next().is_some() || length.is_some_and(|length| length.contains(&b','));
    let is_framed = match framing {
        Framing::None => {
            !headers.contains_key(header::TRANSFER_ENCODING)
                && length.is_none_or(|length| length == b"0")
        }
        Framing::Chunked => true,
        Framing::LengthOrClose => length.is_some(),
    };
    is_persistent && is_framed && !is_list
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let is_token = |item: &[u8]| item.trim_ascii().eq_ignore_ascii_case(token.as_bytes());
    let mut values = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    values.any(|value| value.split(|byte| *byte == b',').any(is_token))
}
