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
use super::registry::Registry;
use super::resolver::Resolver;
use super::socket::Socket;
use super::tls::TlsStream;
use crate::config::Config;
use crate::secret::Secret;

/// How long a connection serves, so that a host that has moved is followed.
const MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// A connection that has idled this long is looked at before it is used: the server may have closed
/// it, or sent what nobody asked for.
const IDLE_WITHOUT_CHECK: Duration = Duration::from_millis(1);

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
    pub fn new(config: Arc<Config>, tls: Option<Tls>) -> Self {
        let (host, port) = match &config.proxy {
            Some(proxy) => (proxy.host.clone(), proxy.port),
            None => (config.base_url.host.clone(), config.base_url.port),
        };
        Self {
            config,
            tls,
            resolver: Resolver::new(host, port),
            registry: Arc::new(Registry::new()),
            idle: Mutex::default(),
        }
    }

    /// What is added to the head of every request.
    pub fn headers(&self) -> &Secret {
        &self.config.headers
    }

    /// Takes a connection that may serve again.
    pub fn give_back(&self, mut connection: Connection) {
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

    /// Ends the calls in flight, closes what idles, and opens nothing any more.
    pub fn shutdown(&self) {
        self.registry.shutdown();
        self.resolver.shutdown();
        self.close_idle();
    }

    /// Closes the connections that idle; those in use go on.
    pub fn close_idle(&self) {
        let idle = mem::take(&mut *self.lock());
        drop(idle);
    }

    /// In a forked child; see [`Registry::close_inherited`].
    pub fn close_inherited(&self) {
        self.registry.close_inherited();
    }

    fn take(&self) -> Option<Connection> {
        loop {
            let mut connection = self.lock().pop()?;
            let now = Instant::now();
            let idle = now.duration_since(connection.idle_since);
            let is_usable = !self.is_too_old(&connection, now)
                && (idle < IDLE_WITHOUT_CHECK || connection.socket().is_quiet());
            if is_usable {
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
        let stream = dial(&addresses, &self.registry)?;
        let mut socket = Socket::new(stream, self.config.timeout).map_err(Failure::NotConnected)?;
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
        Ok(Connection::new(stream))
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
