//! An Authlete on loopback: it issues tickets and fails them as Authlete documents, for API v3 and v2.
//!
//! Test suites start it in-process; the program of the same name wraps it in a command line.
//!
//! ```
//! # use authlete_fail_sandbox::{Options, Sandbox, StartError};
//! let sandbox = Sandbox::start(Options::default())?;
//! assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
//! # Ok::<(), StartError>(())
//! ```
//!
//! What Authlete does not document, the sandbox decides for itself and lists as [`ASSUMED`].

mod answer;
mod api;
mod assumed;
mod authorization_request;
mod body;
mod codes;
mod control;
mod credentials;
mod fail;
mod issue;
mod sandbox;
mod server;
mod service;
mod state;
mod tickets;

pub use assumed::ASSUMED;
pub use sandbox::{Options, Sandbox, StartError, Tls};
pub use service::{
    ACCESS_TOKEN, API_SECRET, CLIENT_ID, CLIENT_SECRET, Client, ISSUER, QUIET_ACCESS_TOKEN,
    QUIET_API_SECRET, QUIET_SERVICE_ID, REDIRECT_URI, SERVICE_ID, Service,
};
