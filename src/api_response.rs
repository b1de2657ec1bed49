//! Authlete's API response: the headers that matter and the document in its body.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::json;
use crate::text::{Text, owned};

/// The members of the document that decide the outcome.
const MEMBERS: &[&str] = &["action", "resultCode", "responseContent"];

/// From this number of seconds on, `X-RateLimit-Reset` is a time since 1970, not a wait. This one
/// is in 2001.
const EARLIEST_EPOCH: Duration = Duration::from_secs(1_000_000_000);

/// 24 days. A caller can add this to any time without an overflow.
const MAX_RETRY_AFTER: Duration = Duration::from_millis(i32::MAX as u64);

/// An API response that was read to its end.
#[derive(Debug)]
pub struct ApiResponse {
    pub head: Head,
    /// Empty if it could not be read and the HTTP status is outside 2xx: the status is enough.
    pub body: Vec<u8>,
}

/// The status and the headers that matter; the default is that of a missing API response.
#[derive(Debug, Default)]
pub struct Head {
    /// 0 if there is no API response.
    pub http_status: u16,
    pub request_id: Text,
    /// Only if the status is 429 or 503.
    pub retry_after: Option<Duration>,
}

/// The document in the body; the default is that of a missing document.
#[derive(Default)]
pub struct Document {
    /// The JSON object, byte for byte.
    pub json: String,
    /// Empty if it is absent or not a string.
    pub action: Text,
    /// A number as decimal text. Empty if it is absent or neither a number nor a string.
    pub result_code: Text,
    /// Whether there is a result code, usable or not.
    pub has_result_code: bool,
    /// `None` if it is absent or not a string.
    pub response_content: Option<String>,
}

/// Why a body is not a document. Quotes nothing of the body, which may contain secrets.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBody {
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("{0}")]
    Malformed(json::Malformed),
    #[error("has a duplicate member \"{0}\"")]
    DuplicateMember(&'static str),
}

impl Head {
    /// `waits` are the values of `Retry-After` and `X-RateLimit-Reset`. A missing header has an empty
    /// value.
    pub fn new<'a>(
        http_status: u16,
        request_id: &str,
        waits: impl FnOnce() -> (&'a str, &'a str),
    ) -> Self {
        Self {
            http_status,
            request_id: Text::copy(request_id).unwrap_or_default(),
            retry_after: match http_status {
                429 | 503 => wait(waits(), SystemTime::now()),
                _ => None,
            },
        }
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.http_status)
    }
}

impl Document {
    pub fn parse(body: Vec<u8>) -> Result<Self, InvalidBody> {
        let json = String::from_utf8(body).map_err(|_| InvalidBody::NotUtf8)?;
        let mut values = [None; MEMBERS.len()];
        let problems = json::read(&json, MEMBERS, &mut values).map_err(InvalidBody::Malformed)?;
        if let Some(name) = problems.duplicate {
            return Err(InvalidBody::DuplicateMember(name));
        }
        let [action, result_code, response_content] = values;
        let result_code = result_code.filter(|value| !value.is_null());
        let has_result_code = result_code.is_some();
        let result_code =
            result_code.and_then(|value| value.string().or_else(|| value.number().map(Into::into)));
        let response_content = response_content.and_then(json::Value::string).map(owned);
        // A text with a NUL character, which would end a C string early, counts as absent.
        let copy = |text: Option<Cow<'_, str>>| text.and_then(|text| Text::copy(&text));
        Ok(Self {
            action: copy(action.and_then(json::Value::string)).unwrap_or_default(),
            result_code: copy(result_code).unwrap_or_default(),
            has_result_code,
            response_content,
            json,
        })
    }

    /// The result code if it has the form of one: "A060306" or a number. Anything else may be text
    /// that must not appear in an error or a log line.
    pub fn plain_result_code(&self) -> Option<&str> {
        let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
        let code = self.result_code.as_str();
        let is_plain = match code.strip_prefix('A') {
            Some(digits) => digits.len() == 6 && is_number(digits),
            None => (1..=6).contains(&code.len()) && is_number(code),
        };
        is_plain.then_some(code)
    }
}

/// The wait that `Retry-After` (RFC 9110, 10.2.3) or `X-RateLimit-Reset` asks for. Authlete's
/// documentation shows the latter as seconds since 1970; its Java server reads it as seconds from
/// now.
fn wait((retry_after, rate_limit_reset): (&str, &str), now: SystemTime) -> Option<Duration> {
    let seconds = |value: &str| {
        let is_number = value.bytes().all(|b| b.is_ascii_digit());
        value.parse().ok().filter(|_| is_number).map(Duration::from_secs)
    };
    let until = |then: SystemTime| then.duration_since(now).unwrap_or_default();
    let date = || httpdate::parse_http_date(retry_after).ok().map(until);
    let reset = || {
        let reset = seconds(rate_limit_reset)?;
        if reset < EARLIEST_EPOCH { Some(reset) } else { UNIX_EPOCH.checked_add(reset).map(until) }
    };
    let wait = seconds(retry_after).or_else(date).or_else(reset);
    wait.map(|wait| wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_every_form() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for (retry_after, rate_limit_reset, expected) in [
            ("120", "", Some(120)),
            ("Tue, 14 Nov 2023 22:13:50 GMT", "", Some(30)),
            ("Tuesday, 14-Nov-23 22:13:50 GMT", "", Some(30)),
            ("Tue, 14 Nov 2023 22:13:10 GMT", "", Some(0)),
            ("soon", "", None),
            ("-1", "", None),
            ("+1", "", None),
            ("18446744073709551616", "", None),
            ("18446744073709551615", "", Some(2_147_483)),
            ("", "7", Some(7)),
            ("", "1700000060", Some(60)),
            ("", "1600000000", Some(0)),
            ("", "18446744073709551615", None),
            ("5", "7", Some(5)),
        ] {
            let seconds = wait((retry_after, rate_limit_reset), now).map(|wait| wait.as_secs());
            assert_eq!(seconds, expected, "{retry_after:?}, {rate_limit_reset:?}");
        }
    }
}
