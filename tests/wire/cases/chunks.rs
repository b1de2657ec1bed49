//! Chunk sizes, chunk extensions, the last chunk and trailers (RFC 9112, 7.1).

use super::{DOCUMENT, Entry, PLACEHOLDER, all_valid, case, chunked, each, shown, valid};

/// What follows the first chunk in a well-formed body.
const LAST: &str = "\r\n0\r\n\r\n";

const ANOTHER: &str = "0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// SIZE is that of the document.
const SIZES: &str = " SIZE|\tSIZE|SIZE |SIZE\t|SIZE   |+SIZE|-SIZE|0xSIZE|SIZEh|SIZEg|SIZE,|SIZE.|SIZE_|SIZE SIZE|\
    \"SIZE\"||g|-1|ffffffff|7fffffffffffffff|8000000000000000|ffffffffffffffff|10000000000000000";

pub fn sizes() -> Vec<Entry> {
    let len = DOCUMENT.len();
    let size = format!("{len:x}");
    let zeros = [8, 15, 16, 17, 20, 1000].map(|digits| format!("{len:0digits$x}"));
    let wrapped = [32, 64, 68].map(|bits| format!("{:x}", (1_u128 << bits) + len as u128));
    let wrong = [len - 1, len + 1, len + 2].map(|len| format!("{len:x}"));
    let lines = SIZES.replace("SIZE", &size);
    let lines = lines.split('|').map(str::to_owned).chain([len.to_string()]);
    let name = |line: &str| match line.len() {
        0..40 => format!("size {line:?}"),
        len => format!("size of {len} digits"),
    };
    // The placeholder is not split.
    let (before, after) = DOCUMENT.split_once(PLACEHOLDER).expect("it has one");
    let pieces = |size: usize| -> String {
        let [before, after] = [before, after].map(|part| part.as_bytes().chunks(size));
        let pieces = before.chain([PLACEHOLDER.as_bytes()]).chain(after).map(|piece| {
            let len = piece.len();
            format!("{len:x}\r\n{}\r\n", String::from_utf8_lossy(piece))
        });
        pieces.chain(["0\r\n\r\n".to_owned()]).collect()
    };
    let framed = |line: &str| chunked(format!("{line}\r\n{DOCUMENT}{LAST}"));
    let mut entries = each(lines.chain(zeros).chain(wrapped).chain(wrong), name, framed);
    entries.extend([
        valid("size in lower case", framed(&size)),
        valid("size in capitals", framed(&size.to_uppercase())),
        valid("chunks of one byte", chunked(pieces(1))),
        valid("chunks of ten bytes", chunked(pieces(10))),
    ]);
    for (name, body) in [
        ("LF after the size", format!("{size}\n{DOCUMENT}{LAST}")),
        ("CR after the size", format!("{size}\r{DOCUMENT}{LAST}")),
        ("LF after the data", format!("{size}\r\n{DOCUMENT}\n0\r\n\r\n")),
        ("CR after the data", format!("{size}\r\n{DOCUMENT}\r0\r\n\r\n")),
        ("nothing after the data", format!("{size}\r\n{DOCUMENT}0\r\n\r\n")),
        ("two bytes after the data", format!("{size}\r\n{DOCUMENT}xx0\r\n\r\n")),
        ("two line ends after the data", format!("{size}\r\n{DOCUMENT}\r\n{LAST}")),
        ("LF everywhere", format!("{size}\n{DOCUMENT}\n0\n\n")),
        ("a line end before the size", format!("\r\n{size}\r\n{DOCUMENT}{LAST}")),
        ("chunked, but no chunk", String::new()),
        ("chunked, but the document", DOCUMENT.to_owned()),
        ("half a chunk", format!("{size}\r\n{}", &DOCUMENT[..len / 2])),
        ("half a size line", size.clone()),
    ] {
        entries.push(case(name, chunked(body)));
    }
    entries
}

