//! A byte inserted at each position of a head and of a chunked body. The bytes and positions of the
//! Web Platform Tests (`fetch/h1-parsing`, 6 x 17) are among them.

use super::{DOCUMENT, Entry, OK, case, chunked, sized};

const BYTES: [(&str, u8); 9] = [
    ("NUL", 0),
    ("TAB", b'\t'),
    ("LF", b'\n'),
    ("CR", b'\r'),
    ("SP", b' '),
    ("FF", 0x0C),
    ("colon", b':'),
    ("x80", 0x80),
    ("xFF", 0xFF),
];

pub fn cases() -> Vec<Entry> {
    let sized = sized(OK, &["X-Name: value"]);
    let chunked = chunked(format!("{:x}\r\n{DOCUMENT}\r\n0\r\n\r\n", DOCUMENT.len()));
    let transfer_encoding = position(&chunked, b"Transfer-Encoding");
    [inserted("sized", &sized, 0), inserted("chunked", &chunked, transfer_encoding)]
        .into_iter()
        .flatten()
        .collect()
}

/// Each byte at each position of `message` from `start` on, except within the document.
fn inserted(kind: &str, message: &[u8], start: usize) -> Vec<Entry> {
    let document = position(message, DOCUMENT.as_bytes());
    let positions = (start..=document).chain(document + DOCUMENT.len()..=message.len());
    let insert = |at: usize, name: &str, byte: u8| {
        let (before, after) = message.split_at(at);
        // The document is the same in every case, and too long for a name.
        let context = |bytes: &[u8]| bytes.escape_ascii().to_string();
        let (from, to) = (at.saturating_sub(8), (at + 8).min(message.len()));
        let before_at = context(&message[from..at]);
        let after_at = context(&message[at..to]);
        let name = format!("{kind} {at}: {before_at}<{name}>{after_at}");
        case(name, [before, &[byte], after].concat())
    };
    positions.flat_map(|at| BYTES.map(|(name, byte)| insert(at, name, byte))).collect()
}

fn position(message: &[u8], wanted: &[u8]) -> usize {
    message.windows(wanted.len()).position(|window| window == wanted).expect("it is there")
}
