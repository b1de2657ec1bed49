//! The configuration: one JSON object or the environment, every value checked before use.

mod base_url;
mod environment;
mod settings;

use std::ops::RangeInclusive;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::Error;
use crate::log::Level;
use crate::secret::Secret;
pub use base_url::BaseUrl;
use settings::Settings;

/// What a client needs to know, known to be usable.
#[derive(Debug)]
pub struct Config {
    pub base_url: BaseUrl,
    /// API v3 only.
    pub service_id: Option<String>,
    /// The value of the Authorization header.
    pub authorization: Secret,
    /// For the whole call.
    pub timeout: Duration,
    /// For name lookup, TCP and TLS together.
    pub connect_timeout: Duration,
    pub max_idle_connections: usize,
    pub idle_timeout: Duration,
    /// `None`: the roots that come with the library.
    pub roots: Option<Vec<CertificateDer<'static>>>,
    pub user_agent: String,
    /// 302 or 303.
    pub location_status: u16,
    pub log_level: Level,
    pub allow_unknown_reasons: bool,
}

/// Every key that is honoured.
const KEYS: &[&str] = &[
    "baseUrl",
    "apiVersion",
    "serviceId",
    "accessToken",
    "apiKey",
    "apiSecret",
    "timeoutMs",
    "connectTimeoutMs",
    "maxIdleConnections",
    "idleTimeoutMs",
    "roots",
    "caFile",
    "caPem",
    "userAgent",
    "locationStatus",
    "logLevel",
    "allowUnknownReasons",
    "allowInsecureHttp",
];

/// Keys that a later version honours; ignoring them would be worse than refusing them.
const NOT_YET: &[&str] =
    &["clientCertFile", "clientCertPem", "clientKeyFile", "clientKeyPem", "proxy", "retry"];

const TIMEOUT_MS: RangeInclusive<u64> = 1..=600_000;

/// A longer token does not fit into a request head.
const MAX_CREDENTIAL_LEN: usize = 4096;

impl Config {
    /// Reads `text`, or the environment where `text` is empty.
    pub fn read(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            let document = environment::document()?;
            Self::from_settings(&Settings::from_environment(&document)?)
        } else {
            Self::from_settings(&Settings::from_json(text)?)
        }
    }

    fn from_settings(settings: &Settings<'_>) -> Result<Self, Error> {
        let is_v3 = settings.choice("apiVersion", &["v3", "v2"])?.unwrap_or("v3") == "v3";
        let allow_insecure_http = settings.boolean("allowInsecureHttp")?.unwrap_or(false);
        let base_url = BaseUrl::parse(&settings.required("baseUrl")?, allow_insecure_http)
            .map_err(|wrong| settings.invalid("baseUrl", &wrong))?;
        let (service_id, authorization) =
            if is_v3 { v3_credentials(settings)? } else { (None, v2_credentials(settings)?) };
        let milliseconds = |key, range, default| {
            Ok(Duration::from_millis(settings.integer(key, range)?.unwrap_or(default)))
        };
        let timeout = milliseconds("timeoutMs", TIMEOUT_MS, 10_000)?;
        let max_idle_connections =
            settings.integer("maxIdleConnections", 0..=1024)?.unwrap_or(64) as usize;
        let location_status = match settings.integer("locationStatus", 302..=303)? {
            Some(303) => 303,
            _ => 302,
        };
        let log_level = match settings.choice("logLevel", &Level::NAMES)? {
            Some(name) => Level::from_name(name),
            None => Level::Warn,
        };
        Ok(Self {
            base_url,
            service_id,
            authorization,
            timeout,
            connect_timeout: milliseconds("connectTimeoutMs", TIMEOUT_MS, 3_000)?.min(timeout),
            max_idle_connections,
            idle_timeout: milliseconds("idleTimeoutMs", 0..=600_000, 4_000)?,
            roots: roots(settings)?,
            user_agent: user_agent(settings)?,
            location_status,
            log_level,
            allow_unknown_reasons: settings.boolean("allowUnknownReasons")?.unwrap_or(false),
        })
    }
}

fn v3_credentials(settings: &Settings<'_>) -> Result<(Option<String>, Secret), Error> {
    for key in ["apiKey", "apiSecret"] {
        if settings.has(key) {
            return Err(settings.invalid(key, "is for API v2; v3 takes an access token"));
        }
    }
    let service_id = settings.required("serviceId")?;
    let has_form = (1..=64).contains(&service_id.len())
        && service_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !has_form {
        let rule = "must be 1 to 64 letters, digits, underscores or hyphens";
        return Err(settings.invalid("serviceId", rule));
    }
    settings.required("accessToken")?;
    Ok((Some(service_id.into_owned()), bearer(settings)?))
}

