//! A scripted server: the steps that it takes on each connection, and its API responses.

use std::fs::{self, OpenOptions};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::peer::Peer;
use super::server::{Kind, Server, shrink_buffers};
use crate::harness::dpop;
use crate::support::{run, scratch};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    #[serde(default)]
    pub tls: bool,
    #[serde(default = "loopback")]
    pub address: String,
    /// The steps on each connection, in the order in which the client opens them. After the last
    /// step, the server closes the connection.
    pub connections: Vec<Vec<Step>>,
}

fn loopback() -> String {
    "127.0.0.1".to_owned()
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Performs the TLS handshake.
    Handshake,
    /// Reads one request.
    Request,
    /// Reads only the first bytes of a request or of a handshake.
    Part,
    /// Reads one request and sends an API response with the action LOCATION.
    Serve,
    /// Reads one request and requires a proof with this nonce.
    Challenge(String),
    /// Like `serve`, with this nonce for the next proof.
    ServeNonce(String),
    Respond(Box<ApiResponse>),
    Send(String),
    /// Shuts the client down from another thread of its process.
    Shutdown,
    /// Resets the connection.
    Reset,
    /// Sends nothing and reads until the client closes the connection.
    Hold,
    /// Neither sends nor reads until the client closes the connection.
    Ignore,
}

/// An API response.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiResponse {
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// A string is the body itself; anything else is sent as JSON.
    #[serde(default)]
    pub body: Value,
    pub hex: Option<String>,
    /// Spaces are appended until the body has this many bytes.
    pub pad: Option<usize>,
}

fn ok() -> u16 {
    200
}

impl ApiResponse {
    pub fn body(&self) -> Vec<u8> {
        let mut body = match (&self.hex, &self.body) {
            (Some(hex), _) => bytes(hex),
            (None, Value::String(text)) => text.clone().into_bytes(),
            (None, Value::Null) => Vec::new(),
            (None, json) => json.to_string().into_bytes(),
        };
        body.resize(self.pad.unwrap_or(body.len()), b' ');
        body
    }

    pub fn http(&self) -> Vec<u8> {
        let body = self.body();
        let mut headers = format!("HTTP/1.1 {} Some Reason\r\n", self.status);
        for (name, value) in &self.headers {
            let value = value.as_str().expect("header values are strings");
            headers.push_str(&format!("{name}: {value}\r\n"));
        }
        headers.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        [headers.into_bytes(), body].concat()
    }
}

/// Parses hexadecimal digits such as `ef bb bf`.
pub fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.split_whitespace();
    digits.map(|byte| u8::from_str_radix(byte, 16).expect("hex bytes")).collect()
}

impl Script {
    /// A script for one connection without TLS.
    pub fn once(steps: impl Into<Vec<Step>>) -> Self {
        Self { tls: false, address: loopback(), connections: vec![steps.into()] }
    }

    /// The FIFO for the step `shutdown`, if the script has that step.
    pub fn shutdown(&self) -> Option<Shutdown> {
        let mut steps = self.connections.iter().flatten();
        steps.any(|step| matches!(step, Step::Shutdown)).then(Shutdown::new)
    }

    pub fn start(self, shutdown: Option<Arc<Shutdown>>) -> Server {
        let listener = TcpListener::bind((self.address.as_str(), 0)).expect("a free port");
        shrink_buffers(&listener).expect("options of a listener");
        let kind = if self.tls { Kind::Handshake } else { Kind::Plain };
        Server::accept(kind, listener, move |peer| {
            let steps = self.connections.get(peer.number);
            steps.into_iter().flatten().try_for_each(|step| step.take(peer, shutdown.as_deref()))
        })
    }
}

impl Step {
    fn take(&self, peer: &mut Peer, shutdown: Option<&Shutdown>) -> io::Result<()> {
        match self {
            Self::Handshake => peer.upgrade(),
            Self::Request => peer.request().map(drop),
            Self::Part => peer.read_some().map(drop),
            Self::Serve => peer.serve_once(),
            Self::Challenge(nonce) => {
                peer.request().and_then(|_| peer.send(dpop::challenge(nonce)))
            }
            Self::ServeNonce(nonce) => {
                let request = peer.request()?;
                peer.send(dpop::response(&request, nonce))
            }
            Self::Respond(response) => peer.send(response.http()),
            Self::Send(text) => peer.send(text),
            Self::Shutdown => shutdown.expect("the script has this step").start(),
            Self::Reset => peer.reset(),
            Self::Hold => peer.hold(),
            Self::Ignore => peer.ignore(),
        }
    }
}

/// The FIFO that makes a driver shut its client down: a thread of the driver opens it for reading,
/// which blocks until the script opens it for writing.
pub struct Shutdown {
    path: PathBuf,
}

impl Shutdown {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = scratch().join(format!("shutdown-{}-{number}", std::process::id()));
        let _ = fs::remove_file(&path);
        run(Command::new("mkfifo").arg(&path));
        Self { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn start(&self) -> io::Result<()> {
        OpenOptions::new().write(true).open(&self.path).map(drop)
    }
}

impl Drop for Shutdown {
    /// Unblocks the driver's thread if the script did not reach the step.
    fn drop(&mut self) {
        let mut options = OpenOptions::new();
        let _ = options.write(true).custom_flags(libc::O_NONBLOCK).open(&self.path);
        let _ = fs::remove_file(&self.path);
    }
}
