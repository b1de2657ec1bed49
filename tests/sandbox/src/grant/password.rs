//! The password grant (RFC 6749, 4.3.2): a ticket, with which the server issues tokens or fails the
//! request.

use serde_json::{Map, json};

use crate::codes::*;
use crate::request::OAuthRequest;
use crate::response::{Action, Response};
use crate::service::{Client, Service};
use crate::state::{State, lock};

/// A token request for which a ticket was issued.
pub(crate) struct PasswordRequest {
    pub client_id: u64,
    pub scopes: Vec<String>,
}

pub(crate) fn call(
    state: &State,
    service: &Service,
    client: &Client,
    request: &OAuthRequest,
) -> Result<Response, Response> {
    let username = request.require(service, "username", A051301, A051302)?;
    let password = request.require(service, "password", A051304, A051305)?;

    let issued = PasswordRequest { client_id: client.client_id, scopes: request.scopes() };
    let ticket = lock(&state.tokens).issue(&service.service_id, state.now(service), issued)?;
    let document = Map::from_iter([
        ("ticket".to_owned(), ticket.into()),
        ("grantType".to_owned(), json!("PASSWORD")),
        ("clientId".to_owned(), client.client_id.into()),
        ("username".to_owned(), json!(username)),
        ("password".to_owned(), json!(password)),
        ("scopes".to_owned(), json!(request.scopes())),
    ]);
    let values = [
        ("Service's API Key", service.service_id.as_str()),
        ("Client ID", &client.client_id.to_string()),
    ];
    Ok(Response::result(A051001, &values, Action::Password, document))
}
