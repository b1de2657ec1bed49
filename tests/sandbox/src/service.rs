//! Authlete services and their OAuth clients, as in a `--config` file.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use crate::assumed_action::{self, AssumedActions};
use crate::dpop::ApiDpop;
use crate::signer::SignatureAlgorithm;
use crate::strict;

pub const SERVICE_ID: &str = "21653835348762";
pub const ACCESS_TOKEN: &str = "sandbox-access-token";
pub const API_SECRET: &str = "sandbox-api-secret";
pub const UNBOUND_TOKEN: &str = "sandbox-unbound-token";

pub const QUIET_SERVICE_ID: &str = "21653835348763";
pub const QUIET_ACCESS_TOKEN: &str = "sandbox-quiet-access-token";
pub const QUIET_API_SECRET: &str = "sandbox-quiet-api-secret";
pub const QUIET_UNBOUND_TOKEN: &str = "sandbox-quiet-unbound-token";

pub const ISSUER: &str = "https://as.example.com";
pub const CLIENT_ID: u64 = 26_478_243_745_571;
pub const CLIENT_SECRET: &str = "sandbox-client-secret";
pub const REDIRECT_URI: &str = "https://client.example.org/cb";

/// An Authlete service. The members from `error_description_omitted` to `id_token_duration` have the
/// names that they have in Authlete; the others after the clients exist only in the sandbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    pub service_id: String,
    /// Bearer token of API v3, also accepted by v2.
    pub access_token: String,
    /// Basic credentials of API v2; none if the key is empty.
    #[serde(default)]
    pub api_key: String,
    #[serde(default)]
    pub api_secret: String,
    #[serde(default = "default_issuer")]
    pub issuer: String,
    #[serde(default = "default_clients")]
    pub clients: Vec<Client>,
    #[serde(default)]
    pub error_description_omitted: bool,
    #[serde(default)]
    pub error_uri_omitted: bool,
    #[serde(default)]
    pub iss_suppressed: bool,
    /// `interval` for clients that poll for a CIBA response, in seconds.
    #[serde(default = "default_polling_interval")]
    pub backchannel_polling_interval: u32,
    /// Seconds until a JWT response expires.
    #[serde(default = "default_authorization_response_duration")]
    pub authorization_response_duration: u32,
    /// Seconds until an ID token expires.
    #[serde(default = "default_id_token_duration")]
    pub id_token_duration: u32,
    /// The `dpopNonce` of every API response from `auth/token`; none if it is empty.
    #[serde(default)]
    pub dpop_nonce: String,
    /// Refuses plain HTTP, as Authlete does.
    #[serde(default)]
    pub tls_required: bool,
    /// Actions that replace the assumed ones, by result code.
    #[serde(default)]
    pub assumed_actions: AssumedActions,
    /// Binds the access token to a DPoP key; None: requests need no DPoP proof.
    #[serde(default)]
    pub api_dpop: Option<ApiDpop>,
    /// A second access token, which is accepted if `api_dpop` is set. It is not bound to a key, so that a
    /// test can get tickets without DPoP. If it is empty, the service has none.
    #[serde(default)]
    pub unbound_token: String,
}

/// An OAuth client.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Client {
    pub client_id: u64,
    /// Empty for a public client.
    #[serde(default)]
    pub client_secret: String,
    #[serde(default = "default_client_name")]
    pub client_name: String,
    /// For an authorization request without a redirect URI. A request may have any absolute
    /// redirect URI, so that a test suite need not register its own.
    #[serde(default = "default_redirect_uri")]
    pub redirect_uri: String,
    #[serde(default)]
    pub delivery_mode: DeliveryMode,
    /// Required for the delivery modes PING and PUSH.
    #[serde(default)]
    pub client_notification_endpoint: String,
    /// Signature algorithm of JWT responses.
    #[serde(default)]
    pub authorization_sign_alg: SignatureAlgorithm,
    #[serde(default)]
    pub id_token_sign_alg: SignatureAlgorithm,
}

/// The delivery of the result of a backchannel authentication to the client (CIBA Core 1.0, 5).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DeliveryMode {
    #[default]
    Poll,
    Ping,
    Push,
}

impl Client {
    /// A confidential client in poll mode; change the fields that differ.
    pub fn new(client_id: u64, client_secret: &str) -> Self {
        Self {
            client_id,
            client_secret: client_secret.to_owned(),
            client_name: default_client_name(),
            redirect_uri: default_redirect_uri(),
            delivery_mode: DeliveryMode::Poll,
            client_notification_endpoint: String::new(),
            authorization_sign_alg: SignatureAlgorithm::default(),
            id_token_sign_alg: SignatureAlgorithm::default(),
        }
    }

    pub(crate) fn is_public(&self) -> bool {
        self.client_secret.is_empty()
    }
}

