//! TLS with rustls and ring: the client configuration and the stream.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Error, HandshakeKind, ProtocolVersion};

use super::deadline::Deadline;
use super::failure::Failure;
use super::progress::{TlsSession, TlsVersion};
use super::records::Records;
use super::socket::Socket;
use super::tls_error::is_client_certificate_alert;
use crate::config::Config;

/// Creates the rustls configuration. The crypto provider is passed explicitly, so that the
/// process-wide default is neither used nor set.
pub fn client_config(config: &Config) -> Result<Arc<ClientConfig>, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(Arc::clone(&config.roots));
    let mut client_config = match &config.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder.with_client_cert_resolver(Arc::clone(identity) as _),
    };
    client_config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(client_config))
}

/// The maximum number of reads in [`TlsStream::process_pending`].
const MAX_PENDING_READS: usize = 16;

/// A TLS stream after its handshake.
#[derive(Debug)]
pub struct TlsStream {
    connection: ClientConnection,
    socket: Socket,
    records: Records,
    /// The number of records received during the handshake.
    handshake_records: u64,
    /// Whether application data has arrived in the current exchange.
    has_plaintext: bool,
}

impl TlsStream {
    pub fn handshake(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        socket: Socket,
    ) -> Result<Self, Failure> {
        let connection = ClientConnection::new(config, name).map_err(Failure::Tls)?;
        let records = Records::default();
        let mut stream =
            Self { connection, socket, records, handshake_records: 0, has_plaintext: false };
        match stream.complete_handshake() {
            Ok(()) => Ok(stream),
            Err(Failure::Broken(error)) => {
                Err(stream.last_alert().unwrap_or(Failure::HandshakeBroken(error)))
            }
            Err(failure) => Err(failure),
        }
    }

    fn complete_handshake(&mut self) -> Result<(), Failure> {
        while self.connection.is_handshaking() {
            self.flush()?;
            if self.connection.is_handshaking() && self.fill()? == 0 {
                return Err(Failure::Broken(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        self.handshake_records = self.records.completed();
        self.flush()
    }

    /// Receives at least one byte. Returns 0 at the end of the stream, after a close_notify.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            match self.connection.reader().read(buffer) {
                Ok(len) => return Ok(len),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.fill()?;
                    // Sends what rustls has queued, such as a response to a key update.
                    self.flush()?;
                }
                // The stream ended without a close_notify, so the response may be truncated.
                Err(error) => return Err(Failure::Broken(error)),
            }
        }
    }

    /// Whether received bytes have not been read, or the server has closed the stream.
    pub fn has_unread_input(&mut self) -> bool {
        !self.records.is_at_boundary()
            || self.connection.process_new_packets().map_or(true, |state| {
                state.plaintext_bytes_to_read() > 0 || state.peer_has_closed()
            })
    }

    /// Prepares for the next exchange.
    pub fn begin_exchange(&mut self, deadline: Deadline, is_reused: bool) {
        self.has_plaintext = false;
        self.socket.begin_exchange(deadline, is_reused);
    }

