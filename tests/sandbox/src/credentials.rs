//! The Authorization header, which identifies the service.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE};

use crate::codes::{A001202, A001203, A003201, A003204, A172101};
use crate::dpop;
use crate::response::Response;
use crate::service::Service;

pub(crate) enum Credentials {
    Bearer(String),
    /// An access token that is bound to the key of the proof in the header `DPoP` (RFC 9449, 7.1).
    Dpop(String),
    Basic {
        key: String,
        secret: String,
    },
}

/// Finds the service of a request, and returns its credentials. In v3 the path contains the service ID,
/// and the credentials are an access token; in v2 (`service_id` is None) Basic credentials or an access
/// token identify the service.
///
/// A missing header causes 401, a malformed one 400 (docs.authlete.com, "Basics"). Assumed: unknown
/// credentials cause 401, and those of a service other than the one in the path 403.
pub(crate) fn service(
    services: &[Arc<Service>],
    service_id: Option<&str>,
    path: &str,
    headers: &HeaderMap,
) -> Result<(Arc<Service>, Credentials), Response> {
    let refuse = |code, values: &[(&str, &str)]| {
        let values = [&[("API Path", path)], values].concat();
        Response::refusal(StatusCode::UNAUTHORIZED, code, &values)
    };
    let header = headers.get(AUTHORIZATION).ok_or_else(|| refuse(A001202, &[]))?;
    let credentials = header.to_str().ok().and_then(parse);
    let credentials = credentials.filter(|credentials| match credentials {
        Credentials::Dpop(token) => supports_dpop(services, service_id, token),
        _ => true,
    });
    let credentials = credentials.ok_or_else(|| malformed(path))?;
    let service = find(services, &credentials).cloned();
    let service = match (&credentials, service_id) {
        (Credentials::Bearer(_) | Credentials::Dpop(_), service_id) => {
            let service = service.ok_or_else(|| match credentials {
                Credentials::Dpop(_) => refuse(A172101, &[])
                    .with_header(WWW_AUTHENTICATE, &dpop::unknown_token_challenge()),
                _ => refuse(A172101, &[]),
            })?;
            if service_id.is_some_and(|id| id != service.service_id) {
                return Err(Response::refusal(StatusCode::FORBIDDEN, A172101, &[]));
            }
            service
        }
        (Credentials::Basic { .. }, Some(_)) => return Err(refuse(A172101, &[])),
        (Credentials::Basic { key, secret }, None) => {
            let service = service.ok_or_else(|| refuse(A003201, &[]))?;
            if service.api_secret != *secret {
                return Err(refuse(A003204, &[("Service's API Key", key)]));
            }
            service
        }
    };
    Ok((service, credentials))
}

/// Whether the service in the path (v3) or of the token (v2) requires DPoP; if there is no such service,
/// whether another one does.
fn supports_dpop(services: &[Arc<Service>], service_id: Option<&str>, token: &str) -> bool {
    let requires_dpop = |service: &Arc<Service>| service.api_dpop.is_some();
    let is_called = |service: &&Arc<Service>| match service_id {
        Some(id) => service.service_id == id,
        None => service.access_token == token,
    };
    let called = services.iter().find(is_called);
    called.map_or_else(|| services.iter().any(requires_dpop), requires_dpop)
}

/// The service to which a v2 request belongs by its credentials, even if the secret is wrong.
pub(crate) fn claimed_service(
    services: &[Arc<Service>],
    headers: &HeaderMap,
) -> Option<Arc<Service>> {
    let credentials = headers.get(AUTHORIZATION)?.to_str().ok().and_then(parse)?;
    find(services, &credentials).cloned()
}

fn find<'s>(services: &'s [Arc<Service>], credentials: &Credentials) -> Option<&'s Arc<Service>> {
    services.iter().find(|service| match credentials {
        Credentials::Bearer(token) => {
            let is_unbound = service.api_dpop.is_some() && service.unbound_token == *token;
            is_unbound || service.access_token == *token
        }
        Credentials::Dpop(token) => service.access_token == *token,
        Credentials::Basic { key, .. } => service.api_key == *key,
    })
}

/// Authlete repeats the header. The sandbox does not, so that a real token that is sent to it by mistake
/// does not appear in a log.
fn malformed(path: &str) -> Response {
    let values = [("API Path", path), ("Header Value", "(not repeated by the sandbox)")];
    Response::refusal(StatusCode::BAD_REQUEST, A001203, &values)
}

fn parse(header: &str) -> Option<Credentials> {
    let (scheme, value) = header.split_once(' ')?;
    let value = value.trim();
    let is_token = !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic());
    if scheme.eq_ignore_ascii_case("Bearer") {
        return is_token.then(|| Credentials::Bearer(value.to_owned()));
    }
    if scheme.eq_ignore_ascii_case("DPoP") {
        return is_token.then(|| Credentials::Dpop(value.to_owned()));
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
