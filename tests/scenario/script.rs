//! What a scripted server does on each of its connections.

use std::fs::{self, OpenOptions};
use std::io;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;

use super::peer::Peer;
use super::server::{Kind, Server};
use super::table::ApiResponse;
use crate::support::{run, scratch};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    #[serde(default)]
    pub tls: bool,
    #[serde(default = "loopback")]
    pub address: String,
    /// One list of steps for each connection that the client opens, in that order. A connection is
    /// closed after its last step.
    pub connections: Vec<Vec<Step>>,
}

fn loopback() -> String {
    "127.0.0.1".to_owned()
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Does the TLS handshake.
    Handshake,
    /// Reads one request.
    Request,
    /// Reads the first bytes of a request or of a handshake, and no more.
    Part,
    /// Reads one request and sends the redirect of a ticket that was failed.
    Serve,
    Respond(Box<ApiResponse>),
    Send(String),
    /// Shuts the client down from another thread of its process.
    Shutdown,
    /// Resets the connection.
    Reset,
    /// Sends nothing, and reads until the client closes the connection.
    Hold,
    /// Like `hold`, but does not read either.
    Ignore,
}

impl Script {
    /// For one plain connection.
    pub fn once(steps: impl Into<Vec<Step>>) -> Self {
        Self { tls: false, address: loopback(), connections: vec![steps.into()] }
    }

    /// For the step `shutdown`.
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
            Self::Respond(response) => peer.send(response.http()),
            Self::Send(text) => peer.send(text),
            Self::Shutdown => shutdown.expect("made for it").start(),
            Self::Reset => peer.reset(),
            Self::Hold => peer.hold(),
            Self::Ignore => peer.ignore(),
        }
    }
}

/// Gives connections small segments and a small window: 25 KB fit into the buffers of both sides.
/// With the defaults, 3 MB fit on loopback, and even a large request would be sent completely at
/// once.
fn shrink_buffers(listener: &TcpListener) -> io::Result<()> {
    for (level, option, value) in
        [(libc::IPPROTO_TCP, libc::TCP_MAXSEG, 512), (libc::SOL_SOCKET, libc::SO_RCVBUF, 1152_i32)]
    {
        #[allow(unsafe_code, reason = "std cannot set these options")]
        // SAFETY: `value` is as many readable bytes as the length says.
        let result = unsafe {
            libc::setsockopt(
                listener.as_raw_fd(),
                level,
                option,
                (&raw const value).cast(),
                size_of_val(&value) as libc::socklen_t,
            )
        };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// The FIFO that tells a driver to shut its client down. A thread of the driver opens it for
/// reading, which blocks until a script opens it for writing.
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
    /// Unblocks the thread if the script did not reach the step.
    fn drop(&mut self) {
        let mut options = OpenOptions::new();
        let _ = options.write(true).custom_flags(libc::O_NONBLOCK).open(&self.path);
        let _ = fs::remove_file(&self.path);
    }
}
