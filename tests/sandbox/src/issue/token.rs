//! `auth/token`: a ticket for a token request with `grant_type=password` (RFC 6749, 4.3.2).

use serde_json::{Map, json};

use super::{OAuthRequest, authenticate};
use crate::body::Parameters;
use crate::codes::*;
use crate::response::{Action, Response, failure};
use crate::service::Service;
use crate::state::{State, lock};

/// Authlete issues tickets only for the password grant; the sandbox supports no other grant.
pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let request = OAuthRequest::read(service, parameters, A047201, A047301)?;
    let grant_type = request.require(service, "grant_type", A049301, A049302)?;
    if grant_type != "password" {
        let refused = failure(A049305, Action::BadRequest, "unsupported_grant_type");
        return Err(refused.response_with(service, &[("Grant Type", grant_type)]));
    }
    let client =
        authenticate(service, parameters, &request, A048301, A048304, Action::InvalidClient)?;
    let username = request.require(service, "username", A051301, A051302)?;
    let password = request.require(service, "password", A051304, A051305)?;

    let ticket = lock(&state.tokens).issue(&service.service_id, state.clock.now(), ())?;
    let document = Map::from_iter([
        ("ticket".to_owned(), ticket.into()),
        ("clientId".to_owned(), client.client_id.into()),
        ("username".to_owned(), json!(username)),
        ("password".to_owned(), json!(password)),
        ("scopes".to_owned(), request.words("scope").collect()),
    ]);
    let values = [
        ("Service's API Key", service.service_id.as_str()),
        ("Client ID", &client.client_id.to_string()),
    ];
    Ok(Response::result(A051001, &values, Action::Password, document))
}
