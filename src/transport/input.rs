//! The bytes that a connection has received and ureq has not consumed yet.
//!
//! ureq accepts some responses that other clients refuse. This buffer sees every byte before and
//! after ureq does, so these checks are here.

use super::chunks::ChunkScanner;

/// The size of the buffer. The head of a response has to fit in.
pub(super) const MAX_HEAD_LEN: usize = 16 * 1024;

pub struct Input {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    /// Whether ureq consumed anything when it last looked at the input.
    has_progressed: bool,
    /// Whether the input begins with the head of a response, interim or final.
    is_at_head: bool,
    /// Scans the body as if it were chunked. The exchange uses the result only if it is.
    chunks: ChunkScanner,
}

impl Input {
    pub fn new() -> Self {
        Self {
            bytes: vec![0; MAX_HEAD_LEN].into(),
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

    /// Room for bytes to be received; empty if the buffer is full of unread bytes.
    pub fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// `len` bytes were received into [`Self::room`].
    pub fn received(&mut self, len: usize) {
        self.end += len;
        self.hide_continue();
    }

    /// ureq has read `len` bytes.
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
        self.hide_continue();
    }

    /// Whether ureq can make progress without receiving more.
    pub fn is_worth_reading(&self) -> bool {
        self.has_progressed && self.start < self.end && !self.has_bytes_before_head()
    }

    /// Whether there are bytes before the status line. ureq would skip empty lines there. libcurl
    /// refuses them: they may be the end of another response.
    pub fn has_bytes_before_head(&self) -> bool {
        self.is_at_head && self.unread().first().is_some_and(|&byte| byte != b'H')
    }

    /// The framing of the body, if it is chunked.
    pub fn chunks(&self) -> &ChunkScanner {
        &self.chunks
    }

    /// ureq refuses a 100 with header fields, which RFC 9110, 15.2 permits, but skips a 102
    /// with header fields. So a 100 is changed to a 102 before ureq sees it; the library does not
    /// wait for a 100 anyway.
    fn hide_continue(&mut self) {
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

/// Whether `head` is that of an interim response, which ureq skips; ureq treats 101 as final.
fn is_interim(head: &[u8]) -> bool {
    matches!(head, [b'H', b'T', b'T', b'P', b'/', _, _, _, b' ', b'1', digits @ ..]
        if !digits.starts_with(b"01"))
}
