//! One exchange: sends a request and receives a complete API response. The connection returns to
//! the pool only if the end of the response, where the next one begins, is unambiguous.

use std::io::{self, Read};
use std::time::Instant;

use ureq::Body;
use ureq::http::response::Parts;
use ureq::http::{self, HeaderName, Uri, Version, header};

use super::Transport;
use super::attempt::Attempt;
use super::lent;

/// The largest body that is read, in bytes.
const MAX_BODY_LEN: usize = 1024 * 1024;

/// Why there is no complete body.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("has conflicting lengths")]
    ConflictingFraming,
    #[error("has an unsupported coding")]
    UnknownCoding,
    #[error("has malformed chunks")]
    MalformedChunks,
    #[error("broke off")]
    Broken(ureq::Error),
    #[error("is larger than {MAX_BODY_LEN} bytes")]
    TooLarge,
}

impl Transport {
    /// Sends `body` to `uri`, and receives the API response before `deadline`; a second attempt
    /// uses a new connection.
    pub fn exchange(
        &self,
        uri: &Uri,
        body: &[u8],
        deadline: Instant,
        is_second: bool,
    ) -> Result<(Parts, Result<Vec<u8>, BodyError>), ureq::Error> {
        let network = self.network();
        Attempt::begin(deadline, body.len(), is_second);
        let _finished = DropFinished;
        // The connection adds the headers.
        let request = http::Request::post(uri).body(body)?;
        let (head, body) = network.agent.run(request)?.into_parts();
        let body = check_framing(&head).and_then(|()| read(body)).and_then(check_chunks);
        if body.is_ok()
            && !has_doubtful_end(&head)
            && let Some(connection) = lent::take_finished()
        {
            network.pool.give_back(connection);
        }
        Ok((head, body))
    }
}

/// Closes the connection of an exchange if it was not returned to the pool, also after a panic.
struct DropFinished;

impl Drop for DropFinished {
    fn drop(&mut self) {
        drop(lent::take_finished());
    }
}

/// Checks that the headers define unambiguously where the body ends (RFC 9112, 6.3) and how it is
/// coded. If the body is not read, its connection is closed.
fn check_framing(head: &Parts) -> Result<(), BodyError> {
    let mut codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next() {
        // One of the two is wrong, perhaps to make this response end where another begins.
        if head.headers.contains_key(header::CONTENT_LENGTH) {
            return Err(BodyError::ConflictingFraming);
        }
        // With any other coding the length is undefined, and HTTP/1.0 has no codings.
        let is_chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked");
        if !is_chunked || codings.next().is_some() || head.version != Version::HTTP_11 {
            return Err(BodyError::UnknownCoding);
        }
        if may_have_body(head) {
            Attempt::expect_chunks();
        }
    }
    match head.headers.get(header::CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(BodyError::UnknownCoding)
        }
        _ => Ok(()),
    }
}

/// RFC 9110, 15.3.5 and 15.4.5.
fn may_have_body(head: &Parts) -> bool {
    !matches!(head.status.as_u16(), 204 | 304)
}

/// Whether a proxy may see the next response begin elsewhere than after this body: it may use
/// another of the lengths, or read a body where there is none.
fn has_doubtful_end(head: &Parts) -> bool {
    let mut lengths = head.headers.get_all(header::CONTENT_LENGTH).iter();
    let length = lengths.next().map(|length| length.as_bytes());
    let has = |name: HeaderName| head.headers.contains_key(name);
    let announces_body =
        has(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != b"0");
    let is_list = lengths.next().is_some() || length.is_some_and(|length| length.contains(&b','));
    is_list || (announces_body && !may_have_body(head))
}

fn read(body: Body) -> Result<Vec<u8>, BodyError> {
    let expected = body.content_length().unwrap_or(0).min(MAX_BODY_LEN as u64) as usize;
    let mut bytes = Vec::with_capacity(expected + 1);
    let mut reader = body.into_reader().take(MAX_BODY_LEN as u64 + 1);
    reader.read_to_end(&mut bytes).map_err(|error| BodyError::Broken(error.into()))?;
    if bytes.len() > MAX_BODY_LEN {
        return Err(BodyError::TooLarge);
    }
    Ok(bytes)
}

/// ureq treats a body that ends within its trailer section as complete.
fn check_chunks(body: Vec<u8>) -> Result<Vec<u8>, BodyError> {
    match Attempt::chunks() {
        Some(chunks) if chunks.is_malformed() => Err(BodyError::MalformedChunks),
        Some(chunks) if !chunks.is_complete() => {
            Err(BodyError::Broken(io::Error::from(io::ErrorKind::UnexpectedEof).into()))
        }
        _ => Ok(body),
    }
}
