//! The path of a general call. Paths that Authlete or a proxy might interpret as another path, such
//! as that of a fail endpoint, are rejected.

use crate::endpoint::Endpoint;

const MAX_LEN: usize = 512;

/// The only bytes that a path may contain in addition to letters, digits, "/" and percent-encoded
/// bytes (RFC 3986, 2.3).
const UNRESERVED: &[u8] = b"-._~";

/// Additional bytes that a query may contain (RFC 3986, 3.4).
const QUERY: &[u8] = b"!$&'()*+,;=:@/?";

/// Returns the endpoint of `path`. An error is the rule that `path` violates, as the end of a
/// sentence that begins with the name of the argument.
pub fn endpoint(path: &str) -> Result<Endpoint, String> {
    if let Some(endpoint) = Endpoint::known().find(|known| known.path() == Some(path)) {
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
    if segments.starts_with("api/") {
        return Err("must not start with /api; the library adds it and the service ID".to_owned());
    }
    check_bytes(path.as_bytes(), b"/", is_encodable)?;
    if let Some(query) = query {
        check_bytes(query.as_bytes(), QUERY, |b| !b.is_ascii_control())?;
    }
    if path.contains('%') {
        let simplified = simplify(path.as_bytes());
        let is_known = |known: &str| simplified.ends_with(known.as_bytes());
        if let Some(known) = Endpoint::known().filter_map(Endpoint::path).find(|p| is_known(p)) {
            return Err(format!("must not be \"{known}\" when it is decoded"));
        }
    }
    // Such a path would reach the same endpoint without the checks for its requests: with a query,
    // or, for API v2, with a service ID in front.
    match Endpoint::known().filter_map(Endpoint::path).find(|known| path.ends_with(known)) {
        Some(known) if known == path => Err(format!("must not have a query after \"{known}\"")),
        Some(known) => Err(format!("must be only \"{known}\", without the service ID")),
        None => Ok(Endpoint::Other),
    }
}

/// Checks that `bytes` are unreserved characters, bytes in `others`, and percent-encoded bytes that
/// are `encodable`.
fn check_bytes(bytes: &[u8], others: &[u8], encodable: impl Fn(u8) -> bool) -> Result<(), String> {
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
            let is_hex = |digits: &&str| digits.bytes().all(|b| b.is_ascii_hexdigit());
            let byte = digits.filter(is_hex).and_then(|d| u8::from_str_radix(d, 16).ok());
            if !byte.is_some_and(&encodable) {
                let rule = "must percent-encode only bytes that require it, and no \"/\", \"\\\", \
                            \".\" or control character";
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

/// Returns the path that a server might derive from `path` if a proxy decodes it: without everything
/// after an encoded "?" or "#", path parameters, white space around segments, and empty segments.
/// For example, "/auth/token/fail%3Bx" may arrive at a servlet container as "/auth/token/fail;x",
/// which the container treats as "/auth/token/fail".
fn simplify(path: &[u8]) -> Vec<u8> {
    let decoded = decode(path);
    let path = decoded.split(|b| matches!(b, b'?' | b'#')).next().unwrap_or_default();
    let mut simplified = Vec::with_capacity(path.len());
    for segment in path.split(|b| *b == b'/') {
        let name = segment.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
        if !name.is_empty() {
            simplified.push(b'/');
            simplified.extend_from_slice(name);
        }
    }
    simplified
}

/// Decodes the percent-encoded bytes of `path`, which [`check_bytes`] has accepted.
fn decode(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut parts = path.split(|b| *b == b'%');
    decoded.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, b""));
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        decoded.extend(u8::from_str_radix(digits, 16));
        decoded.extend_from_slice(rest);
    }
    decoded
}

/// Whether a path may contain `byte` percent-encoded. If other bytes were permitted, two different
/// paths could identify the same endpoint, or an encoded slash could end a segment.
fn is_encodable(byte: u8) -> bool {
    !is_unreserved(byte) && !byte.is_ascii_control() && !matches!(byte, b'/' | b'\\')
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte)
}
