//! A connection: its stream, its buffers, and the progress of the current exchange.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use ureq::unversioned::transport::Buffers;

use super::ApiRequest;
use super::chunks::ChunkScanner;
use super::deadline::Deadline;
use super::failure::Failure;
use super::input::Input;
use super::lifetime::Lifetime;
use super::output::Output;
use super::progress::{Exchange, Peer, Progress, Stage};
use super::stream::Stream;
use crate::config::Config;
use crate::secret::Secret;
use crate::stats::{CloseReason, Counters};

pub struct Connection {
    config: Arc<Config>,
    counters: Arc<Counters>,
    stream: Stream,
    peer: Peer,
    pub lifetime: Lifetime,
    input: Input,
    output: Output,
    /// The headers of the current request, if they differ from those in the configuration. They may
    /// contain an access token, so they are dropped as soon as they have been written.
    headers: Option<Arc<Secret>>,
    /// The progress of the current exchange, except for the values that [`Self::progress`] adds.
    progress: Progress,
    began_at: Instant,
    first_part_at: Option<Instant>,
    /// The reason to count when the connection is dropped.
    close_reason: CloseReason,
    /// Whether [`Socket::is_unsolicited`](super::socket::Socket::is_unsolicited) must check the
    /// first bytes of the response. Not set for a new connection, where a server may send a
    /// response before it receives the request, such as a 503.
    needs_solicited_check: bool,
}

impl Connection {
    pub fn new(config: Arc<Config>, counters: Arc<Counters>, stream: Stream, peer: Peer) -> Self {
        counters.opened.increment();
        Self {
            lifetime: Lifetime::new(config.idle_timeout),
            config,
            counters,
            stream,
            peer,
            input: Input::new(),
            output: Output::new(),
            headers: None,
            progress: Progress::new(),
            began_at: Instant::now(),
            first_part_at: None,
            close_reason: CloseReason::Failed,
            needs_solicited_check: false,
        }
    }

    /// Prepares to send `request`. `progress` is the progress of the attempt so far.
    pub fn begin_exchange(
        &mut self,
        request: &ApiRequest<'_>,
        deadline: Deadline,
        progress: Progress,
        now: Instant,
    ) {
        let is_reused = progress.is_reused;
        self.progress = Progress { stage: Stage::Exchange, ..progress };
        self.began_at = now;
        self.first_part_at = None;
        self.needs_solicited_check = is_reused;
        self.input.begin_response();
        self.output.begin_request(request.body.len());
        self.headers.clone_from(&request.headers);
        self.stream.begin_exchange(deadline, is_reused);
    }

    /// Whether an idle connection is still open and no unsolicited bytes have arrived. Makes one
    /// system call, unless bytes are pending.
    pub fn is_usable(&mut self) -> bool {
        self.stream.is_usable()
    }

    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// The progress of the current exchange, which has ended.
    pub fn progress(&self, now: Instant) -> Progress {
        let mut progress = self.progress;
        let (began_at, first_part_at) = (self.began_at, self.first_part_at);
        progress.exchange = Some(Exchange { began_at, first_part_at, ended_at: now });
        progress.has_response_started = self.stream.has_response_started();
        progress
    }

    /// Closes the connection.
    pub fn close(mut self: Box<Self>, reason: CloseReason) {
        self.close_reason = reason;
    }

    /// Handles `len` bytes of the request that ureq has written. They are sent when the request is
    /// complete or the buffer is full.
    pub fn transmit(&mut self, len: usize) -> Result<(), Failure> {
        let headers = self.headers.as_deref().unwrap_or(&self.config.headers);
        self.output.written(len, headers).map_err(|_| Failure::Unexpected)?;
        let is_complete = self.output.is_complete();
        if is_complete {
            self.headers = None;
        }
        if is_complete || self.output.is_full() {
            let sent = self.stream.send_all(self.output.unsent());
            self.output.wipe();
            sent?;
        }
        self.progress.is_request_complete |= is_complete;
        Ok(())
    }

    /// Receives a part of the response. Returns false at the end of the stream.
    pub fn receive(&mut self) -> Result<bool, Failure> {
        if self.input.has_bytes_before_head() {
            return Err(Failure::MalformedHttp);
        }
        let room = self.input.room();
        if room.is_empty() {
            return Err(Failure::HeadersTooLarge);
        }
        // The clock is read only before a second part: most API responses arrive in one part.
        if self.first_part_at.is_none() && self.stream.has_response_started() {
            self.first_part_at = Some(Instant::now());
        }
        let len = self.stream.receive(room)?;
        if len > 0 && self.needs_solicited_check {
            self.needs_solicited_check = false;
            if self.stream.socket().is_unsolicited() {
                self.stream.socket().reset_on_close();
                let is_408 = is_request_timeout(room.get(..len).unwrap_or_default());
                return Err(if is_408 { Failure::RequestTimeout } else { Failure::Unsolicited });
            }
        }
        self.input.received(len);
        if self.input.has_bytes_before_head() {
            return Err(Failure::MalformedHttp);
        }
        Ok(len > 0)
    }

    /// Whether more bytes than the response have been received. Bytes that arrive later are found
    /// by [`Self::is_usable`].
    pub fn has_unread_input(&mut self) -> bool {
        !self.input.unread().is_empty() || self.stream.has_unread_input()
    }

    /// The scanner of the response body. Its result is valid only if the body is chunked.
    pub fn chunks(&self) -> &ChunkScanner {
        self.input.chunks()
    }

    pub fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.counters.count_close(self.close_reason);
    }
}

/// Whether `response` begins with the status line of a 408.
fn is_request_timeout(response: &[u8]) -> bool {
    response.starts_with(b"HTTP/1.1 408") || response.starts_with(b"HTTP/1.0 408")
}

impl fmt::Debug for Connection {
    /// Omits the buffers: a request contains secrets, and an API response may repeat them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Buffers for Connection {
    fn output(&mut self) -> &mut [u8] {
        self.output.room()
    }

    fn input(&self) -> &[u8] {
        self.input.unread()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.input.room()
    }

    fn input_appended(&mut self, amount: usize) {
        self.input.received(amount);
    }

    fn input_consume(&mut self, amount: usize) {
        self.input.consume(amount);
    }

    /// ureq uses the first slice only for chunked request bodies, which the library never sends.
    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut [], self.output.room())
    }

    fn can_use_input(&self) -> bool {
        self.input.can_progress()
    }
}