fn v2_credentials(settings: &Settings<'_>) -> Result<Secret, Error> {
    if settings.has("serviceId") {
        return Err(settings.invalid("serviceId", "is for API v3; v2 has none"));
    }
    let has_token = settings.has("accessToken");
    for key in ["apiKey", "apiSecret"] {
        if has_token && settings.has(key) {
            let wrong = format!("must not stand beside {}", settings.label("accessToken"));
            return Err(settings.invalid(key, &wrong));
        }
        if !has_token && !settings.has(key) {
            let wrong = format!("is missing ({} would do instead)", settings.label("accessToken"));
            return Err(settings.invalid(key, &wrong));
        }
    }
    if has_token { bearer(settings) } else { basic(settings) }
}

fn bearer(settings: &Settings<'_>) -> Result<Secret, Error> {
    let token = Secret::new(credential(settings, "accessToken")?);
    let mut value = Vec::with_capacity("Bearer ".len() + token.expose().len());
    value.extend_from_slice(b"Bearer ");
    value.extend_from_slice(token.expose());
    Ok(Secret::new(value))
}

fn basic(settings: &Settings<'_>) -> Result<Secret, Error> {
    let key = Secret::new(credential(settings, "apiKey")?);
    if key.expose().contains(&b':') {
        // RFC 7617, section 2: the first colon ends the user name.
        return Err(settings.invalid("apiKey", "must not hold a colon"));
    }
    let secret = Secret::new(credential(settings, "apiSecret")?);
    let mut pair = Vec::with_capacity(key.expose().len() + 1 + secret.expose().len());
    pair.extend_from_slice(key.expose());
    pair.push(b':');
    pair.extend_from_slice(secret.expose());
    let pair = Secret::new(pair);
    let mut value = String::with_capacity("Basic ".len() + pair.expose().len().div_ceil(3) * 4);
    value.push_str("Basic ");
    BASE64_STANDARD.encode_string(pair.expose(), &mut value);
    Ok(Secret::new(value.into_bytes()))
}

fn credential(settings: &Settings<'_>, key: &str) -> Result<Vec<u8>, Error> {
    let value = settings.required(key)?;
    if !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(settings.invalid(key, "must be visible ASCII without spaces"));
    }
    if value.len() > MAX_CREDENTIAL_LEN {
        let wrong = format!("is {} bytes long; at most {MAX_CREDENTIAL_LEN} fit", value.len());
        return Err(settings.invalid(key, &wrong));
    }
    Ok(value.into_owned().into_bytes())
}

fn roots(settings: &Settings<'_>) -> Result<Option<Vec<CertificateDer<'static>>>, Error> {
    let mut given = ["roots", "caFile", "caPem"].into_iter().filter(|key| settings.has(key));
    let key = match (given.next(), given.next()) {
        (Some(first), Some(second)) => {
            let wrong = format!("must not stand beside {}", settings.label(first));
            return Err(settings.invalid(second, &wrong));
        }
        (key, _) => key,
    };
    let pem = match key {
        None => return Ok(None),
        Some("roots") => {
            return match settings.choice("roots", &["bundled", "system"])? {
                Some("system") => Err(settings.invalid("roots", "\"system\" is not supported yet")),
                _ => Ok(None),
            };
        }
        Some("caFile") => {
            let path = settings.required("caFile")?;
            std::fs::read(path.as_ref()).map_err(|error| {
                settings.invalid("caFile", &format!("cannot be read ({})", error.kind()))
            })?
        }
        Some(key) => settings.required(key)?.into_owned().into_bytes(),
    };
    certificates(&pem).map(Some).map_err(|wrong| settings.invalid(key.unwrap_or("caPem"), &wrong))
}

/// The certificates of a PEM text, each of which must serve as a trust anchor.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut certificates = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| "is not valid PEM".to_owned())?;
        rustls::RootCertStore::empty().add(certificate.clone()).map_err(|_| {
            format!("has a certificate (number {}) that cannot be read", certificates.len() + 1)
        })?;
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        return Err("holds no PEM certificate".to_owned());
    }
    Ok(certificates)
}

fn user_agent(settings: &Settings<'_>) -> Result<String, Error> {
    let Some(value) = settings.string("userAgent")? else {
        return Ok(concat!("authlete-fail/", env!("CARGO_PKG_VERSION")).to_owned());
    };
    let is_visible = value.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if !is_visible || value.trim_ascii() != value || !(1..=256).contains(&value.len()) {
        let rule = "must be 1 to 256 visible ASCII characters, with spaces only between them";
        return Err(settings.invalid("userAgent", rule));
    }
    Ok(value.into_owned())
}
