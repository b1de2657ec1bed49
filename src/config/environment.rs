//! Reads the configuration from environment variables.

use std::env::{self, VarError};

use super::keys::{JSON_VARIABLE, UNSUPPORTED_VARIABLES, VARIABLES};
use crate::error::Error;
use crate::secret::Secret;
use crate::status::Status;

/// The environment variables that are set.
pub struct Environment {
    /// The value of [`JSON_VARIABLE`].
    pub json: Option<Secret>,
    /// The values of [`VARIABLES`], each with its position.
    pub values: Vec<(usize, Secret)>,
}

pub fn read() -> Result<Environment, Error> {
    for variable in UNSUPPORTED_VARIABLES {
        if env::var_os(variable).is_some() {
            return Err(invalid(variable, "is not supported; unset it"));
        }
    }
    let mut values = Vec::new();
    for (position, (name, ..)) in VARIABLES.iter().enumerate() {
        values.extend(variable(name)?.map(|value| (position, value)));
    }
    Ok(Environment { json: variable(JSON_VARIABLE)?, values })
}

/// Returns the value of `apiVersion` for the value of `AUTHLETE_API_VERSION`.
pub fn api_version(value: &Secret) -> Result<&'static str, Error> {
    match value.expose() {
        b"V3" | b"v3" => Ok("v3"),
        b"V2" | b"v2" => Ok("v2"),
        _ => Err(invalid("AUTHLETE_API_VERSION", "must be V3 or V2")),
    }
}

fn variable(name: &str) -> Result<Option<Secret>, Error> {
    match env::var(name) {
        Ok(value) if value.is_empty() => {
            Err(invalid(name, "is set but empty; unset it or give it a value"))
        }
        Ok(value) => Ok(Some(Secret::new(value.into_bytes()))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(invalid(name, "must be UTF-8")),
    }
}

fn invalid(variable: &str, problem: &str) -> Error {
    Error::of_input(Status::InvalidConfig, "environment", format!("{variable} {problem}"))
}