    /// Whether a byte of the response has arrived, or may have arrived, in this exchange: an
    /// incomplete record may contain one.
    pub fn has_response_started(&self) -> bool {
        self.has_plaintext || !self.records.is_at_boundary()
    }

    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    pub fn session(&self) -> TlsSession {
        TlsSession {
            version: match self.connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => TlsVersion::V1_3,
                _ => TlsVersion::V1_2,
            },
            is_resumed: self.connection.handshake_kind() == Some(HandshakeKind::Resumed),
        }
    }

    /// Whether an idle connection can be reused.
    ///
    /// Unlike in plain HTTP, pending bytes do not rule out reuse: in TLS 1.3, a server sends
    /// session tickets after the handshake and key updates at any time (RFC 8446, 4.6), and this
    /// function processes them. An alert, the end of the stream, an incomplete record or any
    /// application data does rule it out.
    pub fn is_usable(&mut self) -> bool {
        let is_open = self.socket.is_quiet() || matches!(self.process_pending(), Ok(true));
        is_open && !self.has_unread_input()
    }

    /// Processes the records that have already arrived, without blocking. Returns whether the
    /// stream is still open and the socket has no more data.
    fn process_pending(&mut self) -> Result<bool, Error> {
        for _ in 0..MAX_PENDING_READS {
            let mut pending = Pending { socket: &self.socket, records: &mut self.records };
            match self.connection.read_tls(&mut pending) {
                Ok(0) => return Ok(false),
                Ok(_) => self.connection.process_new_packets()?,
                Err(error) => return Ok(error.kind() == io::ErrorKind::WouldBlock),
            };
        }
        Ok(false)
    }

    pub fn send_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut rest = bytes;
        while !rest.is_empty() {
            // `write` takes only a part if rustls's buffer is full.
            let len = self.connection.writer().write(rest).map_err(Failure::Broken)?;
            rest = rest.get(len..).unwrap_or_default();
            match self.flush() {
                Err(Failure::Broken(error)) => {
                    return Err(match self.last_alert() {
                        Some(refused @ Failure::ClientCertificateRefused(_)) => refused,
                        _ => Failure::Broken(error),
                    });
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// Reads TLS records from the socket and processes them. Returns 0 at the end of the stream.
    fn fill(&mut self) -> Result<usize, Failure> {
        let mut io =
            Blocking { socket: &mut self.socket, records: &mut self.records, failure: None };
        let len = match self.connection.read_tls(&mut io) {
            Ok(len) => len,
            Err(error) => return Err(io.failure.take().unwrap_or(Failure::Broken(error))),
        };
        match self.connection.process_new_packets() {
            Ok(state) => self.has_plaintext |= state.plaintext_bytes_to_read() > 0,
            Err(error) => return Err(self.tls_failure(error)),
        }
        Ok(len)
    }

    /// Returns the alert that the server sent before it closed the connection, if any. Call this
    /// only after the connection is lost. The client may notice the loss when it sends, before it
    /// has read the alert.
    fn last_alert(&mut self) -> Option<Failure> {
        let error = self.process_pending().err()?;
        Some(self.tls_failure(error))
    }

    fn tls_failure(&mut self, error: Error) -> Failure {
        // Sends the alert that rustls has queued. It does not matter whether it arrives.
        let _ = self.flush();
        if self.is_client_certificate_refused(&error) {
            Failure::ClientCertificateRefused(error)
        } else {
            Failure::Tls(error)
        }
    }

    /// Whether `error` means that the server rejects the client certificate or requires one.
    ///
    /// In TLS 1.3, the client may send its request before the server has checked the client
    /// certificate. If the server rejects it, its alert is the only record after the handshake (RFC
    /// 8446, 4.4.2.4 and 6.2), and the request was not processed. If a session ticket or a response
    /// comes before the alert, the server had accepted the certificate.
    fn is_client_certificate_refused(&self, error: &Error) -> bool {
        self.connection.protocol_version() == Some(ProtocolVersion::TLSv1_3)
            && self.records.completed() == self.handshake_records + 1
            && is_client_certificate_alert(error)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        while self.connection.wants_write() {
            let mut io =
                Blocking { socket: &mut self.socket, records: &mut self.records, failure: None };
            if let Err(error) = self.connection.write_tls(&mut io) {
                return Err(io.failure.take().unwrap_or(Failure::Broken(error)));
            }
        }
        Ok(())
    }
}

/// The socket as an `io::Read` and `io::Write` for rustls. It keeps the [`Failure`], which cannot
/// be passed through rustls as an `io::Error`.
struct Blocking<'a> {
    socket: &'a mut Socket,
    records: &'a mut Records,
    failure: Option<Failure>,
}

impl Blocking<'_> {
    fn record_failure(&mut self, result: Result<usize, Failure>) -> io::Result<usize> {
        result.map_err(|failure| {
            self.failure = Some(failure);
            io::ErrorKind::Other.into()
        })
    }
}

impl Read for Blocking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.socket.receive(buffer);
        if let Ok(len) = result {
            self.records.received(buffer.get(..len).unwrap_or_default());
        }
        self.record_failure(result)
    }
}

impl Write for Blocking<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.socket.send(bytes);
        self.record_failure(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The data that has already arrived at the socket, as an `io::Read` for rustls.
struct Pending<'a> {
    socket: &'a Socket,
    records: &'a mut Records,
}

impl Read for Pending<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.socket.receive_pending(buffer)?;
        self.records.received(buffer.get(..len).unwrap_or_default());
        Ok(len)
    }
}
