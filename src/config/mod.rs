//! The configuration, read from a JSON object or from environment variables. All values are
//! validated when the client is created.

mod authority;
mod base_url;
mod credentials;
mod environment;
mod keys;
mod pem;
mod proxy;
mod settings;
mod trust;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::sign::SingleCertAndKey;

use crate::dpop::Dpop;
use crate::error::Error;
use crate::log::Level;
use crate::secret::Secret;
pub use authority::LOCALHOST;
pub use base_url::BaseUrl;
pub use credentials::access_token;
use keys::KEYS;
pub use proxy::Proxy;
pub use settings::{Settings, Source};

/// A valid configuration.
#[derive(Debug)]
pub struct Config {
    /// Shared with the replies.
    pub base_url: Arc<BaseUrl>,
    /// Set for API v3 only.
    pub service_id: Option<String>,
    /// The headers of a POST without options, as returned by [`Self::request_headers`].
    pub headers: Secret,
    user_agent: String,
    /// The value of the Authorization header.
    authorization: Secret,
    /// Creates the DPoP proofs, if the access tokens are bound to a key.
    pub dpop: Option<Arc<Dpop>>,
    /// The limit for the whole call, unless its options specify another.
    pub timeout: Duration,
    /// The limit for DNS lookup, TCP connection, proxy and TLS handshake together. The timeout of
    /// the call also applies.
    pub connect_timeout: Duration,
    pub max_idle_connections: usize,
    pub idle_timeout: Duration,
    pub roots: Arc<RootCertStore>,
    /// The client certificate and its private key.
    pub identity: Option<Arc<SingleCertAndKey>>,
    pub proxy: Option<Proxy>,
    /// 302 or 303.
    pub location_status: u16,
    /// Whether a call may make a second attempt.
    pub is_retry_enabled: bool,
    pub log_level: Level,
    pub allow_unknown_reasons: bool,
    pub labels: Labels,
}

/// The names of settings in error messages: keys in quotes, or environment variables.
#[derive(Debug)]
pub struct Labels {
    pub base_url: String,
    pub service_id: String,
    pub credentials: String,
    pub dpop_key: String,
    pub ca_file: String,
    pub client_certificate: String,
    pub proxy: String,
}

/// The range of `timeoutMs` and `connectTimeoutMs`.
pub const TIMEOUT_MS: RangeInclusive<u64> = 1..=600_000;

impl Config {
    /// Reads `text`, or the environment if `text` is empty.
    pub fn read(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            let environment = environment::read()?;
            Self::from_settings(&Settings::from_environment(&environment)?)
        } else {
            Self::from_settings(&Settings::from_json(text, KEYS, Source::Config)?)
        }
    }

    /// Returns the headers of a request that ureq does not add, each with its line terminator.
    /// `access_token` replaces the credentials of the configuration.
    pub fn request_headers(
        &self,
        has_body: bool,
        access_token: Option<&Secret>,
        additional: Option<&Secret>,
    ) -> Secret {
        let is_dpop = self.dpop.is_some();
        let own = access_token.map(|token| credentials::authorization(token, is_dpop));
        let authorization = own.as_ref().unwrap_or(&self.authorization);
        headers(has_body, &self.user_agent, authorization, additional)
    }

    fn from_settings(settings: &Settings<'_>) -> Result<Self, Error> {
        let is_v3 = settings.choice("apiVersion", &["v3", "v2"])?.unwrap_or("v3") == "v3";
        let allow_insecure_http = settings.boolean("allowInsecureHttp")?.unwrap_or(false);
        let base_url = BaseUrl::parse(&settings.required("baseUrl")?)
            .map_err(|problem| settings.invalid("baseUrl", &problem))?;
        if !base_url.is_https && !base_url.is_loopback && !allow_insecure_http {
            let problem = format!(
                "must start with https://; http:// is allowed only for localhost and loopback \
                 addresses (127.0.0.1, [::1]), or if {} is true",
                settings.label("allowInsecureHttp")
            );
            return Err(settings.invalid("baseUrl", &problem));
        }
        let (service_id, authorization) =
            if is_v3 { credentials::v3(settings)? } else { (None, credentials::v2(settings)?) };
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
        let user_agent = user_agent(settings)?;
        Ok(Self {
            service_id,
            headers: headers(true, &user_agent, &authorization, None),
            user_agent,
            authorization,
            dpop: credentials::dpop(settings, &base_url)?,
            timeout,
            connect_timeout: milliseconds("connectTimeoutMs", TIMEOUT_MS, 3_000)?,
            max_idle_connections,
            idle_timeout: milliseconds("idleTimeoutMs", 0..=600_000, 110_000)?,
            roots: Arc::new(trust::roots(settings)?),
            identity: trust::identity(settings)?,
            proxy: proxy::read(settings, base_url.is_https)?,
            is_retry_enabled: settings.choice("retry", &["safe", "none"])? != Some("none"),
            location_status,
            log_level,
            allow_unknown_reasons: settings.boolean("allowUnknownReasons")?.unwrap_or(false),
            labels: Labels {
                base_url: settings.label("baseUrl"),
                service_id: settings.label("serviceId"),
                credentials: credentials_label(settings),
                dpop_key: settings.label("dpopKey"),
                ca_file: settings.label("caFile"),
                client_certificate: settings.label("clientCertFile"),
                proxy: settings.label("proxy"),
            },
            base_url: Arc::new(base_url),
        })
    }
}

