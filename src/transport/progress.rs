//! How far the attempt on this thread has come: the ground for every statement about the ticket.
//!
//! ureq runs an attempt on the calling thread from start to end, but tells a pooled connection
//! nothing about the call that it serves. So the record is the thread's.

use std::cell::Cell;

/// What an attempt was doing when it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    #[default]
    Start,
    Lookup,
    Tcp,
    Tls,
    /// A connection was there; see the counts.
    Exchange,
}

/// The record of one attempt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub stage: Stage,
    pub bytes_sent: usize,
    pub bytes_received: usize,
    is_head_sent: bool,
    body_left: usize,
}

thread_local! {
    static CURRENT: Cell<Progress> = const { Cell::new(Progress::new(0)) };
}

impl Progress {
    const fn new(body_len: usize) -> Self {
        Self {
            stage: Stage::Start,
            bytes_sent: 0,
            bytes_received: 0,
            is_head_sent: false,
            body_left: body_len,
        }
    }

    /// A new attempt begins on this thread.
    pub fn begin(body_len: usize) {
        CURRENT.set(Self::new(body_len));
    }

    pub fn current() -> Self {
        CURRENT.get()
    }

    pub fn enter(stage: Stage) {
        CURRENT.set(Self { stage, ..CURRENT.get() });
    }

    /// The connection took all of `bytes`.
    ///
    /// ureq sends the head first, then the body, never both in one piece.
    pub fn sent(bytes: &[u8]) {
        let mut progress = CURRENT.get();
        progress.stage = Stage::Exchange;
        progress.bytes_sent += bytes.len();
        if progress.is_head_sent {
            progress.body_left = progress.body_left.saturating_sub(bytes.len());
        } else {
            progress.is_head_sent = bytes.ends_with(b"\r\n\r\n");
        }
        CURRENT.set(progress);
    }

    pub fn received(len: usize) {
        let progress = CURRENT.get();
        CURRENT.set(Self { bytes_received: progress.bytes_received + len, ..progress });
    }

    /// Whether Authlete may have the whole request. Without all of it, it cannot act: the JSON
    /// document is not complete.
    pub fn is_request_complete(self) -> bool {
        self.is_head_sent && self.body_left == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_complete_with_the_last_byte_of_its_body() {
        for (sent, body_len, expected) in [
            (&[][..], 2, false),
            (&["POST / HTTP/1.1\r\n"], 2, false),
            (&["POST / HTTP/1.1\r\n", "A: b\r\n\r\n"], 2, false),
            (&["POST / HTTP/1.1\r\n\r\n", "{"], 2, false),
            (&["POST / HTTP/1.1\r\n\r\n", "{", "}"], 2, true),
            (&["POST / HTTP/1.1\r\n\r\n", "{}"], 2, true),
        ] {
            Progress::begin(body_len);
            for bytes in sent {
                Progress::sent(bytes.as_bytes());
            }
            assert_eq!(Progress::current().is_request_complete(), expected, "{sent:?}");
        }
    }
}
