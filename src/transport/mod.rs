//! ureq, and what is put around it: a connector that looks names up only for a new connection, and
//! a transport that counts, so that a failed call knows what Authlete has seen of it.

mod connector;
mod failure;
mod progress;
mod tls;

use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config as AgentConfig};
use ureq::tls::TlsConfig;

use crate::config::Config;
use connector::{Deferred, NewConnection};
pub use failure::{Failed, classify};
pub use progress::Progress;

/// Buffer of a connection, each way; a request head or a response head has to fit in.
const BUFFER_LEN: usize = 16 * 1024;

/// The agent for a client; it opens no connection yet.
pub fn agent(config: &Config) -> Agent {
    let agent_config: AgentConfig = Agent::config_builder()
        .proxy(None)
        .tls_config(tls_config(config))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(config.user_agent.as_str())
        .accept("application/json")
        .accept_encoding(AutoHeaderValue::None)
        .timeout_global(Some(config.timeout))
        .timeout_connect(Some(config.connect_timeout))
        .max_response_header_size(BUFFER_LEN)
        .input_buffer_size(BUFFER_LEN)
        .output_buffer_size(BUFFER_LEN)
        .max_idle_connections(config.max_idle_connections)
        .max_idle_connections_per_host(config.max_idle_connections)
        .max_idle_age(config.idle_timeout)
        .build();
    Agent::with_parts(agent_config, NewConnection::default(), Deferred)
}

fn tls_config(config: &Config) -> TlsConfig {
    TlsConfig::builder()
        .root_certs(tls::roots(config.roots.as_deref()))
        .unversioned_rustls_crypto_provider(tls::provider())
        .build()
}
