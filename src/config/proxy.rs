//! The `proxy` key: `http://[user:password@]host:port`.

use super::authority::Authority;
use super::credentials::basic_value;
use super::settings::Settings;
use crate::error::Error;
use crate::secret::Secret;

/// An HTTP proxy that supports CONNECT.
#[derive(Debug)]
pub struct Proxy {
    /// A DNS name, or an IP address without brackets.
    pub host: String,
    pub port: u16,
    /// `host:port`, for error messages.
    pub authority: String,
    /// The value of the Proxy-Authorization header.
    pub authorization: Option<Secret>,
}

/// Returns the configured proxy. Environment variables such as `https_proxy` are never used.
pub fn read(settings: &Settings<'_>, is_https: bool) -> Result<Option<Proxy>, Error> {
    if !settings.has("proxy") {
        return Ok(None);
    }
    let text = Secret::new(settings.required("proxy")?.into_owned().into_bytes());
    let proxy = parse(std::str::from_utf8(text.expose()).unwrap_or_default())
        .map_err(|problem| settings.invalid("proxy", &problem))?;
    if !is_https {
        // A tunnel would not protect plain HTTP, and many proxies allow CONNECT only for TLS.
        let problem = format!("requires {} to start with https://", settings.label("baseUrl"));
        return Err(settings.invalid("proxy", &problem));
    }
    Ok(Some(proxy))
}

/// An error is the rule that `text` violates. It never quotes `text`, which may contain a password.
fn parse(text: &str) -> Result<Proxy, String> {
    const SYNTAX: &str = "must be http://host:port or http://user:password@host:port";
    let rest = text.strip_prefix("http://").ok_or(SYNTAX)?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if !rest.bytes().all(|b| b.is_ascii_graphic()) || rest.contains(['/', '?', '#']) {
        return Err(SYNTAX.to_owned());
    }
    let (credentials, authority) = match rest.rsplit_once('@') {
        Some((credentials, authority)) => (Some(credentials), authority),
        None => (None, rest),
    };
    let authorization = match credentials.map(|text| text.split_once(':')) {
        None => None,
        Some(Some((user, password))) if !user.is_empty() => {
            let [user, password] = [user, password].map(decode);
            let (user, password) = (user.ok_or(SYNTAX)?, password.ok_or(SYNTAX)?);
            Some(basic_value(user.expose(), password.expose()))
        }
        Some(_) => return Err(SYNTAX.to_owned()),
    };
    let Authority { host, port, .. } = Authority::parse(authority)?;
    let port = port.ok_or(SYNTAX)?;
    Ok(Proxy { host, port, authority: authority.to_ascii_lowercase(), authorization })
}

/// Decodes percent-encoding (RFC 3986, 2.1), which is needed for a user name or password that
/// contains characters such as `/` or `?`.
fn decode(text: &str) -> Option<Secret> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    Some(Secret::new(decoded))
}
