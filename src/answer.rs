//! Authlete's answer: the HTTP status, the document, and the members that decide.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ureq::http::response::Parts;
use ureq::http::{HeaderMap, HeaderName, header};

use crate::json;
use crate::text::{Text, owned};
use crate::transport::BodyError;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The members that decide.
const MEMBERS: &[&str] = &["action", "resultCode", "responseContent"];

/// From here on a number of seconds is a time, not a wait: 2001.
const EARLIEST_EPOCH: Duration = Duration::from_secs(1_000_000_000);

/// So that a caller may add it to any time: 24 days.
const MAX_RETRY_AFTER: Duration = Duration::from_millis(i32::MAX as u64);

/// What came back, whatever the HTTP status.
#[derive(Default)]
pub struct Answer {
    pub http_status: u16,
    /// The JSON object byte for byte; empty if there was none.
    pub document: String,
    /// Empty if absent or no string.
    pub action: Text,
    /// A number as decimal text; empty if absent or neither number nor string.
    pub result_code: Text,
    /// Whether there is one, usable or not.
    pub has_result_code: bool,
    /// `None` if absent or no string.
    pub response_content: Option<String>,
    pub request_id: Text,
    /// With 429 and 503 only.
    pub retry_after: Option<Duration>,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum NoDocument {
    #[error("the body {0}")]
    Unread(BodyError),
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body {0}")]
    Malformed(json::Malformed),
    #[error("the body has \"{0}\" twice")]
    Ambiguous(&'static str),
}

impl Answer {
    /// Reads the head and the body; the second value is the reason if there is no document.
    pub fn read(head: &Parts, body: Result<Vec<u8>, BodyError>) -> (Self, Option<NoDocument>) {
        let http_status = head.status.as_u16();
        let mut answer = Self {
            http_status,
            request_id: Text::copy(text(&head.headers, &REQUEST_ID)).unwrap_or_default(),
            retry_after: match http_status {
                429 | 503 => retry_after(&head.headers, SystemTime::now()),
                _ => None,
            },
            ..Self::default()
        };
        let document = body
            .map_err(NoDocument::Unread)
            .and_then(|body| String::from_utf8(body).map_err(|_| NoDocument::NotUtf8));
        let problem = document.and_then(|document| answer.take(document)).err();
        (answer, problem)
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.http_status)
    }

    /// The result code where it has the form of one, "A060306" or a number; anything else may be
    /// text that belongs into no error and no log.
    pub fn plain_result_code(&self) -> Option<&str> {
        let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
        let code = self.result_code.as_str();
        let is_plain = match code.strip_prefix('A') {
            Some(digits) => digits.len() == 6 && is_number(digits),
            None => (1..=6).contains(&code.len()) && is_number(code),
        };
        is_plain.then_some(code)
    }

    fn take(&mut self, document: String) -> Result<(), NoDocument> {
        let mut values = [None; MEMBERS.len()];
        let strays = json::read(&document, MEMBERS, &mut values).map_err(NoDocument::Malformed)?;
        if let Some(name) = strays.duplicate {
            return Err(NoDocument::Ambiguous(name));
        }
        let [action, result_code, response_content] = values;
        let result_code = result_code.filter(|value| !value.is_null());
        self.has_result_code = result_code.is_some();
        let result_code =
            result_code.and_then(|value| value.string().or_else(|| value.number().map(Into::into)));
        let response_content = response_content.and_then(json::Value::string);
        // Texts with a U+0000, which would cut a C string short, count as absent.
        let copy = |text: Option<Cow<'_, str>>| text.and_then(|text| Text::copy(&text));
        self.action = copy(action.and_then(json::Value::string)).unwrap_or_default();
        self.result_code = copy(result_code).unwrap_or_default();
        self.response_content = response_content.map(owned);
        self.document = document;
        Ok(())
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// How long to wait: `Retry-After` (RFC 9110, 10.2.3) or `X-RateLimit-Reset`, which Authlete's
/// documentation shows as seconds since 1970 and its Java server reads as seconds from now.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let seconds = |value: &str| {
        let is_number = value.bytes().all(|b| b.is_ascii_digit());
        value.parse().ok().filter(|_| is_number).map(Duration::from_secs)
    };
    let until = |then: SystemTime| then.duration_since(now).unwrap_or_default();
    let retry_after = text(headers, &header::RETRY_AFTER);
    let date = || httpdate::parse_http_date(retry_after).ok().map(until);
    let reset = || {
        let reset = seconds(text(headers, &RATE_LIMIT_RESET))?;
        if reset < EARLIEST_EPOCH { Some(reset) } else { UNIX_EPOCH.checked_add(reset).map(until) }
    };
    let wait = seconds(retry_after).or_else(date).or_else(reset);
    wait.map(|wait| wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderValue;

    #[test]
    fn the_wait_is_read_in_every_form() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for (name, value, expected) in [
            ("retry-after", "120", Some(120)),
            ("retry-after", "Tue, 14 Nov 2023 22:13:50 GMT", Some(30)),
            ("retry-after", "Tuesday, 14-Nov-23 22:13:50 GMT", Some(30)),
            ("retry-after", "Tue, 14 Nov 2023 22:13:10 GMT", Some(0)),
            ("retry-after", "soon", None),
            ("retry-after", "-1", None),
            ("retry-after", "+1", None),
            ("retry-after", "18446744073709551616", None),
            ("retry-after", "18446744073709551615", Some(2_147_483)),
            ("x-ratelimit-reset", "7", Some(7)),
            ("x-ratelimit-reset", "1700000060", Some(60)),
            ("x-ratelimit-reset", "1600000000", Some(0)),
            ("x-ratelimit-reset", "18446744073709551615", None),
        ] {
            let headers = HeaderMap::from_iter([(
                name.parse().unwrap_or_else(|_| unreachable!()),
                HeaderValue::from_static(value),
            )]);
            let seconds = retry_after(&headers, now).map(|wait| wait.as_secs());
            assert_eq!(seconds, expected, "{name}: {value}");
        }
    }
}
