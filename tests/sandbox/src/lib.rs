//! A local Authlete emulator, for API v3 and v2: it issues tickets, codes and tokens and fails requests
//! as documented by Authlete.
//!
//! A test suite starts it in-process; the program of the same name starts it from the command line.
//!
//! ```
//! # use authlete_fail_sandbox::{Options, Sandbox, StartError};
//! let sandbox = Sandbox::start(Options::default())?;
//! assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
//! # Ok::<(), StartError>(())
//! ```
//!
//! Behaviour that Authlete does not document is assumed and listed in [`ASSUMED`].

mod api;
mod assumed;
mod assumed_action;
mod authorization_request;
mod authorization_response;
mod backchannel_request;
mod body;
mod clock;
mod codes;
mod control;
mod credentials;
mod cut_body;
mod discovery;
mod dpop;
mod exchange;
mod fail;
mod fault;
mod grant;
mod id_token;
mod issue;
mod log_line;
mod redact;
mod request;
mod request_log;
mod response;
mod sandbox;
mod server;
mod service;
mod signer;
mod state;
mod strict;
mod ticket_info;
mod ticket_table;
mod tickets;
mod tls;
mod tokens;

pub use assumed::ASSUMED;
pub use assumed_action::{AssumedAction, AssumedActions};
pub use dpop::{ApiDpop, NoncePolicy};
pub use sandbox::{Options, Sandbox, StartError};
pub use service::{
    ACCESS_TOKEN, API_SECRET, CLIENT_ID, CLIENT_SECRET, Client, DeliveryMode, ISSUER,
    QUIET_ACCESS_TOKEN, QUIET_API_SECRET, QUIET_SERVICE_ID, QUIET_UNBOUND_TOKEN, REDIRECT_URI,
    SERVICE_ID, Service, UNBOUND_TOKEN,
};
pub use signer::SignatureAlgorithm;
pub use tls::Tls;
