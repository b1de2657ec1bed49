//! A TLS 1.3 server that writes its records itself: session tickets, alerts and the end of the
//! stream are sent when a test requires them, several in one TCP segment or one record in two
//! segments.
//!
//! rustls does the handshake and reports its keys. It can write neither a session ticket at any time
//! other than after the handshake nor half a record.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, Iv, MessageDecrypter, MessageEncrypter, OutboundChunks,
    OutboundPlainMessage,
};
use rustls::crypto::tls13::OkmBlock;
use rustls::{
    AlertDescription, ContentType, KeyLog, ProtocolVersion, ServerConfig, ServerConnection,
    SupportedCipherSuite, Tls13CipherSuite,
};

use crate::harness::server::server_config;
use crate::harness::{Peer, Request};

const HEADER_LEN: usize = 5;

/// The server's end of one TLS connection.
pub struct TlsPeer {
    number: usize,
    stream: TcpStream,
    encrypter: Box<dyn MessageEncrypter>,
    sent: u64,
    decrypter: Box<dyn MessageDecrypter>,
    received: u64,
}

impl TlsPeer {
    /// Does the handshake on a connection of a `Kind::Handshake` server. It sends no session ticket.
    pub fn accept(peer: &Peer) -> io::Result<Self> {
        Self::accept_sending(peer, |_| Vec::new())
    }

    /// Like [`TlsPeer::accept`]. The server sends `records` in one segment with its part of the
    /// handshake, without waiting for the client's.
    pub fn accept_sending(
        peer: &Peer,
        records: impl FnOnce(&mut Self) -> Vec<u8>,
    ) -> io::Result<Self> {
        let secrets = Arc::new(Secrets::default());
        let mut config = ServerConfig::clone(&server_config());
        config.send_tls13_tickets = 0;
        config.key_log = Arc::clone(&secrets) as _;
        let mut connection = ServerConnection::new(Arc::new(config)).map_err(io::Error::other)?;
        let mut stream = peer.tcp().try_clone()?;
        let mut handshake = Vec::new();
        while handshake.is_empty() {
            receive(&mut connection, &mut stream)?;
            while connection.wants_write() {
                connection.write_tls(&mut handshake)?;
            }
        }
        let Some(SupportedCipherSuite::Tls13(suite)) = connection.negotiated_cipher_suite() else {
            return Err(io::Error::other("no TLS 1.3"));
        };
        let (key_out, iv_out) = secrets.key_and_iv("SERVER_TRAFFIC_SECRET_0", suite);
        let (key_in, iv_in) = secrets.key_and_iv("CLIENT_TRAFFIC_SECRET_0", suite);
        let encrypter = suite.aead_alg.encrypter(key_out, iv_out);
        let decrypter = suite.aead_alg.decrypter(key_in, iv_in);
        let number = peer.number;
        let mut tls = Self { number, stream, encrypter, sent: 0, decrypter, received: 0 };
        let records = records(&mut tls);
        tls.send(&[handshake, records].concat())?;
        while connection.is_handshaking() {
            receive(&mut connection, &mut tls.stream)?;
        }
        Ok(tls)
    }

    /// Reads a request, which the library sends as one record.
    pub fn request(&mut self) -> io::Result<Request> {
        let mut record = read_record(&mut self.stream)?;
        let message = InboundOpaqueMessage::new(
            ContentType::ApplicationData,
            ProtocolVersion::TLSv1_2,
            &mut record[HEADER_LEN..],
        );
        let message = self.decrypter.decrypt(message, self.received).map_err(io::Error::other)?;
        self.received += 1;
        let text = String::from_utf8_lossy(message.payload).into_owned();
        // The only other record is the alert that the client sends before it closes.
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        Ok(Request { connection: self.number, head: head.to_owned(), body: body.to_owned() })
    }

    /// Responds to the next request.
    pub fn serve_once(&mut self) -> io::Result<()> {
        let response = self.request()?.response();
        let record = self.data(&response);
        self.send(&record)
    }

    /// Responds to every request until the client closes the connection.
    pub fn serve(&mut self) -> io::Result<()> {
        loop {
            self.serve_once()?;
        }
    }

    /// Sends bytes as they are, in one TCP segment if they fit.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// A record with application data, such as a part of a response.
    pub fn data(&mut self, plaintext: &[u8]) -> Vec<u8> {
        self.record(ContentType::ApplicationData, plaintext)
    }

    /// A record with a session ticket that no server accepts (RFC 8446, 4.6.1).
    pub fn session_ticket(&mut self) -> Vec<u8> {
        let (lifetime, age_add) = ([0, 0, 0x1c, 0x20], [1, 2, 3, 4]);
        let (nonce, ticket, extensions) = ([1, 7], [0, 4, 9, 9, 9, 9], [0, 0]);
        let body = [&lifetime[..], &age_add, &nonce, &ticket, &extensions].concat();
        self.record(ContentType::Handshake, &[&[4, 0, 0, body.len() as u8], &body[..]].concat())
    }

    /// A record with the alert that announces the end of the stream.
    pub fn close_notify(&mut self) -> Vec<u8> {
        self.record(ContentType::Alert, &[1, 0])
    }

    /// A record with a fatal alert.
    pub fn fatal_alert(&mut self, alert: AlertDescription) -> Vec<u8> {
        self.record(ContentType::Alert, &[2, u8::from(alert)])
    }

    fn record(&mut self, typ: ContentType, payload: &[u8]) -> Vec<u8> {
        let payload = OutboundChunks::Single(payload);
        let message = OutboundPlainMessage { typ, version: ProtocolVersion::TLSv1_3, payload };
        let record = self.encrypter.encrypt(message, self.sent).unwrap();
        self.sent += 1;
        record.encode()
    }
}

fn read_record(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut record = vec![0; HEADER_LEN];
    stream.read_exact(&mut record)?;
    let len = u16::from_be_bytes([record[3], record[4]]);
    record.resize(HEADER_LEN + usize::from(len), 0);
    stream.read_exact(&mut record[HEADER_LEN..])?;
    Ok(record)
}

/// Gives one record to rustls. Bytes that rustls would read beyond the handshake would be lost.
fn receive(connection: &mut ServerConnection, stream: &mut TcpStream) -> io::Result<()> {
    connection.read_tls(&mut read_record(stream)?.as_slice())?;
    connection.process_new_packets().map(drop).map_err(io::Error::other)
}

/// The secrets of a connection, which rustls reports when the server sends its part of the handshake.
#[derive(Debug, Default)]
struct Secrets(Mutex<HashMap<String, Vec<u8>>>);

impl KeyLog for Secrets {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        self.0.lock().unwrap().insert(label.to_owned(), secret.to_owned());
    }
}

impl Secrets {
    fn key_and_iv(&self, label: &str, suite: &Tls13CipherSuite) -> (AeadKey, Iv) {
        let secret = OkmBlock::new(&self.0.lock().unwrap()[label]);
        let expander = suite.hkdf_provider.expander_for_okm(&secret);
        let (mut key, mut iv) = ([0; 32], [0; 12]);
        assert_eq!(suite.aead_alg.key_len(), key.len());
        for (label, output) in [("tls13 key", &mut key[..]), ("tls13 iv", &mut iv[..])] {
            // HKDF-Expand-Label without a context (RFC 8446, 7.1).
            let head = [0, output.len() as u8, label.len() as u8];
            expander.expand_slice(&[&head, label.as_bytes(), &[0]], output).unwrap();
        }
        (key.into(), iv.into())
    }
}
