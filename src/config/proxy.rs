//! The proxy: `http://[user:password@]host:port`.

use super::authority::Authority;
use super::credentials::basic_value;
use super::settings::Settings;
use crate::error::Error;
use crate::secret::Secret;

/// An HTTP proxy that opens tunnels.
#[derive(Debug)]
pub struct Proxy {
    /// A name, or an address without brackets.
    pub host: String,
    pub port: u16,
    /// `host:port`, for messages.
    pub authority: String,
    /// The value of the Proxy-Authorization header.
    pub authorization: Option<Secret>,
}

/// The configured proxy. Proxy variables of the environment are never used.
pub fn read(settings: &Settings<'_>, is_https: bool) -> Result<Option<Proxy>, Error> {
    if !settings.has("proxy") {
        return Ok(None);
    }
    let text = Secret::new(settings.required("proxy")?.into_owned().into_bytes());
    let proxy = parse(std::str::from_utf8(text.expose()).unwrap_or_default())
        .map_err(|wrong| settings.invalid("proxy", &wrong))?;
    if !is_https {
        // A tunnel does not encrypt anything, and some proxies refuse CONNECT for plain HTTP.
        return Err(settings.invalid("proxy", "is for a \"baseUrl\" with https:// only"));
    }
    Ok(Some(proxy))
}

/// The error is the rule that is broken. The text may contain a password and is never quoted.
fn parse(text: &str) -> Result<Proxy, String> {
    const FORM: &str = "must be http://host:port or http://user:password@host:port";
    let rest = text.strip_prefix("http://").ok_or(FORM)?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if !rest.bytes().all(|b| b.is_ascii_graphic()) || rest.contains(['/', '?', '#']) {
        return Err(FORM.to_owned());
    }
    let (credentials, authority) = match rest.rsplit_once('@') {
        Some((credentials, authority)) => (Some(credentials), authority),
        None => (None, rest),
    };
    let authorization = match credentials.map(|text| text.split_once(':')) {
        None => None,
        Some(Some((user, password))) if !user.is_empty() => {
            let [user, password] = [user, password].map(decode);
            let (user, password) = (user.ok_or(FORM)?, password.ok_or(FORM)?);
            Some(basic_value(user.expose(), password.expose()))
        }
        Some(_) => return Err(FORM.to_owned()),
    };
    let Authority { host, port, .. } = Authority::parse(authority)?;
    let port = port.ok_or(FORM)?;
    Ok(Proxy { host, port, authority: authority.to_ascii_lowercase(), authorization })
}

/// Decodes percent-encoding (RFC 3986, 2.1), which a password with `@` needs.
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
