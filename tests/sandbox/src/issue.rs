//! The calls that issue tickets, each for the OAuth request in its `parameters`.

pub(crate) mod authorization;
pub(crate) mod backchannel;
pub(crate) mod token;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::body::Parameters;
use crate::codes::{A157304, A157305, Code};
use crate::response::{Action, Failure, Response, failure};
use crate::service::{Client, Service};

/// The parameters that the OAuth client sent in a query or a body.
struct OAuthRequest(HashMap<String, String>);

impl OAuthRequest {
    /// Fails with `absent` if the member `parameters` is missing, with `empty` if it is empty.
    fn read(
        service: &Service,
        parameters: &Parameters,
        absent: Code,
        empty: Code,
    ) -> Result<Self, Response> {
        let text = parameters.get("parameters");
        let text = text.ok_or_else(|| invalid_request(absent).response(service))?;
        let pairs: HashMap<_, _> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        if pairs.is_empty() {
            return Err(invalid_request(empty).response(service));
        }
        Ok(Self(pairs))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn require(
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

    fn scopes(&self) -> Value {
        self.words("scope").map(|name| json!({ "name": name })).collect()
    }
}

const fn invalid_request(code: Code) -> Failure {
    failure(code, Action::BadRequest, "invalid_request")
}

/// Authenticates the client by `clientId` and `clientSecret`, which come from its Authorization header,
/// or else by `client_id` and `client_secret` in its request (RFC 6749, 2.3.1).
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
    match parameters.get("clientSecret").or(request.get("client_secret")) {
        Some(secret) if secret == client.client_secret => Ok(client),
        Some(_) => Err(refuse(A157305, &[])),
        None => Err(refuse(A157304, &[("Client Authentication Method", "client_secret_basic")])),
    }
}
