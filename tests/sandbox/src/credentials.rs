//! The Authorization header: which service is calling.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap};

use crate::answer::Answer;
use crate::codes::{A001202, A001203, A003201, A003204, A172101};
use crate::service::Service;

enum Credentials {
    Bearer(String),
    Basic { key: String, secret: String },
}

/// v3 names the service in the path and takes a bearer token; v2 (`service_id` is None) finds the
/// service by its credentials, which are Basic or a bearer token.
///
/// A missing header is 401 and a malformed one 400 (docs.authlete.com, "Basics"). Assumed: 401 for
/// credentials that nobody has, and 403 for those of another service than the path names.
pub(crate) fn service<'s>(
    services: &'s [Service],
    service_id: Option<&str>,
    path: &str,
    headers: &HeaderMap,
) -> Result<&'s Service, Answer> {
    let refuse = |code, values: &[(&str, &str)]| {
        let values = [&[("API Path", path)], values].concat();
        Answer::refusal(StatusCode::UNAUTHORIZED, code, &values)
    };
    match (credentials(path, headers)?, service_id) {
        (Credentials::Bearer(token), service_id) => {
            let owner = services.iter().find(|service| service.access_token == token);
            let owner = owner.ok_or_else(|| refuse(A172101, &[]))?;
            if service_id.is_some_and(|id| id != owner.service_id) {
                return Err(Answer::refusal(StatusCode::FORBIDDEN, A172101, &[]));
            }
            Ok(owner)
        }
        (Credentials::Basic { .. }, Some(_)) => Err(refuse(A172101, &[])),
        (Credentials::Basic { key, secret }, None) => {
            let owner = services.iter().find(|service| service.api_key == key);
            let owner = owner.ok_or_else(|| refuse(A003201, &[]))?;
            if owner.api_secret != secret {
                return Err(refuse(A003204, &[("Service's API Key", &key)]));
            }
            Ok(owner)
        }
    }
}

fn credentials(path: &str, headers: &HeaderMap) -> Result<Credentials, Answer> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        let values = [("API Path", path)];
        return Err(Answer::refusal(StatusCode::UNAUTHORIZED, A001202, &values));
    };
    header.to_str().ok().and_then(parse).ok_or_else(|| {
        // Authlete repeats the header here; the sandbox does not, so that a real token sent to it
        // by mistake ends up in nobody's log.
        let values = [("API Path", path), ("Header Value", "(not repeated by the sandbox)")];
        Answer::refusal(StatusCode::BAD_REQUEST, A001203, &values)
    })
}

fn parse(header: &str) -> Option<Credentials> {
    let (scheme, value) = header.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("Bearer") {
        let is_token = !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic());
        return is_token.then(|| Credentials::Bearer(value.to_owned()));
    }
    if scheme.eq_ignore_ascii_case("Basic") {
        let pair = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
        let (key, secret) = pair.split_once(':')?;
        // An empty key is the mark of a service without Basic credentials.
        let is_key = !key.is_empty();
        return is_key.then(|| Credentials::Basic { key: key.into(), secret: secret.into() });
    }
    None
}
