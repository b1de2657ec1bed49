//! Finds the boundaries of TLS records (RFC 8446, 5.1), which rustls does not report. They matter
//! because an incomplete record may contain part of an API response.

/// The length of a record header: type, version and length.
const HEADER_LEN: usize = 5;

/// Tracks the record boundaries in the bytes received.
#[derive(Debug, Default)]
pub struct Records {
    header: [u8; HEADER_LEN],
    header_len: usize,
    /// The number of bytes left in the current record, once its header is complete.
    left: usize,
    completed: u64,
}

impl Records {
    /// Whether no record is incomplete.
    pub fn is_at_boundary(&self) -> bool {
        self.header_len == 0
    }

    /// The number of complete records.
    pub fn completed(&self) -> u64 {
        self.completed
    }

    /// Processes the next bytes of the stream.
    pub fn received(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.header_len < HEADER_LEN {
                if let Some(place) = self.header.get_mut(self.header_len) {
                    *place = byte;
                }
                self.header_len += 1;
                bytes = rest;
                if self.header_len == HEADER_LEN {
                    let [.., high, low] = self.header;
                    self.left = usize::from(u16::from_be_bytes([high, low]));
                }
            } else {
                let len = self.left.min(bytes.len());
                bytes = bytes.get(len..).unwrap_or_default();
                self.left -= len;
            }
            if self.header_len == HEADER_LEN && self.left == 0 {
                self.header_len = 0;
                self.completed += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_every_record_is_known() {
        let stream = [22, 3, 3, 0, 2, 1, 2, 23, 3, 3, 0, 0, 23, 3, 3, 1, 0];
        let stream: Vec<u8> = stream.into_iter().chain([7; 256]).collect();
        for step in [1, 2, 3, 7, 300] {
            let mut records = Records::default();
            let mut len = 0;
            for bytes in stream.chunks(step) {
                records.received(bytes);
                len += bytes.len();
                let is_at_boundary = matches!(len, 7 | 12) || len == stream.len();
                assert_eq!(records.is_at_boundary(), is_at_boundary, "{len} by {step}");
            }
            assert_eq!(records.completed(), 3);
        }
    }
}
