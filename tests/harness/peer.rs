//! The server's end of one connection. A script uses it to read requests and to send responses.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::CANARY;
use super::server::{Record, server_config};

/// A complete request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The number of its connection, from 0.
    pub connection: usize,
    /// The request line and the headers, including the empty line.
    pub head: String,
    pub body: String,
}

impl Request {
    pub fn ticket(&self) -> String {
        let document: Value = serde_json::from_str(&self.body).unwrap_or_default();
        document["ticket"].as_str().unwrap_or_default().to_owned()
    }

    /// The body of Authlete's API response. The redirect location contains the ticket, so that tests
    /// detect the response to another call.
    pub fn document(&self) -> String {
        json!({
            "resultCode": "A060306",
            "resultMessage": format!("upstream-t3xt-{CANARY}"),
            "action": "LOCATION",
            "responseContent": location(&self.ticket()),
        })
        .to_string()
    }

    /// The API response, with [`document`](Self::document) as the body.
    pub fn response(&self) -> Vec<u8> {
        http("200 OK", &[], self.document().as_bytes())
    }
}

/// The redirect location in the API response for `ticket`.
pub fn location(ticket: &str) -> String {
    format!("https://client.example/cb?error=access_denied&state={ticket}")
}

/// An HTTP response with a Content-Length, and with `headers` such as `"Retry-After: 1"`.
pub fn http(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// One connection. A method returns an error, which ends the script, if the client has closed the
/// connection.
pub struct Peer {
    /// From 0.
    pub number: usize,
    io: Io,
    record: Arc<Record>,
    unread: Vec<u8>,
}

enum Io {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Peer {
    pub fn new(number: usize, stream: TcpStream, record: Arc<Record>) -> Self {
        Self { number, io: Io::Plain(stream), record, unread: Vec::new() }
    }

    pub fn tcp(&self) -> &TcpStream {
        match &self.io {
            Io::Plain(stream) => stream,
            Io::Tls(stream) => &stream.sock,
        }
    }

    /// Performs the TLS handshake. Afterwards, all bytes are encrypted.
    pub fn upgrade(&mut self) -> io::Result<()> {
        let mut stream = self.tcp().try_clone()?;
        let mut connection = ServerConnection::new(server_config()).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut stream)?;
        }
        self.io = Io::Tls(Box::new(StreamOwned::new(connection, stream)));
        Ok(())
    }

    /// Reads one request, and adds it to the record of the server.
    pub fn request(&mut self) -> io::Result<Request> {
        let request = self.read_request()?;
        self.record.add(request.clone());
        Ok(request)
    }

    /// Reads one request.
    pub fn read_request(&mut self) -> io::Result<Request> {
        let head = self.head()?;
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
        let len = length.and_then(|value| value.trim().parse().ok()).unwrap_or(0);
        while self.unread.len() < len {
            self.read_some()?;
        }
        let body = self.take(len);
        Ok(Request { connection: self.number, head, body })
    }

    /// Reads the request line and the headers only, such as those of CONNECT.
    pub fn head(&mut self) -> io::Result<String> {
        loop {
            let end = self.unread.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(end) = end {
                return Ok(self.take(end + 4));
            }
            self.read_some()?;
        }
    }

    fn take(&mut self, len: usize) -> String {
        let bytes: Vec<u8> = self.unread.drain(..len).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits for at least one byte, and reads all bytes that have arrived.
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

    /// The number of bytes that have been read but not taken.
    pub fn unread(&self) -> usize {
        self.unread.len()
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        match &mut self.io {
            Io::Plain(stream) => stream.write_all(bytes.as_ref()),
            Io::Tls(stream) => stream.write_all(bytes.as_ref()).and_then(|()| stream.flush()),
        }
    }

    /// Sends `bytes` repeatedly until the client closes the connection.
    pub fn flood(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        loop {
            self.send(bytes.as_ref())?;
        }
    }

    /// Sends `bytes` one at a time, and then repeats those from `repeat_from` on until the client closes
    /// the connection.
    pub fn drip(&mut self, bytes: &[u8], repeat_from: usize, pause: Duration) -> io::Result<()> {
        let mut at = 0;
        loop {
            self.send(&bytes[at..=at])?;
            at = if at + 1 < bytes.len() { at + 1 } else { repeat_from };
            thread::sleep(pause);
        }
    }

    /// Reads one request, and responds as Authlete does if the call succeeds.
    pub fn serve_once(&mut self) -> io::Result<()> {
        let request = self.request()?;
        self.send(request.response())
    }

    /// Serves requests until the client closes the connection.
    pub fn serve(&mut self) -> io::Result<()> {
        loop {
            self.serve_once()?;
        }
    }

    /// Sends nothing until the client closes the connection.
    pub fn hold(&mut self) -> io::Result<()> {
        loop {
            self.read_some()?;
        }
    }

    /// Neither sends nor reads until the server is dropped.
    pub fn ignore(&mut self) -> io::Result<()> {
        self.record.wait_for_stop();
        Ok(())
    }

    /// Closes the connection for sending; over TLS without close_notify.
    pub fn fin(&mut self) -> io::Result<()> {
        self.tcp().shutdown(Shutdown::Write)
    }

    /// Sends close_notify, if this is a TLS connection.
    pub fn close_notify(&mut self) -> io::Result<()> {
        if let Io::Tls(stream) = &mut self.io {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        Ok(())
    }

    /// Updates the keys of a TLS connection, and asks the client to do the same.
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
        // The script ends with this error, and its end closes the socket.
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
