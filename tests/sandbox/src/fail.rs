//! The three fail calls. Each file has a decision table: conditions in the order of Authlete's result
//! codes, then the reasons with the OAuth errors that authlete-java-common documents.

pub(crate) mod authorization;
pub(crate) mod backchannel;
pub(crate) mod token;
