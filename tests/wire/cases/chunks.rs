//! Chunk sizes, chunk extensions, the last chunk and trailers (RFC 9112, 7.1).

use super::{DOCUMENT, Entry, PLACEHOLDER, case, chunked, valid};

/// What follows the first chunk in a well-formed body.
const LAST: &str = "\r\n0\r\n\r\n";

pub fn sizes() -> Vec<Entry> {
    let len = DOCUMENT.len();
    let wrapped = |bits: u32| format!("{:x}", (1_u128 << bits) + len as u128);
    let lines = [
        format!("{len:08x}"),
        format!("{len:015x}"),
        format!("{len:016x}"),
        format!("{len:017x}"),
        format!("{len:020x}"),
        format!("{len:01000x}"),
        format!(" {len:x}"),
        format!("\t{len:x}"),
        format!("{len:x} "),
        format!("{len:x}\t"),
        format!("{len:x}   "),
        format!("+{len:x}"),
        format!("-{len:x}"),
        format!("0x{len:x}"),
        format!("{len:x}h"),
        format!("{len:x}g"),
        format!("{len:x},"),
        format!("{len:x}."),
        format!("{len:x}_"),
        format!("{len:x} {len:x}"),
        format!("\"{len:x}\""),
        len.to_string(),
        String::new(),
        "g".to_owned(),
        "-1".to_owned(),
        "ffffffff".to_owned(),
        "7fffffffffffffff".to_owned(),
        "8000000000000000".to_owned(),
        "ffffffffffffffff".to_owned(),
        "10000000000000000".to_owned(),
        wrapped(32),
        wrapped(64),
        wrapped(68),
        format!("{:x}", len - 1),
        format!("{:x}", len + 1),
        format!("{:x}", len + 2),
    ];
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
    let framed = |line: &String| chunked(format!("{line}\r\n{DOCUMENT}{LAST}"));
    let others = [
        valid("size in lower case", chunked(format!("{len:x}\r\n{DOCUMENT}{LAST}"))),
        valid("size in capitals", chunked(format!("{len:X}\r\n{DOCUMENT}{LAST}"))),
        valid("chunks of one byte", chunked(pieces(1))),
        valid("chunks of ten bytes", chunked(pieces(10))),
        case("LF after the size", chunked(format!("{len:x}\n{DOCUMENT}{LAST}"))),
        case("CR after the size", chunked(format!("{len:x}\r{DOCUMENT}{LAST}"))),
        case("LF after the data", chunked(format!("{len:x}\r\n{DOCUMENT}\n0\r\n\r\n"))),
        case("CR after the data", chunked(format!("{len:x}\r\n{DOCUMENT}\r0\r\n\r\n"))),
        case("nothing after the data", chunked(format!("{len:x}\r\n{DOCUMENT}0\r\n\r\n"))),
        case("two bytes after the data", chunked(format!("{len:x}\r\n{DOCUMENT}xx0\r\n\r\n"))),
        case("two line ends after the data", chunked(format!("{len:x}\r\n{DOCUMENT}\r\n{LAST}"))),
        case("LF everywhere", chunked(format!("{len:x}\n{DOCUMENT}\n0\n\n"))),
        case("a line end before the size", chunked(format!("\r\n{len:x}\r\n{DOCUMENT}{LAST}"))),
        case("chunked, but no chunk", chunked("")),
        case("chunked, but the document", chunked(DOCUMENT)),
        case("half a chunk", chunked(format!("{len:x}\r\n{}", &DOCUMENT[..len / 2]))),
        case("half a size line", chunked(format!("{len:x}"))),
    ];
    lines.iter().map(|line| case(name(line), framed(line))).chain(others).collect()
}

pub fn extensions() -> Vec<Entry> {
    let len = DOCUMENT.len();
    let valid_ones = [";a", ";a=b", ";a=\"b c\"", ";a=b;c=d"];
    let others = [
        ";",
        ";;",
        "; a = b",
        " ;a=b",
        "\t;a=b",
        ";a=",
        ";=b",
        ";a=\"b",
        ";a=\"b\r\nc\"",
        ";a=b\nc",
        ";a=b\rc",
        ";a=\0",
        ";a=\u{7f}",
        ";a=\u{fc}",
        ";a=b,c",
        "a=b",
        " a=b",
        ",a=b",
    ];
    let framed = |extension: &str| chunked(format!("{len:x}{extension}\r\n{DOCUMENT}{LAST}"));
    let name = |extension: &str| format!("extension {}", extension.escape_debug());
    let long = |count: usize| {
        case(format!("extension of {count} bytes"), framed(&format!(";{}", "a".repeat(count - 1))))
    };
    let last = |extension: &str| {
        case(
            format!("extension {extension:?} of the last chunk"),
            chunked(format!("{len:x}\r\n{DOCUMENT}\r\n0{extension}\r\n\r\n")),
        )
    };
    valid_ones
        .into_iter()
        .map(|extension| valid(name(extension), framed(extension)))
        .chain(others.into_iter().map(|extension| case(name(extension), framed(extension))))
        .chain([100, 1000, 8000, 15_000, 20_000, 100_000].map(long))
        .chain([";a", ";a=\"\r\n\"", " ", "x"].map(last))
        .collect()
}

pub fn trailers() -> Vec<Entry> {
    let len = DOCUMENT.len();
    let valid_ones = ["X: y\r\n", "X: y\r\nZ: 1\r\n", "X:\r\n"];
    let others = [
        "X: y\n",
        "no colon\r\n",
        ": no name\r\n",
        "X : y\r\n",
        " X: y\r\n",
        "X: a\r\n b\r\n",
        "X: a\0b\r\n",
        "X: a\rb\r\n",
        "X: \u{7f}\r\n",
        "X Y: z\r\n",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "HTTP/1.1 200 OK\r\n",
        "X: y\r\nno colon\r\n",
        "0\r\n",
    ];
    let ended = |end: &str| chunked(format!("{len:x}\r\n{DOCUMENT}\r\n{end}"));
    let framed = |trailer: &str| ended(&format!("0\r\n{trailer}\r\n"));
    let name = |trailer: &str| format!("trailer {}", trailer.escape_debug());
    let long = |len: usize| {
        case(format!("trailer of {len} bytes"), framed(&format!("X: {}\r\n", "x".repeat(len - 5))))
    };
    let many = |count: usize| case(format!("{count} trailers"), framed(&"X: y\r\n".repeat(count)));
    let ends = [
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
        (
            "another response after the last",
            "0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        ),
        ("a byte after the last", "0\r\n\r\nx"),
        ("a trailer and no more", "0\r\nX: y\r\n"),
        ("half a trailer and no more", "0\r\nX: y"),
    ];
    valid_ones
        .into_iter()
        .map(|trailer| valid(name(trailer), framed(trailer)))
        .chain(others.into_iter().map(|trailer| case(name(trailer), framed(trailer))))
        .chain([1000, 15_000, 20_000].map(long))
        .chain([10, 100, 5000].map(many))
        .chain(ends.into_iter().map(|(name, end)| case(format!("end: {name}"), ended(end))))
        .collect()
}