pub fn extensions() -> Vec<Entry> {
    let len = DOCUMENT.len();
    let valid_ones = ";a|;a=b|;a=\"b c\"|;a=b;c=d";
    let others = ";|;;|; a = b| ;a=b|\t;a=b|;a=|;=b|;a=\"b|;a=\"b\r\nc\"|;a=b\nc|;a=b\rc|;a=\0|;a=\u{7f}|;a=\u{fc}|\
        ;a=b,c|a=b| a=b|,a=b";
    let framed = |extension: &str| chunked(format!("{len:x}{extension}\r\n{DOCUMENT}{LAST}"));
    let last = |end: &str| chunked(format!("{len:x}\r\n{DOCUMENT}\r\n0{end}\r\n\r\n"));
    let name = |extension: &str| format!("extension {}", shown(extension));
    let mut entries = all_valid(each(valid_ones.split('|'), name, framed));
    entries.extend(each(others.split('|'), name, framed));
    let long =
        [100, 1000, 8000, 15_000, 20_000, 100_000].map(|len| format!(";{}", "a".repeat(len - 1)));
    entries.extend(each(
        long,
        |extension| format!("extension of {} bytes", extension.len()),
        framed,
    ));
    let name = |extension: &str| format!("extension {extension:?} of the last chunk");
    entries.extend(each([";a", ";a=\"\r\n\"", " ", "x"], name, last));
    entries
}

pub fn trailers() -> Vec<Entry> {
    let valid_ones = "X: y\r\n|X: y\r\nZ: 1\r\n|X:\r\n";
    let others = "X: y\n|no colon\r\n|: no name\r\n|X : y\r\n| X: y\r\n|X: a\r\n b\r\n|X: a\0b\r\n|X: a\rb\r\n|\
        X: \u{7f}\r\n|X Y: z\r\n|Content-Length: 5\r\n|Transfer-Encoding: chunked\r\n|Connection: close\r\n|\
        HTTP/1.1 200 OK\r\n|X: y\r\nno colon\r\n|0\r\n";
    let ended = |end: &str| chunked(format!("{:x}\r\n{DOCUMENT}\r\n{end}", DOCUMENT.len()));
    let framed = |trailer: &str| ended(&format!("0\r\n{trailer}\r\n"));
    let name = |trailer: &str| format!("trailer {}", shown(trailer));
    let mut entries = all_valid(each(valid_ones.split('|'), name, framed));
    entries.extend(each(others.split('|'), name, framed));
    let long = [1000, 15_000, 20_000].map(|len| format!("X: {}\r\n", "x".repeat(len - 5)));
    entries.extend(each(long, |trailer| format!("trailer of {} bytes", trailer.len()), framed));
    let many = [10, 100, 5000].map(|count| "X: y\r\n".repeat(count));
    entries.extend(each(many, |lines| format!("{} trailers", lines.len() / 6), framed));
    for (name, end) in [
        ("00", "00\r\n\r\n"),
        ("sixteen zeros", "0000000000000000\r\n\r\n"),
        ("seventeen zeros", "00000000000000000\r\n\r\n"),
        ("-0", "-0\r\n\r\n"),
        ("+0", "+0\r\n\r\n"),
        ("0x0", "0x0\r\n\r\n"),
        ("0 after a space", " 0\r\n\r\n"),
        ("no last chunk", ""),
        ("0 and no more", "0"),
        ("0, CR and no more", "0\r"),
        ("0, CR LF and no more", "0\r\n"),
        ("half the last line end", "0\r\n\r"),
        ("0 with LF", "0\n\r\n"),
        ("the last line end is LF", "0\r\n\n"),
        ("0 with CR", "0\r\r\n"),
        ("the last line end is CR", "0\r\n\rx"),
        ("another last chunk", "0\r\n\r\n0\r\n\r\n"),
        ("another chunk after the last", "0\r\n\r\n1\r\n \r\n0\r\n\r\n"),
        ("a line end after the last", "0\r\n\r\n\r\n"),
        ("another response after the last", ANOTHER),
        ("a byte after the last", "0\r\n\r\nx"),
        ("a trailer and no more", "0\r\nX: y\r\n"),
        ("half a trailer and no more", "0\r\nX: y"),
    ] {
        entries.push(case(format!("end: {name}"), ended(end)));
    }
    entries
}
