//! A server that runs a script for each connection, and records the requests.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::{self, JoinHandle};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};
use serde_json::{Value, json};
use socket2::SockRef;

use super::TEST_TIMEOUT;
use super::peer::{Peer, Request};

/// The protocol of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Tls,
    /// Clients expect TLS. The script may perform the handshake, with [`Peer::upgrade`].
    Handshake,
}

/// Runs once for each connection. When it ends, the connection is closed.
pub trait Script: Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static {}

impl<F: Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static> Script for F {}

/// The connections and requests of a server.
#[derive(Default)]
pub struct Record {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The address of the client of each connection.
    clients: Vec<SocketAddr>,
    ended: usize,
    requests: Vec<Request>,
    is_stopped: bool,
}

impl Record {
    pub fn add(&self, request: Request) {
        self.update(|state| state.requests.push(request));
    }

    pub fn wait_for_stop(&self) {
        self.wait(|state| state.is_stopped, "the end of the test");
    }

    fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
        result
    }

    fn wait(&self, is_reached: impl Fn(&State) -> bool, what: &str) {
        let state = self.state.lock().unwrap();
        let waited =
            self.changed.wait_timeout_while(state, TEST_TIMEOUT, |state| !is_reached(state));
        assert!(!waited.unwrap().1.timed_out(), "timeout while waiting for {what}");
    }
}

/// Listens until dropped.
pub struct Server {
    kind: Kind,
    address: SocketAddr,
    record: Arc<Record>,
    listener: TcpListener,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(kind: Kind, script: impl Script) -> Self {
        Self::listen(kind, "127.0.0.1:0", script)
    }

    /// Listens on `address`, such as `"127.0.0.2:0"`.
    pub fn listen(kind: Kind, address: &str, script: impl Script) -> Self {
        let listener = TcpListener::bind(address).unwrap_or_else(|e| panic!("{address}: {e}"));
        Self::accept(kind, listener, script)
    }

    /// Accepts connections on a listener whose options are already set.
    pub fn accept(kind: Kind, listener: TcpListener, script: impl Script) -> Self {
        let address = listener.local_addr().unwrap();
        let record = Arc::new(Record::default());
        let script = Arc::new(script);
        let accepting = (listener.try_clone().unwrap(), Arc::clone(&record));
        let acceptor = thread::spawn(move || {
            let (listener, record) = accepting;
            while let Ok((stream, client)) = listener.accept() {
                let number = record.update(|state| {
                    state.clients.push(client);
                    state.clients.len() - 1
                });
                let (script, record) = (Arc::clone(&script), Arc::clone(&record));
                thread::spawn(move || {
                    converse(kind, number, stream, &record, |peer| script(peer));
                    record.update(|state| state.ended += 1);
                });
            }
        });
        Self { kind, address, record, listener, acceptor: Some(acceptor) }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The configuration keys of a client for this server.
    pub fn config(&self) -> Value {
        match self.kind {
            Kind::Plain => json!({ "baseUrl": format!("http://{}", self.address) }),
            Kind::Tls | Kind::Handshake => json!({
                "baseUrl": format!("https://{}", self.address),
                "caPem": certificate().0,
            }),
        }
    }

    /// Refuses new connections. Existing ones continue.
    pub fn stop_listening(&self) {
        // SAFETY: the descriptor is open. This ends `accept`.
        #[allow(unsafe_code, reason = "std cannot interrupt accept")]
        unsafe {
            libc::shutdown(self.listener.as_raw_fd(), libc::SHUT_RDWR);
        }
    }

    /// The number of connections so far.
    pub fn connections(&self) -> usize {
        self.clients().len()
    }

    /// The address of the client of each connection so far.
    pub fn clients(&self) -> Vec<SocketAddr> {
        self.record.state.lock().unwrap().clients.clone()
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.record.state.lock().unwrap().requests.clone()
    }

    /// The number of requests with `ticket`.
    pub fn count(&self, ticket: &str) -> usize {
        self.requests().iter().filter(|request| request.ticket() == ticket).count()
    }

    /// Waits until there were this many connections and requests since the start.
    pub fn wait_for(&self, connections: usize, requests: usize) {
        self.record.wait(
            |state| state.clients.len() >= connections && state.requests.len() >= requests,
            &format!("{connections} connections and {requests} requests"),
        );
    }

    /// Waits until `count` scripts have ended and their connections are closed.
    pub fn wait_for_ends(&self, count: usize) {
        self.record.wait(|state| state.ended >= count, "the end of a connection");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.record.update(|state| state.is_stopped = true);
        self.stop_listening();
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

/// Runs the script of a connection, and closes the connection.
fn converse(
    kind: Kind,
    number: usize,
    stream: TcpStream,
    record: &Arc<Record>,
    script: impl FnOnce(&mut Peer) -> io::Result<()>,
) {
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(TEST_TIMEOUT));
    let _ = stream.set_write_timeout(Some(TEST_TIMEOUT));
    let mut peer = Peer::new(number, stream, Arc::clone(record));
    if kind != Kind::Tls || peer.upgrade().is_ok() {
        // An error means that the client has closed the connection.
        let _ = script(&mut peer);
    }
}

/// Gives connections small segments and a small window, so that the buffers of both sides take only
/// 25 KB. The default buffers take 3 MB on loopback: even a large request would be sent at once.
pub fn shrink_buffers(listener: &TcpListener) -> io::Result<()> {
    let socket = SockRef::from(listener);
    socket.set_tcp_mss(512)?;
    socket.set_recv_buffer_size(1152)
}

/// The certificate and the key of all TLS servers, both PEM. The certificate is self-signed, for
/// localhost, authlete.test, 127.0.0.1 and ::1.
pub fn certificate() -> &'static (String, String) {
    static MADE: OnceLock<(String, String)> = OnceLock::new();
    MADE.get_or_init(|| {
        let names = ["localhost", "authlete.test", "127.0.0.1", "::1"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    })
}

pub fn server_config() -> Arc<ServerConfig> {
    static CONFIG: OnceLock<Arc<ServerConfig>> = OnceLock::new();
    Arc::clone(CONFIG.get_or_init(|| server_config_for(rustls::ALL_VERSIONS)))
}

/// A server configuration for these TLS versions.
pub fn server_config_for(versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let (certificate, key) = certificate();
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Arc::new(config)
}
