//! Reads the configuration from environment variables.

use std::env::{self, VarError};

use super::keys::{UNSUPPORTED_VARIABLES, VARIABLES};
use crate::error::Error;
use crate::secret::Secret;
use crate::status::Status;

/// Returns the values of the variables that are set, each with its configuration key.
pub fn read() -> Result<Vec<(&'static str, Secret)>, Error> {
    for variable in UNSUPPORTED_VARIABLES {
        if env::var_os(variable).is_some() {
            return Err(invalid(variable, "is not supported; unset it"));
        }
    }
    let version = variable("AUTHLETE_API_VERSION")?;
    let version = match version.as_ref().map(Secret::expose) {
        None | Some(b"V3" | b"v3") => "v3",
        Some(b"V2" | b"v2") => "v2",
        Some(_) => return Err(invalid("AUTHLETE_API_VERSION", "must be V3 or V2")),
    };
    let mut values = Vec::new();
    for (name, v3_key, v2_key) in VARIABLES {
        let key = if version == "v2" { v2_key } else { v3_key };
        if *key == "apiVersion" {
            values.push((*key, Secret::new(version.into())));
        } else if let Some(value) = variable(name)? {
            values.push((*key, value));
        }
    }
    Ok(values)
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
