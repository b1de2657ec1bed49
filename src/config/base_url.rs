//! The base URL: where Authlete is, and nothing that could lead a request elsewhere.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// `scheme://host[:port][/prefix]`.
#[derive(Debug)]
pub struct BaseUrl {
    pub is_https: bool,
    /// As in a Host header: IPv6 in brackets, the port only where it was given.
    pub authority: String,
    /// Empty, or a path that starts with a slash and does not end with one.
    prefix: String,
}

const MAX_LEN: usize = 2048;

impl BaseUrl {
    /// On failure, what is wrong, to stand behind the key's name; the URL is never quoted.
    pub fn parse(text: &str, allow_insecure_http: bool) -> Result<Self, String> {
        if text.len() > MAX_LEN {
            return Err(format!("is longer than {MAX_LEN} bytes"));
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("must be visible ASCII without spaces".to_owned());
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Err("must start with https://".to_owned());
        }
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        for (mark, name) in [('?', "a query"), ('#', "a fragment"), ('@', "user information")] {
            if rest.contains(mark) {
                return Err(format!("must not have {name} ({mark})"));
            }
        }
        let host = parse_authority(authority)?;
        if !is_https && !host.is_loopback && !allow_insecure_http {
            return Err("must start with https:// (http:// is for 127.0.0.1 and [::1], or with \
                        \"allowInsecureHttp\": true)"
                .to_owned());
        }
        let prefix = path.strip_suffix('/').unwrap_or(path);
        check_path(prefix)?;
        Ok(Self { is_https, authority: authority.to_ascii_lowercase(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(formatter, "{scheme}://{}{}", self.authority, self.prefix)
    }
}

struct Host {
    is_loopback: bool,
}

fn parse_authority(authority: &str) -> Result<Host, String> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((literal, rest)) => {
            let address: Ipv6Addr =
                literal.parse().map_err(|_| "has an invalid IPv6 address".to_owned())?;
            (Host { is_loopback: address.is_loopback() }, rest)
        }
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            let (name, rest) = authority.split_at(end);
            (parse_name(name)?, rest)
        }
    };
    if port.is_empty() {
        return Ok(host);
    }
    // ureq takes a port past 65535 for none and goes to the default one.
    let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse::<u16>().ok()) {
        Some(1..) => Ok(host),
        _ => Err("must have a port from 1 to 65535 behind the colon, or none".to_owned()),
    }
}

/// A DNS name of letters, digits and hyphens, or an IPv4 address in its only unambiguous form.
fn parse_name(name: &str) -> Result<Host, String> {
    if name.is_empty() {
        return Err("has no host".to_owned());
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    if last.starts_with(|c: char| c.is_ascii_digit()) {
        // Otherwise `127.1`, `0x7f000001` and `2130706433` would all mean 127.0.0.1.
        let address: Ipv4Addr = name.parse().map_err(|_| {
            "has a host that is neither a name nor an IPv4 address of four decimal numbers"
                .to_owned()
        })?;
        return Ok(Host { is_loopback: address.is_loopback() });
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Err("has an invalid host name".to_owned());
    }
    Ok(Host { is_loopback: false })
}

fn check_path(path: &str) -> Result<(), String> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"._~/-".contains(&b);
    let is_segment = |segment: &str| !matches!(segment, "" | "." | "..");
    if !path.bytes().all(is_allowed) || !path.split('/').skip(1).all(is_segment) {
        return Err("has an invalid path".to_owned());
    }
    if path.ends_with("/api") {
        return Err("must not end in /api; the library adds it".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn good_urls_are_kept() {
        for (text, expected) in [
            ("https://us.authlete.com", "https://us.authlete.com"),
            ("HTTPS://US.Authlete.com/", "https://us.authlete.com"),
            ("https://host:8443/a/b-c/", "https://host:8443/a/b-c"),
            ("http://127.0.0.1:80", "http://127.0.0.1:80"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]"),
            ("https://10.0.0.1", "https://10.0.0.1"),
        ] {
            assert_eq!(BaseUrl::parse(text, false).unwrap().to_string(), expected);
        }
        assert!(BaseUrl::parse("http://host.example", true).is_ok());
    }

    #[test]
    fn bad_urls_are_refused() {
        for text in [
            "",
            "us.authlete.com",
            "ftp://host",
            "https:/host",
            "https://",
            "https:///x",
            "//host",
            "http://host",
            "http://localhost",
            "http://127.1",
            "http://0x7f000001",
            "http://2130706433",
            "http://0177.0.0.1",
            "https://1.2.3",
            "https://1.2.3.4.5",
            "https://256.0.0.1",
            "https://user@host",
            "https://user:pw@host",
            "https://host?x",
            "https://host/#x",
            "https://host#x",
            "https://host/a?b",
            "https://host:",
            "https://host:0",
            "https://host:65536",
            "https://host:99999",
            "https://host:+1",
            "https://host:80:80",
            "https://ho st",
            "https://host\n",
            "https://h\u{f6}st",
            "https://-host",
            "https://host-",
            "https://host.",
            "https://a..b",
            "https://ho_st",
            "https://[::1",
            "https://[::1]x",
            "https://[fe80::1%eth0]",
            "https://::1",
            "https://host//a",
            "https://host/a//b",
            "https://host/./a",
            "https://host/..",
            "https://host/%2e",
            "https://host/a\\b",
            "https://host/api",
            "https://host/x/api/",
        ] {
            assert!(BaseUrl::parse(text, false).is_err(), "{text:?}");
        }
        assert!(BaseUrl::parse(&format!("https://host/{}", "a".repeat(2048)), false).is_err());
    }
}
