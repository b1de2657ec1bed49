//! The calls that issue tickets, each from the OAuth request that its `parameters` holds.

pub(crate) mod authorization;
pub(crate) mod backchannel;
pub(crate) mod token;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::answer::{Action, Answer, Outcome, outcome};
use crate::body::Parameters;
use crate::codes::{A157304, A157305, Code};
use crate::service::{Client, Service};

/// Query or body of what the OAuth client sent.
struct OAuthRequest(HashMap<String, String>);

impl OAuthRequest {
    /// Answers `absent` without a `parameters` member, and `empty` where it holds nothing.
    fn read(
        service: &Service,
        parameters: &Parameters,
        absent: Code,
        empty: Code,
    ) -> Result<Self, Answer> {
        let text = parameters.get("parameters");
        let text = text.ok_or_else(|| invalid_request(absent).answer(service))?;
        let pairs: HashMap<_, _> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        if pairs.is_empty() {
            return Err(invalid_request(empty).answer(service));
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
    ) -> Result<&str, Answer> {
        match self.get(name) {
            None => Err(invalid_request(absent).answer(service)),
            Some("") => Err(invalid_request(empty).answer(service)),
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

const fn invalid_request(code: Code) -> Outcome {
    outcome(code, Action::BadRequest, "invalid_request")
}

/// The authenticated client: `clientId` and `clientSecret` hold what its Authorization header
/// said; otherwise `client_id` and `client_secret` stand in the request itself (RFC 6749, 2.3.1).
fn authenticate<'s>(
    service: &'s Service,
    parameters: &Parameters,
    request: &OAuthRequest,
    absent: Code,
    unknown: Code,
    refused: Action,
) -> Result<&'s Client, Answer> {
    let id = parameters.get("clientId").or(request.get("client_id"));
    let id = id.ok_or_else(|| invalid_request(absent).answer(service))?;
    let refuse = |code, values: &[(&str, &str)]| {
        outcome(code, refused, "invalid_client").answer_with(service, values)
    };
    let client = service.client(id).ok_or_else(|| refuse(unknown, &[("Client ID", id)]))?;
    match parameters.get("clientSecret").or(request.get("client_secret")) {
        Some(secret) if secret == client.client_secret => Ok(client),
        Some(_) => Err(refuse(A157305, &[])),
        None => Err(refuse(A157304, &[("Client Authentication Method", "client_secret_basic")])),
    }
}
