//! The base URL of Authlete. A URL that other parsers might interpret differently is rejected.

use std::fmt;

use super::authority::Authority;

/// `scheme://host[:port][/prefix]`.
#[derive(Debug)]
pub struct BaseUrl {
    pub is_https: bool,
    /// Whether the host is a loopback address or `localhost`.
    pub is_loopback: bool,
    /// The value for a Host header: IPv6 addresses in brackets, the port only if it was given.
    pub authority: String,
    /// A DNS name, or an IP address without brackets.
    pub host: String,
    pub port: u16,
    /// Either empty, or a path that starts with a slash and does not end with one.
    prefix: String,
}

const MAX_LEN: usize = 2048;

impl BaseUrl {
    /// An error is the rule that `text` violates. In the message, it follows the name of the key.
    /// It never quotes the URL, which may contain a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LEN {
            return Err(format!("is {} bytes long; the limit is {MAX_LEN}", text.len()));
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
        let Authority { host, port, is_loopback } = Authority::parse(authority)?;
        let prefix = path.strip_suffix('/').unwrap_or(path);
        check_path(prefix)?;
        Ok(Self {
            is_https,
            is_loopback,
            authority: authority.to_ascii_lowercase(),
            host,
            port: port.unwrap_or(if is_https { 443 } else { 80 }),
            prefix: prefix.to_owned(),
        })
    }

    /// The scheme, the host, and the port if it is not the default of the scheme (RFC 3986, 6.2.3).
    pub fn origin(&self) -> String {
        let (scheme, default_port) =
            if self.is_https { ("https", ":443") } else { ("http", ":80") };
        let authority = self.authority.strip_suffix(default_port).unwrap_or(&self.authority);
        format!("{scheme}://{authority}")
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(formatter, "{scheme}://{}{}", self.authority, self.prefix)
    }
}

fn check_path(path: &str) -> Result<(), String> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"._~/-".contains(&b);
    let is_segment = |segment: &str| !matches!(segment, "" | "." | "..");
    if !path.bytes().all(is_allowed) {
        return Err(
            "must have a path of letters, digits, \".\", \"_\", \"~\", \"-\" and \"/\" only"
                .to_owned(),
        );
    }
    if !path.split('/').skip(1).all(is_segment) {
        return Err("must not have an empty, \".\" or \"..\" segment in its path".to_owned());
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
            ("http://LocalHost:8080", "http://localhost:8080"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]"),
            ("https://10.0.0.1", "https://10.0.0.1"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().to_string(), expected);
        }
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
            // Every error must state the rule.
            let rule = BaseUrl::parse(text).unwrap_err();
            assert!(rule.starts_with("must "), "{text:?}: {rule}");
        }
        assert!(BaseUrl::parse(&format!("https://host/{}", "a".repeat(2048))).is_err());
    }
}
