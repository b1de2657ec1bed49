//! The configuration keys, and the environment variables that correspond to some of them.

/// All keys of the JSON object.
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

/// The environment variables, each with its key for API v3 and its key for API v2. The names are
/// those that Authlete's own libraries use (`AuthleteEnvConfiguration` of authlete-java-common).
pub const VARIABLES: &[(&str, &str, &str)] = &[
    ("AUTHLETE_BASE_URL", "baseUrl", "baseUrl"),
    ("AUTHLETE_API_VERSION", "apiVersion", "apiVersion"),
    // In API v3, the service API key is the service ID.
    ("AUTHLETE_SERVICE_APIKEY", "serviceId", "apiKey"),
    ("AUTHLETE_SERVICE_APISECRET", "apiSecret", "apiSecret"),
    ("AUTHLETE_SERVICE_ACCESSTOKEN", "accessToken", "accessToken"),
];

/// The environment variable that contains a JSON object with any other keys.
pub const JSON_VARIABLE: &str = "AUTHLETE_FAIL_CONFIG_JSON";

/// Variables of Authlete's libraries that this library does not support.
pub const UNSUPPORTED_VARIABLES: &[&str] = &["AUTHLETE_DPOP_KEY", "AUTHLETE_CLIENT_CERTIFICATE"];
