//! The path of a general call. Paths that Authlete or a proxy might interpret as another path, such
//! as that of a fail endpoint, are rejected.

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::status::Status;

const MAX_LEN: usize = 512;

/// The only bytes that a path may contain in addition to letters, digits, "/" and percent-encoded
/// bytes (RFC 3986, 2.3).
const UNRESERVED: &[u8] = b"-._~";

/// Additional bytes that a query may contain (RFC 3986, 3.4).
const QUERY: &[u8] = b"!$&'()*+,;=:@/?";

const ENCODING_RULE: &str =
    "must not percent-encode letters, digits, control characters or any of -._~/\\;?#%";
const QUERY_ENCODING_RULE: &str = "must not percent-encode control characters";

/// Returns the endpoint of `path`.
pub fn endpoint(path: &str) -> Result<Endpoint, Error> {
    find(path).map_err(|problem| {
        Error::of_input(Status::InvalidArgument, "argument", format!("\"path\" {problem}"))
    })
}

/// An error is the rule that `path` violates, as the end of a sentence that begins with the name of
/// the argument.
fn find(path: &str) -> Result<Endpoint, String> {
    if let Some((endpoint, _)) = Endpoint::known().find(|(_, known)| *known == path) {
        return Ok(endpoint);
    }
    if path.len() > MAX_LEN {
        return Err(format!("is {} bytes long; the limit is {MAX_LEN}", path.len()));
    }
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let Some(segments) = path.strip_prefix('/') else {
        return Err("must start with \"/\", for example \"/auth/authorization\"".to_owned());
    };
    if segments.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err("must not have an empty, \".\" or \"..\" segment".to_owned());
    }
    if segments.split('/').any(|segment| segment.starts_with("%20") || segment.ends_with("%20")) {
        return Err("must not have a segment that begins or ends with a space".to_owned());
    }
    if segments.starts_with("api/") {
        return Err("must not start with /api; the library adds it and the service ID".to_owned());
    }
    check_bytes(path.as_bytes(), b"/", is_encodable, ENCODING_RULE)?;
    if let Some(query) = query {
        check_bytes(query.as_bytes(), QUERY, |b| !b.is_ascii_control(), QUERY_ENCODING_RULE)?;
    }
    // Such a path would reach the same endpoint without the checks for its requests: with a query,
    // or, for API v2, with a service ID in front.
    match Endpoint::known().map(|(_, known)| known).find(|known| path.ends_with(known)) {
        Some(known) if known == path => Err(format!("must not have a query after \"{known}\"")),
        Some(known) => Err(format!("must be only \"{known}\", without the service ID")),
        None => Ok(Endpoint::Other),
    }
}

/// Checks that `bytes` are unreserved characters, bytes in `others`, and percent-encoded bytes that
/// are `encodable`. `rule` is the error for other percent-encoded bytes.
fn check_bytes(
    bytes: &[u8],
    others: &[u8],
    encodable: impl Fn(u8) -> bool,
    rule: &str,
) -> Result<(), String> {
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
            let is_hex = |digits: &&str| digits.bytes().all(|b| b.is_ascii_hexdigit());
            let byte = digits.filter(is_hex).and_then(|d| u8::from_str_radix(d, 16).ok());
            let Some(byte) = byte else {
                return Err("must have two hexadecimal digits after each \"%\"".to_owned());
            };
            if !encodable(byte) {
                return Err(rule.to_owned());
            }
            rest = after.get(2..).unwrap_or_default();
        } else if !is_unreserved(*first) && !others.contains(first) {
            let rule = "must contain only letters, digits, \"-\", \".\", \"_\", \"~\" and \"/\"; \
                        percent-encode other bytes";
            return Err(rule.to_owned());
        }
    }
    Ok(())
}

/// Whether a path may contain `byte` percent-encoded. If others were permitted, two different paths
/// could identify the same endpoint: behind a proxy that decodes the path, a server might end a
/// segment at an encoded slash, ignore the text after an encoded semicolon, or decode the path
/// again.
fn is_encodable(byte: u8) -> bool {
    !is_unreserved(byte) && !byte.is_ascii_control() && !b"/\\;?#%".contains(&byte)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte)
}
