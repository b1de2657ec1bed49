//! The output buffer of a connection. It collects a request so that headers and body are sent with
//! one write, or with one write for each 16 KiB of a longer request.

use std::io::{self, Write};

use crate::secret::Secret;
use crate::sys;

/// The size of the buffer. The request line and headers must fit into it.
pub(super) const MAX_HEAD_LEN: usize = 16 * 1024;

const END_OF_LINE: &[u8] = b"\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// The unsent bytes of a request. They contain the credentials and the ticket, so they are wiped
/// after they have been sent.
pub struct Output {
    bytes: Box<[u8]>,
    end: usize,
    is_head_complete: bool,
    /// The number of bytes of the body that ureq has not written yet.
    body_left: usize,
}

impl Output {
    pub fn new() -> Self {
        Self { bytes: vec![0; MAX_HEAD_LEN].into(), end: 0, is_head_complete: false, body_left: 0 }
    }

    /// Prepares for the next request, whose body has `body_len` bytes.
    pub fn begin_request(&mut self, body_len: usize) {
        self.wipe();
        self.is_head_complete = false;
        self.body_left = body_len;
    }

    pub fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Records that ureq has written `len` bytes into [`Self::room`]. After ureq's own headers, it
    /// adds `headers`. ureq therefore does not format them for every call, and its types never
    /// contain the credentials. It relies on ureq writing its headers and the body separately.
    pub fn written(&mut self, len: usize, headers: &Secret) -> io::Result<()> {
        self.end += len;
        if self.is_head_complete {
            self.body_left = self.body_left.saturating_sub(len);
        } else if self.unsent().ends_with(END_OF_HEAD) {
            self.is_head_complete = true;
            self.end -= END_OF_LINE.len();
            for part in [headers.expose(), END_OF_LINE] {
                // Counted even if it does not fit, so that the bytes that do are wiped.
                let start = self.end;
                self.end = (start + part.len()).min(self.bytes.len());
                self.bytes.get_mut(start..).unwrap_or_default().write_all(part)?;
            }
        }
        Ok(())
    }

    pub fn unsent(&self) -> &[u8] {
        self.bytes.get(..self.end).unwrap_or_default()
    }

    pub fn is_full(&self) -> bool {
        self.end == self.bytes.len()
    }

    /// Whether ureq has written the whole request.
    pub fn is_complete(&self) -> bool {
        self.is_head_complete && self.body_left == 0
    }

    /// Empties the buffer and wipes its bytes.
    pub fn wipe(&mut self) {
        if let Some(bytes) = self.bytes.get_mut(..self.end) {
            sys::wipe(bytes);
        }
        self.end = 0;
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.wipe();
    }
}
