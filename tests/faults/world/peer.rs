//! The server's end of one connection, as a script sees it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::server::{Log, server_config};

/// A request that a server has read as a whole.
#[derive(Clone, Debug)]
pub struct Request {
    /// The number of its connection, from 0.
    pub connection: usize,
    pub head: String,
    pub body: String,
}

impl Request {
    pub fn ticket(&self) -> String {
        let document: Value = serde_json::from_str(&self.body).unwrap_or_default();
        document["ticket"].as_str().unwrap_or_default().to_owned()
    }

    /// What Authlete answers where it delivers: the Location carries the ticket, so that the host
    /// can tell whose answer it got.
    pub fn document(&self) -> String {
        json!({
            "resultCode": "A060306",
            "resultMessage": "upstream-t3xt-C4NARY",
            "action": "LOCATION",
            "responseContent": location(&self.ticket()),
        })
        .to_string()
    }

    pub fn answer(&self) -> Vec<u8> {
        http("200 OK", &[], self.document().as_bytes())
    }
}

/// Where the delivered answer for `ticket` points.
pub fn location(ticket: &str) -> String {
    format!("https://client.example/cb?error=access_denied&state={ticket}")
}

/// An HTTP answer with a length, and `headers` such as `"Retry-After: 1"`.
pub fn http(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// One connection. A method fails when the client has gone, which ends the script.
pub struct Peer {
    /// From 0.
    pub number: usize,
    io: Io,
    log: Arc<Log>,
    unread: Vec<u8>,
}

enum Io {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Peer {
    pub fn new(number: usize, stream: TcpStream, log: Arc<Log>) -> Self {
        Self { number, io: Io::Plain(stream), log, unread: Vec::new() }
    }

    pub fn tcp(&self) -> &TcpStream {
        match &self.io {
            Io::Plain(stream) => stream,
            Io::Tls(stream) => &stream.sock,
        }
    }

    /// Does the TLS handshake; from here on all bytes are encrypted.
    pub fn upgrade(&mut self) -> io::Result<()> {
        let mut stream = self.tcp().try_clone()?;
        let mut connection = ServerConnection::new(server_config()).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut stream)?;
        }
        self.io = Io::Tls(Box::new(StreamOwned::new(connection, stream)));
        Ok(())
    }

    /// Reads one whole request and keeps it on record.
    pub fn request(&mut self) -> io::Result<Request> {
        loop {
            if let Some(head_len) = find(&self.unread, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.unread[..head_len]).into_owned();
                let lower = head.to_ascii_lowercase();
                let len = lower.split("content-length:").nth(1).and_then(|rest| {
                    rest.split_whitespace().next().and_then(|number| number.parse().ok())
                });
                let end = head_len + len.unwrap_or(0);
                if self.unread.len() >= end {
                    let body = String::from_utf8_lossy(&self.unread[head_len..end]).into_owned();
                    self.unread.drain(..end);
                    let request = Request { connection: self.number, head, body };
                    self.log.request(request.clone());
                    return Ok(request);
                }
            }
            self.read_some()?;
        }
    }

    /// Reads the head of a request only, such as CONNECT's.
    pub fn head(&mut self) -> io::Result<String> {
        loop {
            if let Some(len) = find(&self.unread, b"\r\n\r\n") {
                let head: Vec<u8> = self.unread.drain(..len).collect();
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            self.read_some()?;
        }
    }

    /// Reads what has come, at least one byte.
    pub fn read_some(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 8192];
        let len = match &mut self.io {
            Io::Plain(stream) => stream.read(&mut bytes)?,
            Io::Tls(stream) => stream.read(&mut bytes)?,
        };
        if len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.unread.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        match &mut self.io {
            Io::Plain(stream) => stream.write_all(bytes.as_ref()),
            Io::Tls(stream) => stream.write_all(bytes.as_ref()).and_then(|()| stream.flush()),
        }
    }

    /// Sends `bytes` over and over, until the client goes.
    pub fn flood(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        loop {
            self.send(bytes.as_ref())?;
        }
    }

    /// Sends `bytes` one by one, and then from `again` on, until the client goes.
    pub fn drip(&mut self, bytes: &[u8], again: usize, pause: Duration) -> io::Result<()> {
        let mut at = 0;
        loop {
            self.send(&bytes[at..=at])?;
            at = if at + 1 < bytes.len() { at + 1 } else { again };
            thread::sleep(pause);
        }
    }

    /// Answers the next request, as Authlete does where it delivers.
    pub fn serve_once(&mut self) -> io::Result<()> {
        let request = self.request()?;
        self.send(request.answer())
    }

    /// Answers every request, until the client goes.
    pub fn serve(&mut self) -> io::Result<()> {
        loop {
            self.serve_once()?;
        }
    }

    /// Stays silent until the client goes.
    pub fn hold(&mut self) -> io::Result<()> {
        loop {
            self.read_some()?;
        }
    }

    /// Reads nothing either, until the server stops. A script that ends closes its connection.
    pub fn ignore(&mut self) -> io::Result<()> {
        self.log.wait_for_stop();
        Ok(())
    }

    /// Ends the stream; in TLS without announcing it.
    pub fn fin(&mut self) -> io::Result<()> {
        self.tcp().shutdown(Shutdown::Write)
    }

    /// Announces the end of a TLS stream.
    pub fn close_notify(&mut self) -> io::Result<()> {
        if let Io::Tls(stream) = &mut self.io {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        Ok(())
    }

    /// Changes the keys of a TLS stream, and asks the client to do the same.
    pub fn key_update(&mut self) -> io::Result<()> {
        if let Io::Tls(stream) = &mut self.io {
            stream.conn.refresh_traffic_keys().map_err(io::Error::other)?;
            stream.flush()?;
        }
        Ok(())
    }

    /// Resets the connection.
    pub fn reset(&mut self) -> io::Result<()> {
        reset_on_close(self.tcp())?;
        // The connection's thread holds a copy only to log its end, and drops it with the script.
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

/// Makes `close` send a RST.
pub fn reset_on_close(stream: &TcpStream) -> io::Result<()> {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let len = size_of::<libc::linger>() as libc::socklen_t;
    #[allow(unsafe_code, reason = "std cannot set SO_LINGER")]
    // SAFETY: `linger` is `len` readable bytes.
    let result = unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const linger).cast(),
            len,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The index behind `wanted`.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted).map(|at| at + wanted.len())
}
