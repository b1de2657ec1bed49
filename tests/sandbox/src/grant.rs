//! The grant types of `auth/token`. Each file checks its conditions in the order of Authlete's result
//! codes.

pub(crate) mod ciba;
pub(crate) mod code;
pub(crate) mod password;
pub(crate) mod pkce;
pub(crate) mod refresh;

use crate::codes::Code;
use crate::response::{Action, Failure, failure};

const fn invalid_grant(code: Code) -> Failure {
    failure(code, Action::BadRequest, "invalid_grant")
}
