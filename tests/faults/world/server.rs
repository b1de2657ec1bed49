//! A server that runs a script for each of its connections, and keeps a record.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::{self, JoinHandle};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};

use super::TEST_TIMEOUT;
use super::peer::{Peer, Request};

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Tls,
    /// TLS is expected of it, but only speaks it once the script says `upgrade`.
    Handshake,
}

/// What has happened at a server.
#[derive(Default)]
pub struct Log {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    connections: usize,
    ended: usize,
    requests: Vec<Request>,
    is_stopped: bool,
}

impl Log {
    pub fn request(&self, request: Request) {
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
        assert!(!waited.unwrap().1.timed_out(), "waited in vain for {what}");
    }
}

/// Listens until it is dropped.
pub struct Server {
    kind: Kind,
    address: SocketAddr,
    log: Arc<Log>,
    listener: TcpListener,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(
        kind: Kind,
        script: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::listen(kind, "127.0.0.1:0", script)
    }

    /// `script` runs for each connection; when it ends, the connection is closed.
    pub fn listen(
        kind: Kind,
        address: &str,
        script: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap_or_else(|e| panic!("{address}: {e}"));
        Self::accept(kind, listener, script)
    }

    /// Like `listen`, but with a listener whose options are already set.
    pub fn accept(
        kind: Kind,
        listener: TcpListener,
        script: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Log::default());
        let script = Arc::new(script);
        let accepting = (listener.try_clone().unwrap(), Arc::clone(&log));
        let acceptor = thread::spawn(move || {
            let (listener, log) = accepting;
            while let Ok((stream, _)) = listener.accept() {
                let number = log.update(|state| {
                    state.connections += 1;
                    state.connections - 1
                });
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                thread::spawn(move || {
                    converse(kind, number, stream, &log, |peer| script(peer));
                    log.update(|state| state.ended += 1);
                });
            }
        });
        Self { kind, address, log, listener, acceptor: Some(acceptor) }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What a client needs to find and trust this server.
    pub fn config(&self) -> Value {
        match self.kind {
            Kind::Plain => json!({ "baseUrl": format!("http://{}", self.address) }),
            Kind::Tls | Kind::Handshake => json!({
                "baseUrl": format!("https://{}", self.address),
                "caPem": certificate().0,
            }),
        }
    }

    /// Refuses connections from now on; those that are there go on.
    pub fn stop_listening(&self) {
        // SAFETY: takes a descriptor that is open; ends `accept`.
        #[allow(unsafe_code, reason = "std cannot interrupt accept")]
        unsafe {
            libc::shutdown(self.listener.as_raw_fd(), libc::SHUT_RDWR);
        }
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.log.state.lock().unwrap().connections
    }

    /// Whole requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.log.state.lock().unwrap().requests.clone()
    }

    /// How often `ticket` has come.
    pub fn count(&self, ticket: &str) -> usize {
        self.requests().iter().filter(|request| request.ticket() == ticket).count()
    }

    /// Waits for this many connections and requests since the start.
    #[allow(dead_code, reason = "the scenario table uses it")]
    pub fn wait_for(&self, connections: usize, requests: usize) {
        self.log.wait(
            |state| state.connections >= connections && state.requests.len() >= requests,
            &format!("{connections} connections and {requests} requests"),
        );
    }

    /// Waits until `count` scripts have ended and their connections are closed.
    pub fn wait_for_ends(&self, count: usize) {
        self.log.wait(|state| state.ended >= count, "the end of a connection");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.log.update(|state| state.is_stopped = true);
        self.stop_listening();
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

/// Ends with the connection closed.
fn converse(
    kind: Kind,
    number: usize,
    stream: TcpStream,
    log: &Arc<Log>,
    script: impl FnOnce(&mut Peer) -> io::Result<()>,
) {
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(TEST_TIMEOUT));
    let _ = stream.set_write_timeout(Some(TEST_TIMEOUT));
    let mut peer = Peer::new(number, stream, Arc::clone(log));
    if kind != Kind::Tls || peer.upgrade().is_ok() {
        // A client that has gone is the client's affair.
        let _ = script(&mut peer);
    }
}

/// An address at which nothing listens.
pub fn closed() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap()
}

/// Certificate and key, both PEM, of all TLS servers: for localhost, authlete.test, 127.0.0.1 and
/// ::1, and its own issuer.
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
    let make = || {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject;

        let (certificate, key) = certificate();
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Arc::new(config)
    };
    Arc::clone(CONFIG.get_or_init(make))
}
