//! A backchannel authentication request (CIBA), from its ticket to the decision of the end-user.

use std::time::Duration;

use crate::tokens::Grant;

/// Assumed for the service's `backchannelAuthReqIdDuration`.
pub(crate) const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A request for which a ticket was issued.
pub(crate) struct AuthenticationRequest {
    pub client_id: u64,
    pub scopes: Vec<String>,
    pub notification_token: Option<String>,
    pub stage: Stage,
}

#[derive(Clone)]
pub(crate) enum Stage {
    Requested,
    /// The `auth_req_id` was issued.
    Issued(String),
    Completed,
}

impl AuthenticationRequest {
    /// Whether its ticket can still be used.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Completed)
    }
}

/// The state of an `auth_req_id`.
pub(crate) struct Poll {
    pub client_id: u64,
    /// None until the end-user decides.
    pub decision: Option<Decision>,
    /// The time of the last token request before the decision.
    pub last_poll: Option<Duration>,
}

pub(crate) enum Decision {
    Authorized(Grant),
    Refused(Refused),
}

/// A decision with a `result` other than AUTHORIZED.
pub(crate) struct Refused {
    pub result: &'static str,
    /// The OAuth error.
    pub error: &'static str,
    pub description: Option<String>,
    pub uri: Option<String>,
}
