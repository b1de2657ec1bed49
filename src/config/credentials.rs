//! The credentials for Authlete: the value of the Authorization header, and the DPoP key.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};

use super::base_url::BaseUrl;
use super::settings::Settings;
use crate::dpop::{self, Dpop};
use crate::error::Error;
use crate::secret::{Secret, SecretText};
use crate::status::{JsonType, Status};

/// The maximum length in bytes. It ensures that the request headers fit into a connection's output
/// buffer.
const MAX_CREDENTIAL_LEN: usize = 4096;

const DPOP_KEY: &str = "dpopKey";

pub fn v3(settings: &Settings<'_>) -> Result<(Option<String>, Secret), Error> {
    for key in ["apiKey", "apiSecret"] {
        if settings.has(key) {
            let token = settings.label("accessToken");
            let problem = format!("is only valid for API v2; for API v3, set {token}");
            return Err(settings.invalid(key, &problem));
        }
    }
    let service_id = settings.required("serviceId")?;
    let is_valid = (1..=64).contains(&service_id.len())
        && service_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !is_valid {
        let rule = "must be 1 to 64 letters, digits, underscores or hyphens";
        return Err(settings.invalid("serviceId", rule));
    }
    Ok((Some(service_id.into_owned()), token_authorization(settings)?))
}

pub fn v2(settings: &Settings<'_>) -> Result<Secret, Error> {
    if settings.has("serviceId") {
        return Err(settings.invalid("serviceId", "is only valid for API v3; omit it"));
    }
    let has_token = settings.has("accessToken");
    for key in ["apiKey", "apiSecret"] {
        if has_token && settings.has(key) {
            let problem = format!("cannot be combined with {}", settings.label("accessToken"));
            return Err(settings.invalid(key, &problem));
        }
        if !has_token && !settings.has(key) {
            let [id, secret, token] =
                ["apiKey", "apiSecret", "accessToken"].map(|key| settings.label(key));
            let problem = format!("is missing; API v2 requires {id} and {secret}, or {token}");
            return Err(settings.invalid(key, &problem));
        }
    }
    if has_token { token_authorization(settings) } else { basic(settings) }
}

pub fn access_token(settings: &Settings<'_>) -> Result<Secret, Error> {
    Ok(Secret::new(credential(settings, "accessToken")?))
}

/// The value of the Authorization header for an access token.
pub fn authorization(access_token: &Secret, is_dpop: bool) -> Secret {
    let scheme: &[u8] = if is_dpop { b"DPoP " } else { b"Bearer " };
    Secret::concat(&[scheme, access_token.expose()])
}

fn token_authorization(settings: &Settings<'_>) -> Result<Secret, Error> {
    Ok(authorization(&access_token(settings)?, settings.has(DPOP_KEY)))
}

/// Reads the key of DPoP proofs, a JWK as an object or as a string that contains it.
pub fn dpop(settings: &Settings<'_>, base_url: &BaseUrl) -> Result<Option<Arc<Dpop>>, Error> {
    if !settings.has(DPOP_KEY) {
        return Ok(None);
    }
    if !settings.has("accessToken") {
        let token = settings.label("accessToken");
        let problem = format!("requires an access token that is bound to the key; set {token}");
        return Err(settings.invalid(DPOP_KEY, &problem));
    }
    let object = settings.json(DPOP_KEY).filter(|value| value.json_type() != JsonType::String);
    let jwk = SecretText(match object {
        Some(object) => object.text().into(),
        None => settings.required(DPOP_KEY)?,
    });
    // Without random numbers, ring rejects valid keys, too.
    dpop::random::<1>()
        .map_err(|error| Error::of_call(Status::Resource, error.to_string(), None))?;
    Dpop::new(&jwk.0, base_url.origin(), access_token(settings)?.expose())
        .map(|dpop| Some(Arc::new(dpop)))
        .map_err(|problem| settings.invalid(DPOP_KEY, &problem))
}

fn basic(settings: &Settings<'_>) -> Result<Secret, Error> {
    let key = Secret::new(credential(settings, "apiKey")?);
    if key.expose().contains(&b':') {
        // The server splits the credentials at the first colon (RFC 7617, section 2).
        return Err(settings.invalid("apiKey", "must not contain a colon"));
    }
    let secret = Secret::new(credential(settings, "apiSecret")?);
    Ok(basic_value(key.expose(), secret.expose()))
}

/// The value `Basic …` of an Authorization or Proxy-Authorization header.
pub fn basic_value(user: &[u8], password: &[u8]) -> Secret {
    let pair = Secret::concat(&[user, b":", password]);
    // Allocated with its final capacity, because a reallocation would leave an unwiped copy.
    let mut value = String::with_capacity("Basic ".len() + pair.expose().len().div_ceil(3) * 4);
    value.push_str("Basic ");
    BASE64_STANDARD.encode_string(pair.expose(), &mut value);
    Secret::new(value.into_bytes())
}

fn credential(settings: &Settings<'_>, key: &str) -> Result<Vec<u8>, Error> {
    // Wipes the copy even if the value is rejected, for example a token with a line break.
    let value = SecretText(settings.required(key)?);
    let value = value.0.as_bytes();
    if !value.iter().all(u8::is_ascii_graphic) {
        return Err(settings.invalid(key, "must be visible ASCII without spaces"));
    }
    if value.len() > MAX_CREDENTIAL_LEN {
        let problem = format!("is {} bytes long; the limit is {MAX_CREDENTIAL_LEN}", value.len());
        return Err(settings.invalid(key, &problem));
    }
    Ok(value.to_vec())
}
