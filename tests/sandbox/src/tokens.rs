//! Access tokens, refresh tokens and ID tokens, and the token response (RFC 6749, 5.1).

use std::time::Duration;

use ring::error::Unspecified;
use serde_json::{Map, Value, json};

use crate::codes::Code;
use crate::id_token;
use crate::response::{Action, Response};
use crate::service::Service;
use crate::state::{State, lock};
use crate::tickets::random_value;

/// Assumed for the service's `accessTokenDuration`: as in Authlete's samples.
const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// Assumed for the service's `refreshTokenDuration`: as in Authlete's samples.
pub(crate) const REFRESH_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// The access that an end-user granted to a client.
#[derive(Clone)]
pub(crate) struct Grant {
    pub client_id: u64,
    pub subject: String,
    pub scopes: Vec<String>,
    /// The claims about the end-user, for an ID token; None without the scope `openid`.
    pub claims: Option<Map<String, Value>>,
}

/// An access token, which no endpoint of the sandbox accepts.
pub(crate) struct AccessToken {
    pub value: String,
    expires_at: Duration,
}

impl AccessToken {
    pub fn issue(now: Duration) -> Result<Self, Unspecified> {
        let expires_at = now.saturating_add(ACCESS_TOKEN_LIFETIME);
        Ok(Self { value: random_value()?, expires_at })
    }

    /// The parameters of an OAuth response.
    pub fn parameters(&self, scopes: &[String]) -> Vec<(&'static str, Value)> {
        let mut parameters = vec![
            ("access_token", json!(self.value)),
            ("token_type", json!("Bearer")),
            ("expires_in", json!(ACCESS_TOKEN_LIFETIME.as_secs())),
        ];
        // RFC 6749, 3.3 has no syntax for an empty scope.
        if !scopes.is_empty() {
            parameters.push(("scope", json!(scopes.join(" "))));
        }
        parameters
    }

    /// The members of an API response.
    pub fn members(&self) -> Vec<(String, Value)> {
        vec![
            ("accessToken".to_owned(), json!(self.value)),
            ("accessTokenDuration".to_owned(), json!(ACCESS_TOKEN_LIFETIME.as_secs())),
            ("accessTokenExpiresAt".to_owned(), milliseconds(self.expires_at)),
        ]
    }
}

/// The tokens that were issued for a grant.
pub(crate) struct Issued {
    grant: Grant,
    access_token: AccessToken,
    refresh_token: String,
    refresh_token_expires_at: Duration,
    id_token: Option<String>,
}

impl Issued {
    pub fn tokens(
        state: &State,
        service: &Service,
        grant: Grant,
        now: Duration,
    ) -> Result<Self, Unspecified> {
        let access_token = AccessToken::issue(now)?;
        let refresh_token =
            lock(&state.refresh_tokens).issue(&service.service_id, now, grant.clone())?;
        let hashes = [("at_hash", &*access_token.value)];
        let id_token = grant.claims.clone().map(|claims| {
            id_token::sign(&state.signer, service, grant.client_id, claims, &hashes, now)
        });
        Ok(Self {
            access_token,
            refresh_token,
            refresh_token_expires_at: now.saturating_add(REFRESH_TOKEN_LIFETIME),
            id_token: id_token.transpose()?,
            grant,
        })
    }

    /// The parameters for the OAuth client.
    pub fn parameters(&self) -> Map<String, Value> {
        let mut parameters = self.access_token.parameters(&self.grant.scopes);
        parameters.push(("refresh_token", json!(self.refresh_token)));
        parameters.extend(self.id_token.clone().map(|token| ("id_token", token.into())));
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The members of an API response, except `responseContent`.
    pub fn members(&self) -> Map<String, Value> {
        let mut members: Map<String, Value> = self.access_token.members().into_iter().collect();
        members.extend([
            ("clientId".to_owned(), self.grant.client_id.into()),
            ("refreshToken".to_owned(), json!(self.refresh_token)),
            ("refreshTokenDuration".to_owned(), json!(REFRESH_TOKEN_LIFETIME.as_secs())),
            ("refreshTokenExpiresAt".to_owned(), milliseconds(self.refresh_token_expires_at)),
            ("scopes".to_owned(), json!(self.grant.scopes)),
            ("subject".to_owned(), json!(self.grant.subject)),
        ]);
        members.extend(self.id_token.clone().map(|token| ("idToken".to_owned(), token.into())));
        members
    }

    /// The API response with a token response for the OAuth client.
    pub fn token_response(&self, code: Code, grant_type: &str) -> Response {
        let mut document = self.members();
        document.insert("grantType".to_owned(), json!(grant_type));
        let content = Value::Object(self.parameters()).to_string();
        document.insert("responseContent".to_owned(), content.into());
        Response::result(code, &[], Action::Ok, document)
    }
}

fn milliseconds(time: Duration) -> Value {
    json!(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
