//! Several attempts: when a call is tried once more, and what the attempts say together.

use std::time::Duration;

use crate::error::{MAYBE_PROCESSED, Problem};
use crate::status::{Status, TicketState};
use crate::verdict::Verdict;

/// A second attempt with less time than this would only fail in another way.
pub const MIN_REMAINING: Duration = Duration::from_millis(100);

/// The attempt that failed before the one whose verdict counts.
#[derive(Debug)]
pub struct Earlier {
    pub problem: Problem,
    /// Authlete may have acted on it, without anybody learning the answer.
    pub may_be_processed: bool,
}

impl Earlier {
    /// Makes the verdict on the later attempt one on both.
    pub fn amend(&self, verdict: &mut Verdict) {
        if self.may_be_processed
            && matches!(verdict.ticket_state, TicketState::Untouched | TicketState::Invalid)
        {
            verdict.ticket_state = TicketState::Unknown;
        }
        let Some(problem) = &mut verdict.problem else {
            return;
        };
        problem.what =
            format!("first attempt: {}; second attempt: {}", self.problem.what, problem.what);
        if self.may_be_processed {
            problem.consequence = Some(MAYBE_PROCESSED);
            // These statuses say that nothing was sent.
            if matches!(problem.status, Status::Connect | Status::Tls | Status::Resource) {
                problem.status = Status::Network;
            }
        }
    }
}
