//! The authorization code grant (RFC 6749, 4.1.3).

use super::{invalid_grant, pkce};
use crate::codes::*;
use crate::request::OAuthRequest;
use crate::response::Response;
use crate::service::{Client, Service};
use crate::state::{State, lock};
use crate::tickets::Refusal;
use crate::tokens::{Grant, Issued};

/// The values that a token request with an authorization code must match, and its grant.
pub(crate) struct IssuedCode {
    pub grant: Grant,
    /// The `redirect_uri` of the authorization request, if it had one.
    pub redirect_uri: Option<String>,
    pub challenge: Option<pkce::Challenge>,
}

/// Assumed: a request that fails does not consume the code.
pub(crate) fn call(
    state: &State,
    service: &Service,
    client: &Client,
    request: &OAuthRequest,
) -> Result<Response, Response> {
    let refuse = |code| invalid_grant(code).response(service);
    let name = Some(request.require(service, "code", A050301, A050302)?);
    let now = state.now(service);
    let mut codes = lock(&state.codes);
    let issued = codes.find(name, &service.service_id, now).map_err(|refusal| {
        refuse(match refusal {
            Refusal::Missing | Refusal::Unknown => A050305,
            Refusal::Foreign => A050306,
            Refusal::Expired => A050311,
        })
    })?;
    if issued.grant.client_id != client.client_id {
        return Err(refuse(A050307));
    }
    check_redirect_uri(issued, request).map_err(refuse)?;
    pkce::verify(issued.challenge.as_ref(), request).map_err(refuse)?;

    let Some(IssuedCode { grant, .. }) = codes.remove(name, &service.service_id) else {
        return Err(refuse(A050305));
    };
    drop(codes);
    let issued = Issued::tokens(state, service, grant, now)?;
    Ok(issued.token_response(A050001, "AUTHORIZATION_CODE"))
}

fn check_redirect_uri(issued: &IssuedCode, request: &OAuthRequest) -> Result<(), Code> {
    match (issued.redirect_uri.as_deref(), request.get("redirect_uri")) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(A050310),
        (Some(_), None) => Err(A050308),
        (Some(expected), Some(uri)) if expected != uri => Err(A050309),
        (Some(_), Some(_)) => Ok(()),
    }
}
