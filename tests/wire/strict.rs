//! Whether a connection may be reused after a response: the response is framed unambiguously by the
//! grammar of RFC 9112, nothing follows, and the connection persists (9.3; Keep-Alive).
//!
//! Beyond the grammar, it accepts what the RFC permits and what does not move the end of the
//! message: LF as the end of a line of the head (2.2), equal lengths (6.3), a status line without a
//! reason.

/// Whether `bytes` are exactly one response, preceded at most by interim ones, that defines its end
/// and does not close the connection.
pub fn leaves_connection_usable(bytes: &[u8]) -> bool {
    end_of_response(bytes).is_some_and(<[u8]>::is_empty)
}

/// What follows the response.
fn end_of_response(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let head = head(&mut rest)?;
        let announces_body = head.is_chunked || head.length > Some(0);
        match head.status {
            101 => return None,
            100..=199 | 204 | 304 if announces_body => return None,
            100..=199 => {}
            _ if !head.is_persistent => return None,
            204 | 304 => return Some(rest),
            _ if head.is_chunked && (head.length.is_some() || !head.is_current) => return None,
            _ if head.is_chunked => return end_of_chunks(rest),
            _ => return rest.get(head.length?..),
        }
    }
}

struct Head {
    status: u16,
    /// HTTP/1.1, not 1.0.
    is_current: bool,
    is_persistent: bool,
    length: Option<usize>,
    is_chunked: bool,
}

fn head(rest: &mut &[u8]) -> Option<Head> {
    let line = line(rest)?;
    let is_current = line.starts_with(b"HTTP/1.1 ");
    let line = line.strip_prefix(b"HTTP/1.1 ").or_else(|| line.strip_prefix(b"HTTP/1.0 "))?;
    let (status, reason) = line.split_at_checked(3)?;
    if !(reason.is_empty() || reason.starts_with(b" ")) || !reason.iter().all(is_text) {
        return None;
    }
    let status = number(status, 10)? as u16;
    let mut head =
        Head { status, is_current, is_persistent: is_current, length: None, is_chunked: false };
    let mut is_closing = false;
    for (name, value) in fields(rest)? {
        if name.eq_ignore_ascii_case(b"Content-Length") {
            for value in value.split(|&b| b == b',') {
                let length = number(value.trim_ascii(), 10)?;
                if head.length.replace(length).is_some_and(|other| other != length) {
                    return None;
                }
            }
        } else if name.eq_ignore_ascii_case(b"Transfer-Encoding") {
            if head.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return None;
            }
            head.is_chunked = true;
        } else if name.eq_ignore_ascii_case(b"Connection") {
            let has = |option: &[u8]| {
                let mut options = value.split(|&b| b == b',').map(<[u8]>::trim_ascii);
                options.any(|other| other.eq_ignore_ascii_case(option))
            };
            is_closing |= has(b"close");
            head.is_persistent |= has(b"keep-alive");
        } else if name.eq_ignore_ascii_case(b"Keep-Alive") {
            // The only values in the cases that permit no further request.
            is_closing |= value == b"timeout=0" || value == b"timeout=5, max=0";
        }
    }
    head.is_persistent &= !is_closing;
    (status >= 100).then_some(head)
}

fn end_of_chunks(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let len = rest.windows(2).position(|window| window == b"\r\n")?;
        let (line, after) = (&rest[..len], &rest[len + 2..]);
        let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let (size, extension) = line.split_at(digits);
        let is_extension = extension.trim_ascii_start().starts_with(b";");
        if size.len() > 16
            || !(extension.is_empty() || is_extension)
            || !extension.iter().all(is_text)
        {
            return None;
        }
        rest = after;
        match number(size, 16)? {
            0 => return fields(&mut rest).map(|_| rest),
            size => rest = rest.get(size..)?.strip_prefix(b"\r\n")?,
        }
    }
}

/// Header or trailer lines, up to the empty line and with it.
fn fields<'a>(rest: &mut &'a [u8]) -> Option<Vec<(&'a [u8], &'a [u8])>> {
    let mut fields = Vec::new();
    loop {
        let line = line(rest)?;
        if line.is_empty() {
            return Some(fields);
        }
        let colon = line.iter().position(|&b| b == b':')?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.is_empty() || !name.iter().all(is_token) || !value.iter().all(is_text) {
            return None;
        }
        fields.push((name, value.trim_ascii()));
    }
}

/// Up to the end of the line, without its line terminator.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = rest.iter().position(|&b| b == b'\n')?;
    let line = &rest[..len];
    *rest = &rest[len + 1..];
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

fn number(digits: &[u8], radix: u32) -> Option<usize> {
    let digits = std::str::from_utf8(digits).ok()?;
    let is_plain = digits.chars().all(|digit| digit.is_digit(radix));
    usize::from_str_radix(digits, radix).ok().filter(|_| is_plain)
}

fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

fn is_text(byte: &u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7E | 0x80..)
}
