//! Authlete's API response: its status, the headers that the library uses, and the JSON document in
//! its body.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::dpop::Nonce;
use crate::endpoint::Endpoint;
use crate::json;
use crate::text::{Text, owned};

/// The members of the document that determine the outcome and the response. The nonce, the last one,
/// is used only for flow endpoints.
const FLOW_MEMBERS: &[&str] = &["action", "resultCode", "responseContent", "dpopNonce"];
const MEMBERS: &[&str] = FLOW_MEMBERS.split_at(FLOW_MEMBERS.len() - 1).0;

/// The smallest value of `X-RateLimit-Reset` that is taken as seconds since 1970 (this one is in
/// 2001). Smaller values are seconds to wait.
const EARLIEST_EPOCH: Duration = Duration::from_secs(1_000_000_000);

/// About 24 days. The milliseconds fit into 32 bits, so a caller can add them to a timestamp
/// without an overflow.
const MAX_RETRY_AFTER: Duration = Duration::from_millis(i32::MAX as u64);

/// An API response. The default means that none arrived.
#[derive(Default)]
pub struct ApiResponse {
    pub head: Head,
    /// Empty if the body could not be read and the HTTP status is outside 2xx: then the status is
    /// sufficient.
    pub body: Vec<u8>,
}

/// The status and the headers that the library uses. The default means that there is no API
/// response.
#[derive(Debug, Default)]
pub struct Head {
    /// 0 if there is no API response.
    pub http_status: u16,
    pub request_id: Text,
    /// Set only if the status is 429 or 503.
    pub retry_after: Option<Duration>,
}

/// The JSON document in the body. The default means that there is no document.
#[derive(Default)]
pub struct Document {
    /// The JSON object, exactly as received.
    pub json: String,
    /// Empty if the member is absent or not a string.
    pub action: Text,
    /// A number is stored as decimal text. Empty if the member is absent or neither a number nor a
    /// string.
    pub result_code: Text,
    /// Whether the document has a result code, even if `result_code` cannot represent it.
    pub has_result_code: bool,
    /// `None` if the member is absent or not a string.
    pub response_content: Option<String>,
    /// The DPoP nonce for the OAuth client (RFC 9449, 8). Empty if it is absent or malformed.
    pub dpop_nonce: Text,
}

/// The reason why a body is not a valid document. The messages never quote the body, which may
/// contain secrets.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBody {
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("{0}")]
    Malformed(json::Malformed),
    #[error("has a duplicate member \"{0}\"")]
    DuplicateMember(&'static str),
}

impl fmt::Debug for ApiResponse {
    /// Omits the body, which may contain secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ApiResponse").field("head", &self.head).finish_non_exhaustive()
    }
}

impl Head {
    /// `retry_headers` returns the values of `Retry-After` and `X-RateLimit-Reset`, "" for a header
    /// that is missing. It is called only if the status is 429 or 503.
    pub fn new<'a>(
        http_status: u16,
        request_id: &str,
        retry_headers: impl FnOnce() -> (&'a str, &'a str),
    ) -> Self {
        Self {
            http_status,
            request_id: Text::copy(request_id).unwrap_or_default(),
            retry_after: match http_status {
                429 | 503 => retry_after(retry_headers(), SystemTime::now()),
                _ => None,
            },
        }
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.http_status)
    }
}

impl Document {
    pub fn parse(endpoint: Endpoint, body: Vec<u8>) -> Result<Self, InvalidBody> {
        let members = if matches!(endpoint, Endpoint::Flow(_)) { FLOW_MEMBERS } else { MEMBERS };
        let json = String::from_utf8(body).map_err(|_| InvalidBody::NotUtf8)?;
        let mut values = [None; FLOW_MEMBERS.len()];
        let problems = json::read(&json, members, &mut values).map_err(InvalidBody::Malformed)?;
        if let Some(name) = problems.duplicate {
            return Err(InvalidBody::DuplicateMember(name));
        }
        let [action, result_code, response_content, dpop_nonce] = values;
        let result_code = result_code.filter(|value| !value.is_null());
        let has_result_code = result_code.is_some();
        let result_code =
            result_code.and_then(|value| value.string().or_else(|| value.number().map(Into::into)));
        let response_content = response_content.and_then(json::Value::string).map(owned);
        let dpop_nonce = dpop_nonce.and_then(json::Value::string).filter(|n| Nonce::is_valid(n));
        // A value with a NUL character counts as absent: NUL would truncate the C string.
        let copy = |text: Option<Cow<'_, str>>| text.and_then(|text| Text::copy(&text));
        Ok(Self {
            action: copy(action.and_then(json::Value::string)).unwrap_or_default(),
            result_code: copy(result_code).unwrap_or_default(),
            has_result_code,
            response_content,
            dpop_nonce: copy(dpop_nonce).unwrap_or_default(),
            json,
        })
    }
}

/// Returns a result code if it is well-formed: "A" and six digits, or a number of up to six digits.
/// Any other value may be text that must not appear in an error or a log line.
pub fn well_formed_result_code(code: &str) -> Option<&str> {
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    let is_well_formed = match code.strip_prefix('A') {
        Some(digits) => digits.len() == 6 && is_number(digits),
        None => (1..=6).contains(&code.len()) && is_number(code),
    };
    is_well_formed.then_some(code)
}

/// The time to wait according to `Retry-After` (RFC 9110, 10.2.3) or else `X-RateLimit-Reset`.
/// Authlete's documentation shows `X-RateLimit-Reset` as seconds since 1970, but Authlete's
/// java-oauth-server reads it as seconds from now.
fn retry_after((retry_after, rate_limit_reset): (&str, &str), now: SystemTime) -> Option<Duration> {
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
            let wait = super::retry_after((retry_after, rate_limit_reset), now);
            let seconds = wait.map(|wait| wait.as_secs());
            assert_eq!(seconds, expected, "{retry_after:?}, {rate_limit_reset:?}");
        }
    }
}
