//! A strict check of the framing of a chunked body (RFC 9112, 7.1). ureq is more lenient: it
//! accepts a space or a sign before a chunk size, and any line as a trailer field. A proxy may find
//! the end of such a body at another place, so the body is rejected and its connection closed.

/// The maximum number of digits of a chunk size: 64 bits.
const MAX_SIZE_DIGITS: u8 = 16;

/// Scans a chunked body from the first chunk size to the end of the trailer section.
#[derive(Clone, Copy, Debug)]
pub struct ChunkScanner {
    state: State,
    /// The size of the current chunk. In the state `Data`, the number of bytes left.
    size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In a chunk size, after this many digits.
    Size(u8),
    Extension,
    EndOfSize,
    Data,
    /// After the data. The field is the byte expected next: CR, then LF.
    EndOfData(u8),
    /// At the start of a line in the trailer section.
    Trailer,
    FieldName,
    FieldValue,
    EndOfField,
    EndOfBody,
    Complete,
    Malformed,
}

impl ChunkScanner {
    pub fn new() -> Self {
        Self { state: State::Size(0), size: 0 }
    }

    pub fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    pub fn is_malformed(&self) -> bool {
        self.state == State::Malformed
    }

    /// Processes the next bytes of the body.
    pub fn scan(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.state == State::Malformed {
                return;
            }
            if self.state == State::Data {
                let len = self.size.min(bytes.len() as u64);
                self.size -= len;
                bytes = bytes.get(len as usize..).unwrap_or_default();
                if self.size == 0 {
                    self.state = State::EndOfData(b'\r');
                }
            } else {
                self.state = self.next(byte);
                bytes = rest;
            }
        }
    }

    fn next(&mut self, byte: u8) -> State {
        let is_text = byte == b'\t' || (byte >= b' ' && byte != 0x7f);
        match (self.state, byte) {
            (State::Size(digits), _) if byte.is_ascii_hexdigit() && digits < MAX_SIZE_DIGITS => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                self.size = self.size << 4 | u64::from(digit);
                State::Size(digits + 1)
            }
            (State::Size(1..), b';') => State::Extension,
            (State::Size(1..) | State::Extension, b'\r') => State::EndOfSize,
            (State::Extension, _) if is_text => State::Extension,
            (State::EndOfSize, b'\n') if self.size == 0 => State::Trailer,
            (State::EndOfSize, b'\n') => State::Data,
            (State::EndOfData(b'\r'), b'\r') => State::EndOfData(b'\n'),
            (State::EndOfData(b'\n'), b'\n') => State::Size(0),
            (State::Trailer, b'\r') => State::EndOfBody,
            (State::EndOfBody, b'\n') => State::Complete,
            (State::FieldName, b':') => State::FieldValue,
            (State::Trailer | State::FieldName, _) if is_token(byte) => State::FieldName,
            (State::FieldValue, b'\r') => State::EndOfField,
            (State::FieldValue, _) if is_text => State::FieldValue,
            (State::EndOfField, b'\n') => State::Trailer,
            _ => State::Malformed,
        }
    }
}

/// Whether `byte` may occur in a field name (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(body: &str, step: usize) -> ChunkScanner {
        let mut chunks = ChunkScanner::new();
        body.as_bytes().chunks(step).for_each(|bytes| chunks.scan(bytes));
        chunks
    }

    #[test]
    fn strict_framing_only() {
        for step in [1, 3, 1000] {
            for body in [
                "0\r\n\r\n",
                "5\r\nhello\r\n000\r\n\r\n",
                "A;name=\"value\"\r\n0123456789\r\n0;x\r\nExpires: now\r\nx:\r\n\r\n",
            ] {
                assert!(scan(body, step).is_complete(), "{body:?} by {step}");
            }
            for body in [
                " 5\r\nhello\r\n0\r\n\r\n",
                "5 \r\nhello\r\n0\r\n\r\n",
                "+5\r\nhello\r\n0\r\n\r\n",
                "0x5\r\nhello\r\n0\r\n\r\n",
                "00000000000000005\r\nhello\r\n0\r\n\r\n",
                "5\nhello\r\n0\r\n\r\n",
                "5\r\nhello0\r\n\r\n",
                ";x\r\n\r\n",
                "\r\n\r\n",
                "0\r\nno colon\r\n\r\n",
                "0\r\nname\r\n\r\n",
                "0\r\n folded\r\n\r\n",
                "0\r\n\n",
                "0\r\n\r\nX",
            ] {
                assert!(scan(body, step).is_malformed(), "{body:?} by {step}");
            }
            for body in ["", "5", "5\r\nhell", "5\r\nhello\r\n", "0\r\n", "0\r\n\r", "0\r\nx:"] {
                let chunks = scan(body, step);
                assert!(!chunks.is_complete() && !chunks.is_malformed(), "{body:?} by {step}");
            }
        }
    }
}
