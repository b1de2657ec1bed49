//! The handle with which a test starts, queries and stops a sandbox.

use std::io;
use std::net::{self, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::server;
use crate::service::{self, Service};
use crate::state::{State, lock};

/// Options of a sandbox.
pub struct Options {
    /// 0: any free port.
    pub port: u16,
    /// None: plain HTTP.
    pub tls: Option<Tls>,
    pub services: Vec<Service>,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, tls: None, services: Service::defaults() }
    }
}

/// The server's certificate chain and private key; the certificate must be for `localhost`.
pub struct Tls {
    pub certificate_pem: String,
    pub key_pem: String,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("tls: {0}")]
    Tls(String),
    #[error("services: {0}")]
    Services(String),
    #[error("cannot start: {0}")]
    Start(String),
}

/// A running sandbox. Dropping it stops the server and joins its thread.
pub struct Sandbox {
    base_url: String,
    state: Arc<State>,
    /// Dropped first, which stops the server.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox on 127.0.0.1. It accepts requests as soon as this returns.
    pub fn start(options: Options) -> Result<Self, StartError> {
        service::check(&options.services).map_err(StartError::Services)?;
        let tls = options.tls.as_ref().map(server::tls_acceptor).transpose()?;

        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = listen(address).map_err(|source| StartError::Listen { address, source })?;
        let port = listener.local_addr().map_err(start_error)?.port();
        let base_url = match tls {
            Some(_) => format!("https://localhost:{port}"),
            None => format!("http://127.0.0.1:{port}"),
        };

        let state = Arc::new(State::new(base_url.clone(), options.services).map_err(start_error)?);
        // Created last: a Tokio runtime panics if it is dropped inside another runtime, and the
        // caller may run in one. From here on, this runtime is dropped in its own thread only.
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(start_error)?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).map_err(start_error)?
        };
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&state);
        let thread = thread::Builder::new()
            .name("authlete-sandbox".into())
            .spawn(move || runtime.block_on(server::serve(listener, tls, served, stopped)))
            .map_err(start_error)?;
        Ok(Self { base_url, state, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, or `https://localhost:PORT` with TLS.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Number of complete API requests so far, without those to `/sandbox`.
    pub fn requests(&self) -> u64 {
        self.state.requests()
    }

    /// Advances the clock by which tickets and JWTs expire, in whole seconds.
    pub fn advance_clock(&self, by: Duration) {
        let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        lock(&self.state.clock).advance(seconds);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server thread has already been printed.
            let _ = thread.join();
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<net::TcpListener> {
    let listener = net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn start_error(error: impl std::fmt::Display) -> StartError {
    StartError::Start(error.to_string())
}
