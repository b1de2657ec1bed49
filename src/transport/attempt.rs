//! The attempt that runs on this thread: until when it may take, and how far it has come, which is
//! the ground for every statement about the ticket.
//!
//! ureq runs an attempt on the calling thread from start to end, but tells a connection nothing
//! about the call that it serves. So the record is the thread's.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::chunks::ChunkScanner;
use super::failure::Failure;

/// What an attempt was doing when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Start,
    Lookup,
    Tcp,
    Proxy,
    Tls,
    /// A connection was there; see the counts.
    Exchange,
}

/// The record of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    deadline: Option<Instant>,
    /// Earlier than the other, while connecting.
    connect_deadline: Option<Instant>,
    body_len: usize,
    is_second: bool,
    pub stage: Stage,
    /// The connection had served another call before.
    pub is_reused: bool,
    /// Authlete may have the whole request. Without all of it, it cannot act: the JSON document is
    /// not complete.
    pub is_request_complete: bool,
    /// At least one byte of the API response has arrived, or may have: over TLS, an incomplete
    /// record may contain one. Complete session tickets, key updates and close_notify do not count.
    pub is_response_begun: bool,
    /// Checks the framing of a chunked body.
    chunks: Option<ChunkScanner>,
}

thread_local! {
    static CURRENT: Cell<Attempt> = const { Cell::new(Attempt::new(None, 0, false)) };
}

impl Attempt {
    const fn new(deadline: Option<Instant>, body_len: usize, is_second: bool) -> Self {
        Self {
            deadline,
            connect_deadline: None,
            body_len,
            is_second,
            stage: Stage::Start,
            is_reused: false,
            is_request_complete: false,
            is_response_begun: false,
            chunks: None,
        }
    }

    /// A new attempt begins on this thread, the call's first or its second.
    pub fn begin(deadline: Instant, body_len: usize, is_second: bool) {
        CURRENT.set(Self::new(Some(deadline), body_len, is_second));
    }

    pub fn current() -> Self {
        CURRENT.get()
    }

    pub fn enter(stage: Stage) {
        CURRENT.set(Self { stage, ..CURRENT.get() });
    }

    /// A new connection is wanted, which may take this long.
    pub fn connect_within(timeout: Duration) {
        let connect_deadline = Instant::now().checked_add(timeout);
        CURRENT.set(Self { connect_deadline, ..CURRENT.get() });
    }

    /// A connection is there.
    pub fn connected(is_reused: bool) {
        let attempt = CURRENT.get();
        let stage = Stage::Exchange;
        let is_response_begun = false;
        let connect_deadline = None;
        CURRENT.set(Self { stage, is_reused, is_response_begun, connect_deadline, ..attempt });
    }

    pub fn sent_everything() {
        CURRENT.set(Self { is_request_complete: true, ..CURRENT.get() });
    }

    pub fn set_response_begun(is_response_begun: bool) {
        CURRENT.set(Self { is_response_begun, ..CURRENT.get() });
    }

    /// The body that follows is chunked.
    pub fn expect_chunks() {
        CURRENT.set(Self { chunks: Some(ChunkScanner::new()), ..CURRENT.get() });
    }

    /// ureq has taken `bytes` of the API response.
    pub fn consumed(bytes: &[u8]) {
        let attempt = CURRENT.get();
        if let Some(mut chunks) = attempt.chunks {
            chunks.scan(bytes);
            CURRENT.set(Self { chunks: Some(chunks), ..attempt });
        }
    }

    /// The state of a chunked body.
    pub fn chunks() -> Option<ChunkScanner> {
        CURRENT.get().chunks
    }

    /// Whether only a new connection will do, as it does for a second attempt.
    pub fn is_second() -> bool {
        CURRENT.get().is_second
    }

    /// How long the body is that this attempt sends.
    pub fn body_len() -> usize {
        CURRENT.get().body_len
    }

    /// How much time is left.
    pub fn remaining() -> Result<Duration, Failure> {
        let attempt = CURRENT.get();
        let deadline = attempt.deadline.into_iter().chain(attempt.connect_deadline).min();
        let remaining = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        remaining.filter(|remaining| !remaining.is_zero()).ok_or(Failure::Deadline)
    }
}
