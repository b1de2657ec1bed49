//! Reads the configuration from environment variables.

use std::env::{self, VarError};

use super::keys::{API_VERSION, JSON_VARIABLE, UNSUPPORTED_VARIABLES, VARIABLES, Variable};
use crate::error::Error;
use crate::secret::Secret;
use crate::status::Status;

/// The environment variables that are set.
pub struct Environment {
    /// The value of [`JSON_VARIABLE`].
    pub json: Option<Secret>,
    /// The values of [`VARIABLES`], in their order.
    pub values: Vec<(&'static Variable, Secret)>,
}

pub fn read() -> Result<Environment, Error> {
    for variable in UNSUPPORTED_VARIABLES {
        if env::var_os(variable).is_some() {
            return Err(invalid(variable, "is not supported; unset it"));
        }
    }
    let mut values = Vec::new();
    for variable in VARIABLES {
        values.extend(value_of(variable.name)?.map(|value| (variable, value)));
    }
    Ok(Environment { json: value_of(JSON_VARIABLE)?, values })
}

/// Returns the value of the key `apiVersion` for the value of [`API_VERSION`].
pub fn api_version(value: &Secret) -> Result<&'static str, Error> {
    match value.expose() {
        b"V3" | b"v3" => Ok("v3"),
        b"V2" | b"v2" => Ok("v2"),
        _ => Err(invalid(API_VERSION, "must be V3 or V2")),
    }
}

fn value_of(name: &str) -> Result<Option<Secret>, Error> {
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
