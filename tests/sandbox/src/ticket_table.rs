//! The failures of a ticket that cannot be used, one for each call that requires a ticket.

use crate::response::Failure;
use crate::tickets::Refusal;

pub(crate) struct TicketTable {
    pub missing: Failure,
    pub unknown: Failure,
    pub foreign: Failure,
    pub expired: Failure,
}

impl TicketTable {
    pub fn failure(&self, refusal: Refusal) -> &Failure {
        match refusal {
            Refusal::Missing => &self.missing,
            Refusal::Unknown => &self.unknown,
            Refusal::Foreign => &self.foreign,
            Refusal::Expired => &self.expired,
        }
    }
}
