//! The environment as a configuration, by the names that Authlete's own libraries use
//! (authlete-java-common, `AuthleteEnvConfiguration`).

use std::env::{self, VarError};

use crate::error::Error;
use crate::json;
use crate::secret::Secret;
use crate::status::Status;

/// Each variable and the keys that its value may stand for.
pub const VARIABLES: &[(&str, &[&str])] = &[
    ("AUTHLETE_BASE_URL", &["baseUrl"]),
    ("AUTHLETE_API_VERSION", &["apiVersion"]),
    ("AUTHLETE_SERVICE_APIKEY", &["serviceId", "apiKey"]),
    ("AUTHLETE_SERVICE_APISECRET", &["apiSecret"]),
    ("AUTHLETE_SERVICE_ACCESSTOKEN", &["accessToken"]),
];

/// What Authlete's libraries take from the environment and this one cannot do.
const UNSUPPORTED: &[&str] = &["AUTHLETE_DPOP_KEY", "AUTHLETE_CLIENT_CERTIFICATE"];

/// The variables as a configuration document.
pub fn document() -> Result<Secret, Error> {
    for variable in UNSUPPORTED {
        if env::var_os(variable).is_some() {
            return Err(invalid(variable, "is not supported; unset it"));
        }
    }
    let version = read("AUTHLETE_API_VERSION")?;
    let version = match version.as_ref().map(Secret::expose) {
        None | Some(b"V3" | b"v3") => "v3",
        Some(b"V2" | b"v2") => "v2",
        Some(_) => return Err(invalid("AUTHLETE_API_VERSION", "must be V3 or V2")),
    };
    let mut document = Vec::with_capacity(16 * 1024);
    json::push_string(&mut document, "apiVersion", version);
    for (variable, keys) in VARIABLES {
        // With API v3 the service API key is the service id.
        let key = if version == "v2" { keys.last() } else { keys.first() };
        if let (Some(key), Some(value)) = (key, read(variable)?)
            && *variable != "AUTHLETE_API_VERSION"
        {
            json::push_string(
                &mut document,
                key,
                str::from_utf8(value.expose()).unwrap_or_default(),
            );
        }
    }
    document.push(b'}');
    Ok(Secret::new(document))
}

fn read(variable: &str) -> Result<Option<Secret>, Error> {
    match env::var(variable) {
        Ok(value) if value.is_empty() => {
            Err(invalid(variable, "is set but empty; unset it or give it a value"))
        }
        Ok(value) => Ok(Some(Secret::new(value.into_bytes()))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(invalid(variable, "must be UTF-8")),
    }
}

fn invalid(variable: &str, wrong: &str) -> Error {
    Error::new(Status::InvalidConfig, format!("environment: {variable} {wrong}"))
}
