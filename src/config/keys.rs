//! The configuration keys, and the environment variables that correspond to some of them.

/// All keys of the JSON object.
pub const KEYS: &[&str] = &[
    "baseUrl",
    "apiVersion",
    "serviceId",
    "accessToken",
    "apiKey",
    "apiSecret",
    "dpopKey",
    "timeoutMs",
    "connectTimeoutMs",
    "maxIdleConnections",
    "idleTimeoutMs",
    "roots",
    "caFile",
    "caPem",
    "clientCertFile",
    "clientCertPem",
    "clientKeyFile",
    "clientKeyPem",
    "proxy",
    "userAgent",
    "locationStatus",
    "retry",
    "logLevel",
    "allowUnknownReasons",
    "allowInsecureHttp",
];

/// An environment variable, and its key for each version of the API.
pub struct Variable {
    pub name: &'static str,
    pub v3_key: &'static str,
    pub v2_key: &'static str,
}

/// The environment variables. The names are those that Authlete's own libraries use
/// (`AuthleteEnvConfiguration` of authlete-java-common). The API version comes first, because the
/// keys of the others depend on it.
pub const VARIABLES: &[Variable] = &[
    variable(API_VERSION, "apiVersion", "apiVersion"),
    variable("AUTHLETE_BASE_URL", "baseUrl", "baseUrl"),
    // In API v3, the service API key is the service ID.
    variable("AUTHLETE_SERVICE_APIKEY", "serviceId", "apiKey"),
    variable("AUTHLETE_SERVICE_APISECRET", "apiSecret", "apiSecret"),
    variable("AUTHLETE_SERVICE_ACCESSTOKEN", "accessToken", "accessToken"),
    variable("AUTHLETE_DPOP_KEY", "dpopKey", "dpopKey"),
];

pub const API_VERSION: &str = "AUTHLETE_API_VERSION";

const fn variable(name: &'static str, v3_key: &'static str, v2_key: &'static str) -> Variable {
    Variable { name, v3_key, v2_key }
}

/// The environment variable that contains a JSON object with any other keys.
pub const JSON_VARIABLE: &str = "AUTHLETE_FAIL_CONFIG_JSON";

/// Variables of Authlete's libraries that this library does not support.
pub const UNSUPPORTED_VARIABLES: &[&str] = &["AUTHLETE_CLIENT_CERTIFICATE"];
