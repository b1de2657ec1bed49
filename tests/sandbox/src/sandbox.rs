//! The handle with which a test starts, queries and stops a sandbox.

use std::io;
use std::net::{self, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::dpop::ApiDpop;
use crate::server;
use crate::service::{self, Service};
use crate::state::{State, lock};
use crate::tickets::random_value;
use crate::tls::Tls;

/// Options of a sandbox.
pub struct Options {
    pub host: IpAddr,
    /// 0: any free port.
    pub port: u16,
    /// None: plain HTTP.
    pub tls: Option<Tls>,
    pub services: Vec<Service>,
    /// For services without their own `api_dpop`, and for those that are created later.
    pub api_dpop: Option<ApiDpop>,
    /// Bearer token of the control API. None: a random one unless `host` is a loopback address.
    pub control_token: Option<String>,
    /// Prints one line for each API request to standard error.
    pub log: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            tls: None,
            services: Service::defaults(),
            api_dpop: None,
            control_token: None,
            log: false,
        }
    }
}

impl Options {
    /// The services, with `api_dpop` where they have none of their own.
    pub fn services_with_defaults(&self) -> Vec<Service> {
        let mut services = self.services.clone();
        for service in &mut services {
            service.api_dpop = service.api_dpop.take().or_else(|| self.api_dpop.clone());
        }
        services
    }
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("tls: {0}")]
    Tls(String),
    #[error("the control token must consist of visible ASCII characters")]
    ControlToken,
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
    /// Starts a sandbox. It accepts requests as soon as this returns.
    pub fn start(mut options: Options) -> Result<Self, StartError> {
        options.services = options.services_with_defaults();
        service::check(&options.services).map_err(StartError::Services)?;
        let tls = options.tls.as_ref().map(Tls::acceptor).transpose()?;
        let control_token = control_token(&options)?;

        let address = SocketAddr::from((options.host, options.port));
        let listener = listen(address).map_err(|source| StartError::Listen { address, source })?;
        let port = listener.local_addr().map_err(start_error)?.port();
        let base_url = base_url(options.host, port, tls.is_some());

        let state = Arc::new(State::new(base_url.clone(), control_token, options));
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

    /// The URL for a client on this machine: `http://127.0.0.1:PORT`, or `https://localhost:PORT` with
    /// TLS, unless the host is another address.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Bearer token that the control API requires, if any.
    pub fn control_token(&self) -> Option<&str> {
        self.state.control_token.as_deref()
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

/// Off loopback, other machines may reach the control API.
fn control_token(options: &Options) -> Result<Option<String>, StartError> {
    if let Some(token) = &options.control_token {
        let is_token = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
        return match is_token {
            true => Ok(Some(token.clone())),
            false => Err(StartError::ControlToken),
        };
    }
    let is_required = !options.host.to_canonical().is_loopback();
    is_required.then(random_value).transpose().map_err(start_error)
}

fn base_url(host: IpAddr, port: u16, is_tls: bool) -> String {
    let scheme = if is_tls { "https" } else { "http" };
    // All addresses of the machine include the loopback address.
    let reachable = match host {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    if is_tls && reachable.is_loopback() {
        return format!("{scheme}://localhost:{port}");
    }
    format!("{scheme}://{}", SocketAddr::from((reachable, port)))
}

fn listen(address: SocketAddr) -> io::Result<net::TcpListener> {
    let listener = net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn start_error(error: impl std::fmt::Display) -> StartError {
    StartError::Start(error.to_string())
}
