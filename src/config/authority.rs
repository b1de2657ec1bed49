//! The authority of a URL: host and port. Only unambiguous forms are accepted.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The maximum length of a DNS name (RFC 1035, section 2.3.4) without a trailing dot.
const MAX_NAME_LEN: usize = 253;

/// `host[:port]`.
pub struct Authority {
    /// In lower case. An IPv6 address has no brackets.
    pub host: String,
    pub port: Option<u16>,
    /// Whether the host is a loopback address or [`LOCALHOST`].
    pub is_loopback: bool,
}

/// The only name that is known to be a loopback address: the transport connects to 127.0.0.1 and
/// ::1 without a DNS lookup.
pub const LOCALHOST: &str = "localhost";

impl Authority {
    /// An error is the rule that `text` violates. In the message, it follows the name of the key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (host, is_loopback, port) =
            match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                Some((literal, rest)) => {
                    let address: Ipv6Addr = literal.parse().map_err(|_| {
                        "must have a valid IPv6 address without a zone ID between the brackets, \
                         such as [2001:db8::1]"
                            .to_owned()
                    })?;
                    (literal, address.is_loopback(), rest)
                }
                None => {
                    let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
                    (name, is_loopback(name)?, rest)
                }
            };
        Ok(Self { host: host.to_ascii_lowercase(), port: parse_port(port)?, is_loopback })
    }
}

/// Parses the port and its colon. A port over 65535 is an error: some parsers ignore such a port,
/// others use its lower 16 bits.
fn parse_port(text: &str) -> Result<Option<u16>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(':').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(port @ 1..) => Ok(Some(port)),
        _ => Err("must have a port from 1 to 65535 after the colon, or no colon".to_owned()),
    }
}

/// Whether `name` is a loopback address or [`LOCALHOST`]. It is an error if `name` is neither a DNS
/// name of letters, digits and hyphens nor an IPv4 address of four decimal numbers.
fn is_loopback(name: &str) -> Result<bool, String> {
    if name.is_empty() {
        return Err("must have a host: a DNS name, an IPv4 address or an IPv6 address in brackets"
            .to_owned());
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    if last.starts_with(|c: char| c.is_ascii_digit()) {
        // Other parsers accept `127.1`, `0x7f000001` and `2130706433` as forms of 127.0.0.1.
        let address: Ipv4Addr = name.parse().map_err(|_| {
            "must have a host name whose last label starts with a letter, or an IPv4 address of \
             four decimal numbers, such as 192.0.2.1"
                .to_owned()
        })?;
        return Ok(address.is_loopback());
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() > MAX_NAME_LEN {
        return Err(format!("must have a host name of at most {MAX_NAME_LEN} characters"));
    }
    if !name.split('.').all(is_label) {
        return Err(
            "must have a host name of labels separated by single dots; each label has 1 to 63 \
             letters, digits or hyphens, and no hyphen at either end"
                .to_owned(),
        );
    }
    Ok(name.eq_ignore_ascii_case(LOCALHOST))
}
