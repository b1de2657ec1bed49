//! The input buffer of a connection: bytes that have been received but not yet consumed by ureq.
//!
//! ureq accepts some malformed responses that other clients reject. All bytes pass through this
//! buffer before ureq parses them, so the additional checks are made here.

use super::chunks::ChunkScanner;

/// The size of the buffer. The status line and headers of a response must fit into it.
pub(super) const MAX_HEADERS_LEN: usize = 16 * 1024;

pub struct Input {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    /// Whether ureq consumed any bytes when it last read the input.
    has_progressed: bool,
    /// Whether the next byte starts a status line, that of an interim response or of the final one.
    is_at_head: bool,
    /// Scans the body as if it were chunked. The exchange uses the result only if it is chunked.
    chunks: ChunkScanner,
}

impl Input {
    pub fn new() -> Self {
        Self {
            bytes: vec![0; MAX_HEADERS_LEN].into(),
            start: 0,
            end: 0,
            has_progressed: false,
            is_at_head: true,
            chunks: ChunkScanner::new(),
        }
    }

    /// Prepares for the next response.
    pub fn begin_response(&mut self) {
        self.is_at_head = true;
        self.has_progressed = false;
        self.chunks = ChunkScanner::new();
    }

    pub fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// The free space for received bytes. It is empty if the buffer is full of unread bytes.
    pub fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Records that `len` bytes were received into [`Self::room`].
    pub fn received(&mut self, len: usize) {
        self.end += len;
        self.rewrite_continue();
    }

    /// Removes `len` bytes that ureq has parsed. ureq consumes the head of each response, interim
    /// or final, at once.
    pub fn consume(&mut self, len: usize) {
        self.has_progressed = len > 0;
        if len == 0 {
            return;
        }
        let consumed = self.bytes.get(self.start..self.start + len).unwrap_or_default();
        if !self.is_at_head {
            self.chunks.scan(consumed);
        } else if !is_interim(consumed) {
            self.is_at_head = false;
        }
        self.start += len;
        self.rewrite_continue();
    }

    /// Whether ureq can make progress without receiving more bytes.
    pub fn can_progress(&self) -> bool {
        self.has_progressed && self.start < self.end && !self.has_bytes_before_head()
    }

    /// Whether there are bytes before the status line. ureq would skip empty lines, but libcurl
    /// rejects them: they may be the end of another response.
    pub fn has_bytes_before_head(&self) -> bool {
        self.is_at_head && self.unread().first().is_some_and(|&byte| byte != b'H')
    }

    /// The scanner of the body. Its result is valid only if the body is chunked.
    pub fn chunks(&self) -> &ChunkScanner {
        &self.chunks
    }

    /// Changes the status of a 100 response to 102. RFC 9110, 15.2 permits header fields in both,
    /// but ureq rejects a 100 with header fields, while it skips a 102. The library never waits for
    /// a 100, so the change has no other effect.
    fn rewrite_continue(&mut self) {
        if !self.is_at_head {
            return;
        }
        let head = self.bytes.get_mut(self.start..self.end).unwrap_or_default();
        if let [b'H', b'T', b'T', b'P', b'/', b'1', b'.', _, b' ', b'1', b'0', digit @ b'0', ..] =
            head
        {
            *digit = b'2';
        }
    }
}

/// Whether `head` belongs to an interim response (1xx), which ureq skips. ureq treats 101 as final.
fn is_interim(head: &[u8]) -> bool {
    matches!(head, [b'H', b'T', b'T', b'P', b'/', _, _, _, b' ', b'1', digits @ ..]
        if !digits.starts_with(b"01"))
}
