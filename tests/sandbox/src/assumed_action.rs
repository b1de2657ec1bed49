//! Actions that Authlete does not document. A service can switch them (`assumedActions`).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::response::{Action, Failure};

/// An action for an error of the authorization server or of its OAuth client.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AssumedAction {
    /// The OAuth error is `invalid_request`.
    BadRequest,
    /// The OAuth error is `server_error`.
    InternalServerError,
}

/// By result code.
pub type AssumedActions = BTreeMap<String, AssumedAction>;

/// The codes whose action is assumed. Those of authorization/issue have the default that they have in
/// authorization/fail.
const SWITCHABLE: &[&str] = &[
    "A041201", "A041202", "A041203", "A041301", "A059201", "A059202", "A059203", "A060201",
    "A063201", "A063202", "A063203", "A063301", "A067201",
];

pub(crate) fn check(actions: &AssumedActions) -> Result<(), String> {
    match actions.keys().find(|code| !SWITCHABLE.contains(&code.as_str())) {
        None => Ok(()),
        Some(code) => Err(format!(
            "assumedActions: {code:?} cannot be switched, expected one of {}",
            SWITCHABLE.join(", ")
        )),
    }
}

/// The failure with the action that the service has chosen.
pub(crate) fn switched(actions: &AssumedActions, failure: Failure) -> Failure {
    let (action, error) = match actions.get(failure.code.id) {
        None => return failure,
        Some(AssumedAction::BadRequest) => (Action::BadRequest, "invalid_request"),
        Some(AssumedAction::InternalServerError) => (Action::InternalServerError, "server_error"),
    };
    Failure { action, error, ..failure }
}
