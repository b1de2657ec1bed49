//! Comparison of URIs (RFC 3986, 6.2).

/// An absolute HTTP URI without its query and fragment, after syntax-based and scheme-based
/// normalization; None for any other text.
pub(super) fn normalized(uri: &str) -> Option<String> {
    let uri = uri.split(['?', '#']).next()?;
    let (scheme, rest) = uri.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match &*scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    let host = authority.strip_suffix(default_port).or(authority.strip_suffix(':'));
    let path = without_dot_segments(&decoded(path)?);
    Some(format!("{scheme}://{}{path}", host.unwrap_or(&authority)))
}

/// Decodes the percent-encoded unreserved characters, and writes the others with capital letters.
fn decoded(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let octet = u8::from_str_radix(digits, 16).ok()?;
        match char::from(octet) {
            c if c.is_ascii_alphanumeric() || "-._~".contains(c) => text.push(c),
            _ => text += &format!("%{octet:02X}"),
        }
        text += rest;
    }
    Some(text)
}

/// RFC 3986, 5.2.4. The path is empty or starts with a slash.
fn without_dot_segments(path: &str) -> String {
    let mut segments = Vec::new();
    let mut input = path.split('/').skip(1).peekable();
    while let Some(segment) = input.next() {
        let is_last = input.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    segments.pop();
                }
                if is_last {
                    segments.push("");
                }
            }
            _ => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}
