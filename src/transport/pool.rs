//! The connections of a client: those that idle, and new ones where none does.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use ureq::Error;
use ureq::unversioned::transport::{ConnectionDetails, Connector};

use super::attempt::{Attempt, Stage};
use super::connection::{Connection, Stream};
use super::dial::dial;
use super::failure::Failure;
use super::lent::Lent;
use super::proxy::open_tunnel;
use super::published::Published;
use super::registry::Registry;
use super::resolver::Resolver;
use super::socket::Socket;
use super::tls::TlsStream;
use crate::config::Config;
use crate::secret::Secret;

/// How long a connection serves, so that a host that has moved is followed.
const MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// As many as rustls keeps for one host by itself, rounded up.
const MAX_SESSIONS: usize = 8;

/// TLS as the configuration wants it.
#[derive(Clone, Debug)]
pub struct Tls {
    pub config: Arc<ClientConfig>,
    pub name: ServerName<'static>,
}

impl Tls {
    /// The same, with an empty store of sessions: the store has a lock, which a fork may find held,
    /// and its tickets are the parent's.
    pub fn without_sessions(&self) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.resumption = Resumption::in_memory_sessions(MAX_SESSIONS);
        Self { config: Arc::new(config), name: self.name.clone() }
    }
}

/// The connections of one process.
#[derive(Debug)]
pub struct Pool {
    config: Arc<Config>,
    tls: Option<Tls>,
    resolver: Resolver,
    registry: Arc<Registry>,
    /// The last one in is the first one out, so that those that are not needed grow old.
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub fn new(
        config: Arc<Config>,
        tls: Option<Tls>,
        registry: Arc<Registry>,
        published: Arc<Published>,
    ) -> Self {
        let (host, port) = match &config.proxy {
            Some(proxy) => (proxy.host.clone(), proxy.port),
            None => (config.base_url.host.clone(), config.base_url.port),
        };
        Self {
            config,
            tls,
            resolver: Resolver::new(host, port, published),
            registry,
            idle: Mutex::default(),
        }
    }

    /// What is added to the head of every request.
    pub fn headers(&self) -> &Secret {
        &self.config.headers
    }

    /// Takes a connection whose API response has been read to its end.
    pub fn give_back(&self, mut connection: Connection) {
        if connection.has_unread_input() {
            return;
        }
        let now = Instant::now();
        connection.idle_since = now;
        let mut too_old = Vec::new();
        let mut idle = self.lock();
        idle.push(connection);
        // Under the lock, which `shutdown` takes after it has set this.
        if self.registry.is_shut_down() {
            too_old.append(&mut idle);
        }
        while idle.len() > self.config.max_idle_connections
            || idle.first().is_some_and(|connection| self.is_too_old(connection, now))
        {
            too_old.push(idle.remove(0));
        }
        drop(idle);
        // Closed outside the lock.
        drop(too_old);
    }

    /// Ends the waits for a lookup, and closes idle connections; the registry has been shut down.
    pub fn shutdown(&self) {
        self.resolver.shutdown();
        self.close_idle();
    }

    /// Closes the connections that idle; those in use go on.
    pub fn close_idle(&self) {
        let idle = mem::take(&mut *self.lock());
        drop(idle);
    }

    /// An idle connection that can be reused. Each one is checked: the server may have closed it,
    /// or sent bytes that no request asked for. Those would be taken for the next API response, and
    /// every later response on that connection would go to the wrong call.
    fn take(&self) -> Option<Connection> {
        loop {
            let mut connection = self.lock().pop()?;
            if !self.is_too_old(&connection, Instant::now()) && connection.begin_exchange(true) {
                return Some(connection);
            }
        }
    }

    fn is_too_old(&self, connection: &Connection, now: Instant) -> bool {
        now.duration_since(connection.idle_since) >= self.config.idle_timeout
            || now.duration_since(connection.born) >= MAX_AGE
    }

    fn open(&self) -> Result<Connection, Failure> {
        Attempt::connect_within(self.config.connect_timeout);
        Attempt::enter(Stage::Lookup);
        let addresses = self.resolver.resolve()?;
        Attempt::enter(Stage::Tcp);
        let (stream, round_trip) = dial(&addresses, &self.registry)?;
        let mut socket =
            Socket::new(stream, self.config.timeout, round_trip).map_err(Failure::NotConnected)?;
        if let Some(proxy) = &self.config.proxy {
            Attempt::enter(Stage::Proxy);
            open_tunnel(&mut socket, proxy, &self.config.base_url.authority)?;
        }
        let stream = match &self.tls {
            None => Stream::Plain(socket),
            Some(Tls { config, name }) => {
                Attempt::enter(Stage::Tls);
                let stream = TlsStream::handshake(Arc::clone(config), name.clone(), socket)?;
                Stream::Tls(Box::new(stream))
            }
        };
        let mut connection = Connection::new(stream);
        connection.begin_exchange(false);
        Ok(connection)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What ureq asks for connections; its own pool is always empty.
#[derive(Debug)]
pub struct FromPool(pub Arc<Pool>);

impl Connector for FromPool {
    type Out = Lent;

    fn connect(&self, _: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Lent>, Error> {
        let pool = &self.0;
        let idle = if Attempt::is_second() { None } else { pool.take() };
        let is_reused = idle.is_some();
        let connection = match idle {
            Some(connection) => connection,
            None => pool.open()?,
        };
        Attempt::connected(is_reused);
        Ok(Some(Lent::new(connection, Arc::clone(pool))))
    }
}