fn credentials_label(settings: &Settings<'_>) -> String {
    if settings.has("accessToken") {
        settings.label("accessToken")
    } else {
        format!("{} and {}", settings.label("apiKey"), settings.label("apiSecret"))
    }
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

fn headers(
    has_body: bool,
    user_agent: &str,
    authorization: &Secret,
    additional: Option<&Secret>,
) -> Secret {
    let content_type: &[u8] = if has_body { b"Content-Type: application/json\r\n" } else { b"" };
    Secret::concat(&[
        content_type,
        b"Accept: application/json\r\nUser-Agent: ",
        user_agent.as_bytes(),
        b"\r\nAuthorization: ",
        authorization.expose(),
        b"\r\n",
        additional.map(Secret::expose).unwrap_or_default(),
    ])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const PAGE: &str = include_str!("../../docs/reference/configuration.md");

    #[test]
    fn defaults_are_those_of_the_reference() {
        let text = r#"{"baseUrl":"https://h","serviceId":"1","accessToken":"t"}"#;
        let config = Config::read(text).unwrap();
        let text = |value: &str| format!("\"{value}\"");
        let insecure = Config::read(r#"{"baseUrl":"http://h","serviceId":"1","accessToken":"t"}"#);
        let is_bundled = config.roots.roots == webpki_roots::TLS_SERVER_ROOTS;
        let used = BTreeMap::from([
            ("apiVersion", text(if config.service_id.is_some() { "v3" } else { "v2" })),
            ("timeoutMs", config.timeout.as_millis().to_string()),
            ("connectTimeoutMs", config.connect_timeout.as_millis().to_string()),
            ("maxIdleConnections", config.max_idle_connections.to_string()),
            ("idleTimeoutMs", config.idle_timeout.as_millis().to_string()),
            ("retry", text(if config.is_retry_enabled { "safe" } else { "none" })),
            ("roots", text(if is_bundled { "bundled" } else { "system" })),
            ("locationStatus", config.location_status.to_string()),
            ("userAgent", config.user_agent.replace(env!("CARGO_PKG_VERSION"), "VERSION")),
            ("logLevel", text(Level::NAMES[config.log_level as usize - 1])),
            ("allowUnknownReasons", config.allow_unknown_reasons.to_string()),
            ("allowInsecureHttp", insecure.is_ok().to_string()),
        ]);
        let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `"));
        let documented: BTreeMap<_, _> = rows
            .map(|row| row.split('|').collect::<Vec<_>>())
            .filter(|cells| cells.len() == 5 && !cells[1].trim().is_empty())
            .map(|cells| (cells[0].trim_matches([' ', '`']), cells[1].trim().replace('`', "")))
            .collect();
        assert_eq!(documented, used);
    }
}
