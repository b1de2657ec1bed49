//! Opens connections: DNS lookup, TCP connection, proxy tunnel, TLS handshake.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;

use super::connection::Connection;
use super::deadline::Deadline;
use super::dial::dial;
use super::failure::Failure;
use super::progress::{Peer, Progress, Stage, timed};
use super::proxy::open_tunnel;
use super::published::Published;
use super::registry::Registry;
use super::resolver::Resolver;
use super::socket::Socket;
use super::stream::Stream;
use super::tls::{TlsStream, client_config};
use crate::config::Config;
use crate::error::Error;
use crate::stats::Counters;

/// The size of the TLS session cache for the one host. It is rustls's default for a host, rounded
/// up.
const MAX_SESSIONS: usize = 8;

/// The TLS configuration, and the host name for which the server's certificate must be valid.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// Returns `None` if the base URL starts with `http://`.
    pub fn new(config: &Config) -> Result<Option<Self>, Error> {
        if !config.base_url.is_https {
            return Ok(None);
        }
        let name = ServerName::try_from(config.base_url.host.clone());
        let name = name.map_err(|_| Error::internal("invalid TLS server name"))?;
        let config = client_config(config);
        let config = config.map_err(|_| Error::internal("invalid TLS configuration"))?;
        Ok(Some(Self { config, name }))
    }

    /// Returns a copy with its own, empty session cache, for one network. A forked child
    /// cannot use the parent's cache: its lock may stay locked forever, and the session tickets in
    /// it belong to the parent.
    pub fn without_sessions(&self) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.resumption = Resumption::in_memory_sessions(MAX_SESSIONS);
        Self { config: Arc::new(config), name: self.name.clone() }
    }
}

/// Opens the connections of one process.
#[derive(Debug)]
pub struct Opener {
    config: Arc<Config>,
    tls: Option<Tls>,
    resolver: Resolver,
    registry: Arc<Registry>,
    counters: Arc<Counters>,
}

impl Opener {
    pub fn new(
        config: Arc<Config>,
        tls: Option<Tls>,
        registry: Arc<Registry>,
        published: Arc<Published>,
        counters: Arc<Counters>,
    ) -> Self {
        let (host, port) = match &config.proxy {
            Some(proxy) => (proxy.host.clone(), proxy.port),
            None => (config.base_url.host.clone(), config.base_url.port),
        };
        let resolver = Resolver::new(host, port, published, Arc::clone(&counters));
        Self { config, tls, resolver, registry, counters }
    }

    /// Opens a connection. Updates `progress` to the point that it has reached.
    pub fn open(
        &self,
        deadline: Deadline,
        progress: &mut Progress,
    ) -> Result<Box<Connection>, Failure> {
        let config = &self.config;
        let deadline = deadline.within(config.connect_timeout);
        let times = &mut progress.opening;
        progress.stage = Stage::Lookup;
        let addresses = match self.resolver.known() {
            Some(addresses) => addresses,
            None => timed(&mut times.dns, || self.resolver.resolve(deadline))?,
        };
        progress.stage = Stage::Tcp;
        let dialled = timed(&mut times.tcp, || dial(&addresses, &self.registry, deadline))?;
        let mut peer = Peer { address: dialled.address, tls: None };
        progress.peer = Some(peer);
        let mut socket = Socket::new(dialled, deadline, config).map_err(Failure::NotConnected)?;
        if let Some(proxy) = &config.proxy {
            progress.stage = Stage::Proxy;
            let authority = &config.base_url.authority;
            timed(&mut times.proxy, || open_tunnel(&mut socket, proxy, authority))?;
        }
        let stream = match &self.tls {
            None => Stream::Plain(socket),
            Some(Tls { config, name }) => {
                progress.stage = Stage::Tls;
                let handshake = || TlsStream::handshake(Arc::clone(config), name.clone(), socket);
                let stream = timed(&mut times.tls, handshake)?;
                let session = stream.session();
                let handshakes = &self.counters.tls_handshakes;
                let counter =
                    if session.is_resumed { &handshakes.resumed } else { &handshakes.full };
                counter.increment();
                peer.tls = Some(session);
                progress.peer = Some(peer);
                Stream::Tls(Box::new(stream))
            }
        };
        let counters = Arc::clone(&self.counters);
        Ok(Box::new(Connection::new(Arc::clone(config), counters, stream, peer)))
    }

    /// Ends all waits for a DNS lookup.
    pub fn shutdown(&self) {
        self.resolver.shutdown();
    }
}
