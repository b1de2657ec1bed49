//! `auth/token`: a token request (RFC 6749, 3.2), by grant type.

use super::{OAuthRequest, authenticate};
use crate::body::Parameters;
use crate::codes::*;
use crate::grant;
use crate::response::{Action, Response, failure};
use crate::service::{Client, Service};
use crate::state::State;

type Grant = fn(&State, &Service, &Client, &OAuthRequest) -> Result<Response, Response>;

pub(crate) const GRANT_TYPES: &[(&str, Grant)] = &[
    ("authorization_code", grant::code::call),
    ("password", grant::password::call),
    ("refresh_token", grant::refresh::call),
    ("urn:openid:params:grant-type:ciba", grant::ciba::call),
];

/// Every API response has the `dpopNonce` of the service, if it is set.
pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let response = respond(state, service, parameters);
    if service.dpop_nonce.is_empty() {
        return response;
    }
    let with_nonce =
        |response: Response| response.with_member("dpopNonce", service.dpop_nonce.clone().into());
    response.map(with_nonce).map_err(with_nonce)
}

fn respond(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let request = OAuthRequest::read(service, parameters, A047201, A047301)?;
    let grant_type = request.require(service, "grant_type", A049301, A049302)?;
    let (_, grant) = GRANT_TYPES.iter().find(|(name, _)| *name == grant_type).ok_or_else(|| {
        let refused = failure(A049305, Action::BadRequest, "unsupported_grant_type");
        refused.response_with(service, &[("Grant Type", grant_type)])
    })?;
    let client =
        authenticate(service, parameters, &request, A048301, A048304, Action::InvalidClient)?;
    grant(state, service, client, &request)
}
