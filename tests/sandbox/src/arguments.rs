//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;

use authlete_fail_sandbox::NoncePolicy;
use clap::Parser;

const HELP: &str = r#"ENDPOINTS:
  auth/authorization, backchannel/authentication and auth/token, and the calls that issue, complete or
  fail such a request; auth/authorization/ticket/info, service/configuration and service/jwks/get

GRANT TYPES:
  authorization_code (with PKCE), password, refresh_token, urn:openid:params:grant-type:ciba

CONFIG FILE:
  A JSON array of services. Only serviceId and accessToken are required.

  [{ "serviceId": "21653835348762", "accessToken": "sandbox-access-token",
     "apiKey": "21653835348762", "apiSecret": "sandbox-api-secret",
     "issuer": "https://as.example.com",
     "clients": [{ "clientId": 26478243745571, "clientSecret": "sandbox-client-secret",
                   "clientName": "My client", "redirectUri": "https://client.example.org/cb",
                   "deliveryMode": "POLL", "clientNotificationEndpoint": "",
                   "authorizationSignAlg": "ES256", "idTokenSignAlg": "ES256" }],
     "errorDescriptionOmitted": false, "errorUriOmitted": false, "issSuppressed": false,
     "backchannelPollingInterval": 5, "authorizationResponseDuration": 600,
     "idTokenDuration": 3600, "dpopNonce": "", "tlsRequired": false, "assumedActions": {},
     "unboundToken": "sandbox-unbound-token" }]

  A client with an empty clientSecret is public. deliveryMode is POLL, PING or PUSH (CIBA). JWT
  responses and ID tokens are signed with ES256, ES384 or EdDSA; the durations are in seconds.

  If dpopNonce is not empty, every API response from auth/token contains it. tlsRequired refuses plain
  HTTP with 400 A001201. assumedActions switches actions that Authlete does not document, by result
  code, to BAD_REQUEST or INTERNAL_SERVER_ERROR: {"A059202":"INTERNAL_SERVER_ERROR"}. The codes are
  A041201 to A041203, A041301, A059201 to A059203, A060201, A063201 to A063203, A063301 and A067201.

DPOP:
  With --api-dpop POLICY, or for a service with

    "apiDpop": { "nonce": "POLICY", "keyThumbprint": "" }

  each API request requires "Authorization: DPoP TOKEN" and a proof in the header DPoP (RFC 9449). Any
  other request gets 401. The nonce policies are:

  none           proofs need no nonce
  each-response  every response has a new nonce in the header DPoP-Nonce, which is accepted for 5 minutes
  single-use     the same, and each nonce is accepted once

  The first valid proof binds the access token to its key, unless keyThumbprint is the SHA-256 thumbprint
  of a JWK (RFC 7638). unboundToken is a second access token, for "Authorization: Bearer TOKEN" without a
  proof; tests can use it to get tickets. dpopNonce is unrelated: it is for OAuth clients.

CONTROL API:
  GET /sandbox                 numbers of requests and tickets, time, assumed behaviour
  POST /sandbox/clock          {"advanceSeconds":N,"serviceId":"ID"}: moves the clock; N may be negative
  POST /sandbox/faults         makes the next API requests fail:
                               {"serviceId":"ID","path":"/auth/authorization/fail","times":1,"status":503,
                                "headers":{"Retry-After":"1"},"body":"text or JSON","delayMs":0,
                                "disconnect":"before" or "during","processed":false}
  GET, DELETE /sandbox/faults  lists or removes the remaining faults
  GET, DELETE /sandbox/requests  lists or removes the last 1,000 API requests, without secrets
  POST /sandbox/services       {} or one service as in the config file: creates a service
  DELETE /sandbox/services/ID  removes a service

  POST requires Content-Type: application/json. The lists take ?serviceId=ID. serviceId and every member
  of a fault are optional.

  If the host is not a loopback address, every request to /sandbox requires Authorization: Bearer TOKEN.
  --control-token sets the token, also on loopback; otherwise a random one is printed.

TLS:
  --tls creates a CA and a certificate for localhost, 127.0.0.1, ::1, the host and each --tls-name.
  --tls-name may be repeated. The private keys stay in memory.

EXIT STATUS:
  0 after SIGTERM, SIGINT or, with --exit-on-eof, the end of standard input; 1 if it cannot start or if
  --health-check finds no sandbox; 2 for an invalid command line."#;

/// A local Authlete emulator: issues tickets, codes and tokens and fails requests as documented
#[derive(Parser)]
#[command(name = "authlete-fail-sandbox", version, after_help = HELP)]
pub struct Arguments {
    /// IP address to listen on; 0.0.0.0 for all
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port; 0 picks a free port
    #[arg(long, default_value_t = 8765)]
    pub port: u16,
    /// JSON file with the services that replace the two built-in ones
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Require DPoP in API requests, with this nonce policy; see below
    #[arg(long, value_name = "POLICY", hide_possible_values = true)]
    pub api_dpop: Option<NoncePolicy>,
    /// Bearer token of the control API; see below
    #[arg(long, value_name = "TOKEN")]
    pub control_token: Option<String>,
    /// Print one line for each API request to standard error
    #[arg(long)]
    pub log: bool,
    /// Enable HTTPS with a new CA, and write the CA certificate to this file
    #[arg(long, value_name = "CA_FILE", conflicts_with = "tls_certificate")]
    pub tls: Option<PathBuf>,
    /// Additional DNS name or IP address for the certificate of --tls
    #[arg(long, value_name = "NAME", requires = "tls")]
    pub tls_name: Vec<String>,
    /// PEM file with a certificate chain for localhost; enables HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the private key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Exit at the end of standard input, for example when the parent process exits
    #[arg(long)]
    pub exit_on_eof: bool,
    /// Start no sandbox; check that one listens on --host and --port
    #[arg(long)]
    pub health_check: bool,
}
