//! The three fail calls. Each file holds its decision table: conditions in the order of Authlete's
//! result codes, then the reasons with the OAuth errors that authlete-java-common documents.

pub(crate) mod authorization;
pub(crate) mod backchannel;
pub(crate) mod jarm;
pub(crate) mod redirect;
pub(crate) mod token;

use crate::answer::{Action, Outcome};
use crate::codes::Code;
use crate::tickets::Refusal;

/// What is answered to a ticket that cannot be used.
struct TicketTable {
    missing: Outcome,
    unknown: Outcome,
    foreign: Outcome,
    expired: Outcome,
}

impl TicketTable {
    fn outcome(&self, refusal: Refusal) -> &Outcome {
        match refusal {
            Refusal::Missing => &self.missing,
            Refusal::Unknown => &self.unknown,
            Refusal::Foreign => &self.foreign,
            Refusal::Expired => &self.expired,
        }
    }
}

/// A request of the authorization server that makes no sense: an error on the server side, as the
/// OAuth client sees it (Authlete OpenAPI, "action is INTERNAL_SERVER_ERROR").
const fn server_error(code: Code) -> Outcome {
    Outcome { code, action: Action::InternalServerError, error: "server_error" }
}