impl Service {
    /// The two built-in services: one that sends all members, and a "quiet" one that omits the
    /// optional ones.
    pub fn defaults() -> Vec<Self> {
        let full = Self {
            service_id: SERVICE_ID.to_owned(),
            access_token: ACCESS_TOKEN.to_owned(),
            api_key: SERVICE_ID.to_owned(),
            api_secret: API_SECRET.to_owned(),
            issuer: default_issuer(),
            clients: default_clients(),
            error_description_omitted: false,
            error_uri_omitted: false,
            iss_suppressed: false,
            backchannel_polling_interval: default_polling_interval(),
            authorization_response_duration: default_authorization_response_duration(),
            id_token_duration: default_id_token_duration(),
            dpop_nonce: String::new(),
            tls_required: false,
            assumed_actions: AssumedActions::new(),
            api_dpop: None,
            unbound_token: UNBOUND_TOKEN.to_owned(),
        };
        let quiet = Self {
            service_id: QUIET_SERVICE_ID.to_owned(),
            access_token: QUIET_ACCESS_TOKEN.to_owned(),
            api_key: QUIET_SERVICE_ID.to_owned(),
            api_secret: QUIET_API_SECRET.to_owned(),
            error_description_omitted: true,
            error_uri_omitted: true,
            iss_suppressed: true,
            unbound_token: QUIET_UNBOUND_TOKEN.to_owned(),
            ..full.clone()
        };
        vec![full, quiet]
    }

    /// Reads a config file, a JSON array of services.
    pub fn from_config(text: &str) -> Result<Vec<Self>, String> {
        strict::from_slice(text.as_bytes())
    }

    pub(crate) fn client(&self, client_id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.client_id.to_string() == client_id)
    }

    /// The algorithm that `member` returns for a client.
    pub(crate) fn algorithm(
        &self,
        client_id: u64,
        member: fn(&Client) -> SignatureAlgorithm,
    ) -> SignatureAlgorithm {
        let client = self.clients.iter().find(|client| client.client_id == client_id);
        client.map(member).unwrap_or_default()
    }

    /// The algorithms that `members` return for all clients, without duplicates.
    pub(crate) fn algorithms(
        &self,
        members: &[fn(&Client) -> SignatureAlgorithm],
    ) -> BTreeSet<SignatureAlgorithm> {
        let of_client = |client| members.iter().map(move |member| member(client));
        self.clients.iter().flat_map(of_client).collect()
    }
}

/// Returns the reason why a service would be unreachable, ambiguous or incomplete, as one line.
pub(crate) fn check<'s>(services: impl IntoIterator<Item = &'s Service>) -> Result<(), String> {
    let mut ids = HashSet::new();
    let mut tokens = HashSet::new();
    let mut keys = HashSet::new();
    for service in services {
        let id = &service.service_id;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if id.is_empty() || !id.chars().all(is_plain) {
            return Err(format!("serviceId {id:?} must contain only letters, digits, _ and -"));
        }
        if !ids.insert(id) {
            return Err(format!("duplicate serviceId {id:?}"));
        }
        if service.access_token.is_empty() {
            return Err(format!("the accessToken of service {id} is empty"));
        }
        if !tokens.insert(&service.access_token) {
            return Err(format!("service {id} has the accessToken of another service"));
        }
        if !service.unbound_token.is_empty() && !tokens.insert(&service.unbound_token) {
            return Err(format!(
                "the unboundToken of service {id} is the access token of a service"
            ));
        }
        if let Some(dpop) = &service.api_dpop {
            dpop.check().map_err(|error| format!("service {id}: {error}"))?;
        }
        if !service.api_key.is_empty() && !keys.insert(&service.api_key) {
            return Err(format!("service {id} has the apiKey of another service"));
        }
        assumed_action::check(&service.assumed_actions)
            .map_err(|error| format!("service {id}: {error}"))?;
        for client in &service.clients {
            let is_notified = client.delivery_mode != DeliveryMode::Poll;
            if is_notified && client.client_notification_endpoint.is_empty() {
                let client_id = client.client_id;
                return Err(format!("client {client_id} has no clientNotificationEndpoint"));
            }
        }
    }
    Ok(())
}

fn default_issuer() -> String {
    ISSUER.to_owned()
}

fn default_clients() -> Vec<Client> {
    vec![Client::new(CLIENT_ID, CLIENT_SECRET)]
}

fn default_redirect_uri() -> String {
    REDIRECT_URI.to_owned()
}

fn default_client_name() -> String {
    "My client".to_owned()
}

/// CIBA Core 1.0, 7.3: the interval if the response has none.
fn default_polling_interval() -> u32 {
    5
}

/// The maximum that JARM 2.1 recommends.
fn default_authorization_response_duration() -> u32 {
    600
}

fn default_id_token_duration() -> u32 {
    3600
}
