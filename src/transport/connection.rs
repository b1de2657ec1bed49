//! What lasts of a connection from one call to the next: the stream and its buffers.

use std::fmt;
use std::io::Write;
use std::time::Instant;

use ureq::unversioned::transport::Buffers;

use super::attempt::Attempt;
use super::failure::Failure;
use super::socket::Socket;
use super::tls::TlsStream;
use crate::secret::Secret;
use crate::sys;

/// Each way; a request head or a response head has to fit in.
const BUFFER_LEN: usize = 16 * 1024;

pub const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const END_OF_LINE: &[u8] = b"\r\n";

/// Plain or encrypted.
#[derive(Debug)]
pub enum Stream {
    Plain(Socket),
    Tls(Box<TlsStream>),
}

impl Stream {
    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        match self {
            Self::Plain(socket) => {
                let len = socket.receive(buffer)?;
                if len > 0 {
                    Attempt::set_response_begun(true);
                }
                Ok(len)
            }
            Self::Tls(stream) => stream.receive(buffer),
        }
    }

    fn send_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Plain(socket) => socket.send_all(bytes),
            Self::Tls(stream) => stream.send_all(bytes),
        }
    }

    fn begin_exchange(&mut self) {
        match self {
            Self::Plain(socket) => socket.begin_exchange(),
            Self::Tls(stream) => stream.begin_exchange(),
        }
    }

    fn socket(&self) -> &Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket(),
        }
    }

    /// Whether an idle connection is still open, and no bytes have arrived that no request asked
    /// for.
    fn is_usable(&mut self) -> bool {
        match self {
            Self::Plain(socket) => socket.is_quiet(),
            Self::Tls(stream) => stream.is_usable(),
        }
    }
}

/// What lasts from one call to the next.
pub struct Connection {
    stream: Stream,
    pub born: Instant,
    pub idle_since: Instant,
    input: Box<[u8]>,
    input_start: usize,
    input_end: usize,
    /// Whether the last look at the input used any of it.
    has_progressed: bool,
    /// Whether the first bytes of the response have to be checked. Not on a new connection:
    /// a response that arrives there before the request is the server's refusal, such as a 503.
    awaits_solicited: bool,
    /// Whether the input begins with the head of a response, interim or final.
    is_at_head: bool,
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
            awaits_solicited: false,
            is_at_head: false,
            output: vec![0; BUFFER_LEN].into(),
            output_end: 0,
        }
    }

    /// Prepares for the next exchange; false if the connection cannot be used for it.
    pub fn begin_exchange(&mut self, is_reused: bool) -> bool {
        self.is_at_head = true;
        self.has_progressed = false;
        self.awaits_solicited = is_reused;
        self.stream.begin_exchange();
        !is_reused || self.stream.is_usable()
    }

    pub fn gathered(&self) -> &[u8] {
        self.output.get(..self.output_end).unwrap_or_default()
    }

    pub fn receive(&mut self) -> Result<usize, Failure> {
        if self.has_bytes_before_head() {
            return Err(Failure::MalformedHttp);
        }
        if self.input_append_buf().is_empty() {
            return Err(Failure::HeadTooLarge);
        }
        let room = self.input.get_mut(self.input_end..).unwrap_or_default();
        let len = self.stream.receive(room)?;
        self.input_end += len;
        if len > 0 && self.awaits_solicited {
            self.awaits_solicited = false;
            self.stream.socket().check_solicited()?;
        }
        self.hide_continue();
        if self.has_bytes_before_head() {
            return Err(Failure::MalformedHttp);
        }
        Ok(len)
    }

    /// Whether there are bytes before the status line. ureq would skip empty lines there. libcurl
    /// refuses them: they may be the end of another response.
    fn has_bytes_before_head(&self) -> bool {
        self.is_at_head && self.input().first().is_some_and(|&byte| byte != b'H')
    }

    /// ureq refuses a 100 with header fields, which RFC 9110, 15.2 permits, but skips a 102
    /// with header fields. So a 100 is changed to a 102 before ureq sees it; the library does not
    /// wait for a 100 anyway.
    fn hide_continue(&mut self) {
        if !self.is_at_head {
            return;
        }
        let head = self.input.get_mut(self.input_start..self.input_end).unwrap_or_default();
        if let [b'H', b'T', b'T', b'P', b'/', b'1', b'.', _, b' ', b'1', b'0', digit @ b'0', ..] =
            head
        {
            *digit = b'2';
        }
    }

    /// Sends what has been gathered, and wipes it: it holds the credentials and the ticket.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let Some(bytes) = self.output.get_mut(..self.output_end) else {
            return Ok(());
        };
        let sent = self.stream.send_all(bytes);
        sys::wipe(bytes);
        self.output_end = 0;
        sent
    }

    /// Puts `headers` at the end of the head: ureq need not make them anew for every call, and no
    /// type of its own ever holds the credentials.
    pub fn add_headers(&mut self, headers: &Secret) -> Result<(), Failure> {
        let start = self.output_end.saturating_sub(END_OF_LINE.len());
        let len = self.output.len();
        let mut room = self.output.get_mut(start..).unwrap_or_default();
        for part in [headers.expose(), END_OF_LINE] {
            room.write_all(part).map_err(Failure::Broken)?;
        }
        self.output_end = len - room.len();
        Ok(())
    }

    /// `amount` bytes more were written into the output.
    pub fn gather(&mut self, amount: usize) {
        self.output_end += amount;
    }

    /// Whether bytes have been received that belong to no response. [`Self::begin_exchange`] finds
    /// bytes that arrive later.
    pub fn has_unread_input(&mut self) -> bool {
        let is_tls_unread = match &mut self.stream {
            Stream::Plain(_) => false,
            Stream::Tls(stream) => stream.has_unread_input(),
        };
        is_tls_unread || !self.input().is_empty()
    }

    pub fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // What was gathered for an attempt that ended before it was sent.
        if let Some(bytes) = self.output.get_mut(..self.output_end) {
            sys::wipe(bytes);
        }
    }
}

impl fmt::Debug for Connection {
    /// Without the buffers, which hold secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").finish_non_exhaustive()
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
        if amount == 0 {
            return;
        }
        let consumed = self.input().get(..amount).unwrap_or_default();
        if !self.is_at_head {
            Attempt::consumed(consumed);
        } else if !is_interim(consumed) {
            self.is_at_head = false;
        }
        self.input_start += amount;
        self.hide_continue();
    }

    /// The scratch space is for chunked bodies, which are never sent.
    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut [], self.output.get_mut(self.output_end..).unwrap_or_default())
    }

    fn can_use_input(&self) -> bool {
        self.has_progressed
            && self.input_start < self.input_end
            // `receive` refuses these.
            && !self.has_bytes_before_head()
    }
}

/// Whether `head` is that of an interim response, which ureq skips; ureq treats 101 as final.
fn is_interim(head: &[u8]) -> bool {
    matches!(head, [b'H', b'T', b'T', b'P', b'/', _, _, _, b' ', b'1', digits @ ..]
        if !digits.starts_with(b"01"))
}
