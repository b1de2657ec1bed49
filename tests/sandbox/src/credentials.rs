//! The Authorization header, which identifies the service.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap};

use crate::codes::{A001202, A001203, A003201, A003204, A172101};
use crate::response::Response;
use crate::service::Service;

enum Credentials {
    Bearer(String),
    Basic { key: String, secret: String },
}

/// Finds the service of a request. In v3 the path contains the service ID, and the credentials are a
/// bearer token; in v2 (`service_id` is None) Basic credentials or a bearer token identify the service.
///
/// A missing header causes 401, a malformed one 400 (docs.authlete.com, "Basics"). Assumed: unknown
/// credentials cause 401, and those of a service other than the one in the path 403.
pub(crate) fn service(
    services: &[Arc<Service>],
    service_id: Option<&str>,
    path: &str,
    headers: &HeaderMap,
) -> Result<Arc<Service>, Response> {
    let refuse = |code, values: &[(&str, &str)]| {
        let values = [&[("API Path", path)], values].concat();
        Response::refusal(StatusCode::UNAUTHORIZED, code, &values)
    };
    match (credentials(path, headers)?, service_id) {
        (Credentials::Bearer(token), service_id) => {
            let service = services.iter().find(|service| service.access_token == token);
            let service = service.ok_or_else(|| refuse(A172101, &[]))?;
            if service_id.is_some_and(|id| id != service.service_id) {
                return Err(Response::refusal(StatusCode::FORBIDDEN, A172101, &[]));
            }
            Ok(Arc::clone(service))
        }
        (Credentials::Basic { .. }, Some(_)) => Err(refuse(A172101, &[])),
        (Credentials::Basic { key, secret }, None) => {
            let service = services.iter().find(|service| service.api_key == key);
            let service = service.ok_or_else(|| refuse(A003201, &[]))?;
            if service.api_secret != secret {
                return Err(refuse(A003204, &[("Service's API Key", &key)]));
            }
            Ok(Arc::clone(service))
        }
    }
}

/// The service to which a v2 request belongs by its credentials, even if the secret is wrong.
pub(crate) fn claimed_service(
    services: &[Arc<Service>],
    headers: &HeaderMap,
) -> Option<Arc<Service>> {
    let credentials = headers.get(AUTHORIZATION)?.to_str().ok().and_then(parse)?;
    let is_claimed = |service: &&Arc<Service>| match &credentials {
        Credentials::Bearer(token) => service.access_token == *token,
        Credentials::Basic { key, .. } => service.api_key == *key,
    };
    services.iter().find(is_claimed).cloned()
}

fn credentials(path: &str, headers: &HeaderMap) -> Result<Credentials, Response> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        let values = [("API Path", path)];
        return Err(Response::refusal(StatusCode::UNAUTHORIZED, A001202, &values));
    };
    header.to_str().ok().and_then(parse).ok_or_else(|| {
        // Authlete repeats the header here. The sandbox does not, so that a real token that is
        // sent to it by mistake does not appear in a log.
        let values = [("API Path", path), ("Header Value", "(not repeated by the sandbox)")];
        Response::refusal(StatusCode::BAD_REQUEST, A001203, &values)
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
        // A service with an empty key has no Basic credentials.
        return (!key.is_empty())
            .then(|| Credentials::Basic { key: key.into(), secret: secret.into() });
    }
    None
}
