//! The three fail calls. Each file has a decision table: conditions in the order of Authlete's result
//! codes, then the reasons with the OAuth errors that authlete-java-common documents.

pub(crate) mod authorization;
pub(crate) mod backchannel;
pub(crate) mod jarm;
pub(crate) mod redirect;
pub(crate) mod token;

use crate::codes::Code;
use crate::response::{Action, Failure};
use crate::tickets::Refusal;

/// The failures of a ticket that cannot be used.
struct TicketTable {
    missing: Failure,
    unknown: Failure,
    foreign: Failure,
    expired: Failure,
}

impl TicketTable {
    fn failure(&self, refusal: Refusal) -> &Failure {
        match refusal {
            Refusal::Missing => &self.missing,
            Refusal::Unknown => &self.unknown,
            Refusal::Foreign => &self.foreign,
            Refusal::Expired => &self.expired,
        }
    }
}

/// An invalid request by the authorization server; the OAuth client gets a server error (Authlete
/// OpenAPI, "action is INTERNAL_SERVER_ERROR").
const fn server_error(code: Code) -> Failure {
    Failure { code, action: Action::InternalServerError, error: "server_error" }
}
