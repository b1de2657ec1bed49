//! A connection as ureq sees it: head and body leave in one piece, what comes is counted, and at
//! the end of a call it goes back to the pool.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::attempt::Attempt;
use super::failure::Failure;
use super::pool::Pool;
use super::socket::Socket;
use super::tls::TlsStream;
use crate::secret::Secret;
use crate::sys;

/// Each way; a request head or a response head has to fit in.
const BUFFER_LEN: usize = 16 * 1024;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Plain or encrypted.
#[derive(Debug)]
pub enum Stream {
    Plain(Socket),
    Tls(Box<TlsStream>),
}

impl Stream {
    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        match self {
            Self::Plain(socket) => socket.receive(buffer),
            Self::Tls(stream) => stream.receive(buffer),
        }
    }

    fn send_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Plain(socket) => socket.send_all(bytes),
            Self::Tls(stream) => stream.send_all(bytes),
        }
    }

    fn socket(&mut self) -> &mut Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket(),
        }
    }
}

/// What lasts from one call to the next.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    pub born: Instant,
    pub idle_since: Instant,
    input: Box<[u8]>,
    input_start: usize,
    input_end: usize,
    /// Whether the last look at the input used any of it.
    has_progressed: bool,
    output: Box<[u8]>,
    output_end: usize,
}

impl Connection {
    pub fn new(stream: Stream) -> Self {
        let now = Instant::now();
        Self {
            stream,
            born: now,
            idle_since: now,
            input: vec![0; BUFFER_LEN].into(),
            input_start: 0,
            input_end: 0,
            has_progressed: false,
            output: vec![0; BUFFER_LEN].into(),
            output_end: 0,
        }
    }

    pub fn socket(&mut self) -> &mut Socket {
        self.stream.socket()
    }

    fn gathered(&self) -> &[u8] {
        self.output.get(..self.output_end).unwrap_or_default()
    }

    fn receive(&mut self) -> Result<usize, Failure> {
        if self.input_append_buf().is_empty() {
            return Err(Failure::HeadTooLarge);
        }
        let room = self.input.get_mut(self.input_end..).unwrap_or_default();
        let len = self.stream.receive(room)?;
        self.input_end += len;
        Ok(len)
    }

    /// Sends what has been gathered, and wipes it: it holds the credentials and the ticket.
    fn flush(&mut self) -> Result<(), Failure> {
        let Some(bytes) = self.output.get_mut(..self.output_end) else {
            return Ok(());
        };
        let sent = self.stream.send_all(bytes);
        sys::wipe(bytes);
        self.output_end = 0;
        sent
    }

    /// Puts the credentials at the end of the head, so that no type of ureq's ever holds them.
    fn add_authorization(&mut self, value: &Secret) -> Result<(), Failure> {
        let start = self.output_end.saturating_sub(END_OF_HEAD.len() / 2);
        let len = self.output.len();
        let mut room = self.output.get_mut(start..).unwrap_or_default();
        for part in [b"Authorization: ", value.expose(), END_OF_HEAD] {
            room.write_all(part).map_err(Failure::Broken)?;
        }
        self.output_end = len - room.len();
        Ok(())
    }
}

impl Buffers for Connection {
    fn output(&mut self) -> &mut [u8] {
        self.output.get_mut(self.output_end..).unwrap_or_default()
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.input_start..self.input_end).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        if self.input_start == self.input_end {
            (self.input_start, self.input_end) = (0, 0);
        } else if self.input_end == self.input.len() {
            self.input.copy_within(self.input_start..self.input_end, 0);
            (self.input_start, self.input_end) = (0, self.input_end - self.input_start);
        }
        self.input.get_mut(self.input_end..).unwrap_or_default()
    }

    fn input_appended(&mut self, amount: usize) {
        self.input_end += amount;
    }

    fn input_consume(&mut self, amount: usize) {
        self.has_progressed = amount > 0;
        self.input_start += amount;
    }

    /// The scratch space is for chunked bodies, which are never sent.
    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut [], self.output.get_mut(self.output_end..).unwrap_or_default())
    }

    fn can_use_input(&self) -> bool {
        self.has_progressed && self.input_start < self.input_end
    }
}

/// A connection while it serves a call.
#[derive(Debug)]
pub struct Lent {
    connection: Lending,
    pool: Arc<Pool>,
    is_head_gathered: bool,
    body_left: usize,
    is_tls: bool,
}

#[derive(Debug)]
enum Lending {
    Out(Connection),
    /// It went back to the pool.
    Back(NoBuffers),
}

impl Lent {
    pub fn new(connection: Connection, pool: Arc<Pool>) -> Self {
        Self {
            is_tls: matches!(connection.stream, Stream::Tls(_)),
            connection: Lending::Out(connection),
            pool,
            is_head_gathered: false,
            body_left: Attempt::body_len(),
        }
    }

    fn connection(&mut self) -> Result<&mut Connection, Failure> {
        match &mut self.connection {
            Lending::Out(connection) => Ok(connection),
            Lending::Back(_) => Err(Failure::Broken(io::ErrorKind::NotConnected.into())),
        }
    }

    /// `amount` bytes more are to be sent; they leave with the last of them, or when the buffer is
    /// full.
    fn gather(&mut self, amount: usize) -> Result<(), Failure> {
        let Lending::Out(connection) = &mut self.connection else {
            return self.connection().map(drop);
        };
        connection.output_end += amount;
        if self.is_head_gathered {
            self.body_left = self.body_left.saturating_sub(amount);
        } else if connection.gathered().ends_with(END_OF_HEAD) {
            connection.add_authorization(self.pool.authorization())?;
            self.is_head_gathered = true;
        }
        let is_complete = self.is_head_gathered && self.body_left == 0;
        if is_complete || connection.output().is_empty() {
            connection.flush()?;
        }
        if is_complete {
            Attempt::sent_everything();
        }
        Ok(())
    }
}

impl Transport for Lent {
    fn buffers(&mut self) -> &mut dyn Buffers {
        match &mut self.connection {
            Lending::Out(connection) => connection,
            Lending::Back(nothing) => nothing,
        }
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        Ok(self.gather(amount)?)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let len = self.connection()?.receive()?;
        Attempt::received(len);
        Ok(len > 0)
    }

    /// ureq asks this of a connection whose answer has been read to its end and which may serve
    /// again. It goes back here, and ureq is left with nothing to keep: its own pool looks names up
    /// on every call, checks connections under its lock, and hands out the oldest first.
    fn is_open(&mut self) -> bool {
        let back = Lending::Back(NoBuffers);
        if let Lending::Out(connection) = mem::replace(&mut self.connection, back) {
            self.pool.give_back(connection);
        }
        false
    }

    fn is_tls(&self) -> bool {
        self.is_tls
    }
}

/// The buffers of a connection that is no longer there.
#[derive(Debug)]
struct NoBuffers;

impl Buffers for NoBuffers {
    fn output(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input(&self) -> &[u8] {
        &[]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input_appended(&mut self, _: usize) {}

    fn input_consume(&mut self, _: usize) {}

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut [], &mut [])
    }

    fn can_use_input(&self) -> bool {
        false
    }
}
