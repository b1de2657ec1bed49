//! The byte stream of a connection: a TCP socket, or TLS over one.

use super::deadline::Deadline;
use super::failure::Failure;
use super::socket::Socket;
use super::tls::TlsStream;

#[derive(Debug)]
pub enum Stream {
    Plain(Socket),
    Tls(Box<TlsStream>),
}

impl Stream {
    pub fn begin_exchange(&mut self, deadline: Deadline, is_reused: bool) {
        match self {
            Self::Plain(socket) => socket.begin_exchange(deadline, is_reused),
            Self::Tls(stream) => stream.begin_exchange(deadline, is_reused),
        }
    }

    /// Whether an idle connection can be reused.
    pub fn is_usable(&mut self) -> bool {
        match self {
            Self::Plain(socket) => socket.is_quiet(),
            Self::Tls(stream) => stream.is_usable(),
        }
    }

    pub fn send_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Plain(socket) => socket.send_all(bytes),
            Self::Tls(stream) => stream.send_all(bytes),
        }
    }

    /// Receives at least one byte. Returns 0 at the end of the stream.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        match self {
            Self::Plain(socket) => socket.receive(buffer),
            Self::Tls(stream) => stream.receive(buffer),
        }
    }

    /// Whether a byte of the response has arrived, or may have arrived, in this exchange.
    pub fn has_response_started(&self) -> bool {
        match self {
            Self::Plain(socket) => socket.has_received(),
            Self::Tls(stream) => stream.has_response_started(),
        }
    }

    /// Whether TLS has received bytes that were not read, or the server has closed the stream.
    pub fn has_unread_input(&mut self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.has_unread_input(),
        }
    }

    pub fn socket(&self) -> &Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket(),
        }
    }
}
