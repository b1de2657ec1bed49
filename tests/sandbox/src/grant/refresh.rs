//! The refresh token grant (RFC 6749, 6).

use super::invalid_grant;
use crate::codes::*;
use crate::request::OAuthRequest;
use crate::response::{Action, Response, failure};
use crate::service::{Client, Service};
use crate::state::{State, lock};
use crate::tickets::Refusal;
use crate::tokens::{Grant, Issued};

/// A refresh token is single-use: the response contains a new one (`refreshTokenKept` is false).
pub(crate) fn call(
    state: &State,
    service: &Service,
    client: &Client,
    request: &OAuthRequest,
) -> Result<Response, Response> {
    let refuse = |code| invalid_grant(code).response(service);
    let name = Some(request.require(service, "refresh_token", A053301, A053302)?);
    let now = state.now(service);
    let mut refresh_tokens = lock(&state.refresh_tokens);
    let grant = refresh_tokens.find(name, &service.service_id, now).map_err(|refusal| {
        refuse(match refusal {
            Refusal::Missing | Refusal::Unknown => A053305,
            Refusal::Foreign => A053306,
            Refusal::Expired => A053308,
        })
    })?;
    if grant.client_id != client.client_id {
        return Err(refuse(A053307));
    }
    let scopes = request.scopes();
    if !scopes.iter().all(|scope| grant.scopes.contains(scope)) {
        return Err(failure(A053309, Action::BadRequest, "invalid_scope").response(service));
    }

    let Some(grant) = refresh_tokens.remove(name, &service.service_id) else {
        return Err(refuse(A053305));
    };
    drop(refresh_tokens);
    let scopes = if scopes.is_empty() { grant.scopes } else { scopes };
    let issued = Issued::tokens(state, service, Grant { scopes, ..grant }, now)?;
    Ok(issued.token_response(A053001, "REFRESH_TOKEN"))
}
