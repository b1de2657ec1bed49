//! The calls for the OAuth request in their `parameters`.

pub(crate) mod authorization;
mod authorization_members;
pub(crate) mod backchannel;
pub(crate) mod token;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::body::Parameters;
use crate::codes::{A157303, A157304, A157305, Code};
use crate::response::{Action, Response, failure, invalid_request, server_error};
use crate::service::{Client, Service};

/// The parameters that the OAuth client sent in a query or a body.
pub(crate) struct OAuthRequest(HashMap<String, String>);

impl OAuthRequest {
    /// Fails with `absent` if the member `parameters` is missing, with `empty` if it is empty.
    fn read(
        service: &Service,
        parameters: &Parameters,
        absent: Code,
        empty: Code,
    ) -> Result<Self, Response> {
        let text = parameters.get("parameters");
        let text = text.ok_or_else(|| server_error(absent).response(service))?;
        let pairs: HashMap<_, _> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        if pairs.is_empty() {
            return Err(invalid_request(empty).response(service));
        }
        Ok(Self(pairs))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn require(
        &self,
        service: &Service,
        name: &str,
        absent: Code,
        empty: Code,
    ) -> Result<&str, Response> {
        match self.get(name) {
            None => Err(invalid_request(absent).response(service)),
            Some("") => Err(invalid_request(empty).response(service)),
            Some(value) => Ok(value),
        }
    }

    /// The elements of a space-separated list.
    fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).unwrap_or_default().split(' ').filter(|word| !word.is_empty())
    }

    pub fn scopes(&self) -> Vec<String> {
        self.words("scope").map(str::to_owned).collect()
    }

    /// The scopes as a member of an API response. Assumed: the descriptions.
    fn described_scopes(&self) -> Value {
        let describe = |name| json!({ "name": name, "description": format!("The scope {name}.") });
        self.words("scope").map(describe).collect()
    }
}

/// Authenticates the client by `clientId` and `clientSecret`, which come from its Authorization header,
/// or else by `client_id` and `client_secret` in its request (RFC 6749, 2.3.1). A public client has no
/// secret; an empty one counts as absent (observed on the real service).
fn authenticate<'s>(
    service: &'s Service,
    parameters: &Parameters,
    request: &OAuthRequest,
    absent: Code,
    unknown: Code,
    refused: Action,
) -> Result<&'s Client, Response> {
    let id = parameters.get("clientId").or(request.get("client_id"));
    let id = id.ok_or_else(|| invalid_request(absent).response(service))?;
    let refuse = |code, values: &[(&str, &str)]| {
        failure(code, refused, "invalid_client").response_with(service, values)
    };
    let client = service.client(id).ok_or_else(|| refuse(unknown, &[("Client ID", id)]))?;
    let secret = parameters.get("clientSecret").or(request.get("client_secret"));
    match secret.filter(|secret| !secret.is_empty()) {
        None if client.is_public() => Ok(client),
        Some(_) if client.is_public() => Err(refuse(A157303, &[])),
        Some(secret) if secret == client.client_secret => Ok(client),
        Some(_) => Err(refuse(A157305, &[])),
        None => Err(refuse(A157304, &[("Client Authentication Method", "client_secret_basic")])),
    }
}
