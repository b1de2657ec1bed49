//! The keys of the configuration and the environment variables that stand for some of them.

/// Every key of the JSON object.
pub const KEYS: &[&str] = &[
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

/// The environment variables that Authlete's own libraries use (authlete-java-common,
/// `AuthleteEnvConfiguration`), with the key for API v3 and the key for API v2.
pub const VARIABLES: &[(&str, &str, &str)] = &[
    ("AUTHLETE_BASE_URL", "baseUrl", "baseUrl"),
    ("AUTHLETE_API_VERSION", "apiVersion", "apiVersion"),
    // For API v3, the service API key is the service id.
    ("AUTHLETE_SERVICE_APIKEY", "serviceId", "apiKey"),
    ("AUTHLETE_SERVICE_APISECRET", "apiSecret", "apiSecret"),
    ("AUTHLETE_SERVICE_ACCESSTOKEN", "accessToken", "accessToken"),
];

/// Variables of Authlete's libraries that this library does not support.
pub const UNSUPPORTED_VARIABLES: &[&str] = &["AUTHLETE_DPOP_KEY", "AUTHLETE_CLIENT_CERTIFICATE"];
