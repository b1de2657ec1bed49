//! Content-Length, Transfer-Encoding, and bodies that are shorter or longer than announced. The
//! forms of the Web Platform Tests (`fetch/content-length`) are among them.

use super::{DOCUMENT, Entry, OK, case, message, shown, sized, valid};

pub fn cases() -> Vec<Entry> {
    let len = DOCUMENT.len();
    let valid_lines = [
        format!("Content-Length: {len}"),
        format!("CONTENT-length:{len}"),
        format!("Content-Length:   {len}"),
        format!("Content-Length: {len} \t "),
    ];
    let wrapped = |bits: u32| (1_u128 << bits) + len as u128;
    let digit = |digit: char| char::from_u32(0xFF10 + digit as u32 - '0' as u32).expect("a digit");
    let wide: String = len.to_string().chars().map(digit).collect();
    let (first, rest) = (len / 100, len % 100);
    let lines = [
        "Content-Length".to_owned(),
        "Content-Length:".to_owned(),
        format!("Content-Length : {len}"),
        format!("Content-Length\t: {len}"),
        format!("Content-Length:\t{len}"),
        format!(" Content-Length: {len}"),
        format!("Content_Length: {len}"),
        format!("Content-Length: 0{len}"),
        format!("Content-Length: {}{len}", "0".repeat(30)),
        format!("Content-Length: +{len}"),
        format!("Content-Length: -{len}"),
        "Content-Length: -1".to_owned(),
        format!("Content-Length: 0x{len:x}"),
        format!("Content-Length: {len}.0"),
        "Content-Length: 1e2".to_owned(),
        format!("Content-Length: {len}x"),
        format!("Content-Length: {len};"),
        format!("Content-Length: {len};q=1"),
        format!("Content-Length: \"{len}\""),
        format!("Content-Length: {first} {rest:02}"),
        format!("Content-Length: {first}_{rest:02}"),
        format!("Content-Length: {first},{rest:02}"),
        format!("Content-Length: {len},"),
        format!("Content-Length: ,{len}"),
        format!("Content-Length: {len}, {len}"),
        format!("Content-Length: {len},{len}"),
        format!("Content-Length: {len}, 5"),
        format!("Content-Length: 5, {len}"),
        format!("Content-Length: {len}\r\nContent-Length: {len}"),
        format!("Content-Length: {len}\r\nContent-Length: 0{len}"),
        format!("Content-Length: {len}\r\nContent-Length: {len},{len}"),
        format!("Content-Length: 0{len}, {len}"),
        "Content-Length: 5,5".to_owned(),
        "Content-Length: 5\r\nContent-Length: 5".to_owned(),
        "Content-Length: many, more".to_owned(),
        "Content-Length: many\r\nContent-Length: many".to_owned(),
        format!("Content-Length:\r\nContent-Length: {len}"),
        format!("Content-Length: {len}\r\nContent-Length: 5"),
        format!("Content-Length: 5\r\nContent-Length: {len}"),
        format!("Content-Length: {len}\r\nContent-Length:"),
        format!("Content-Length: {len}\r\n {len}"),
        format!("Content-Length:\r\n {len}"),
        format!("Content-Length: {wide}"),
        "Content-Length: many".to_owned(),
        "Content-Length: 9223372036854775807".to_owned(),
        "Content-Length: 9223372036854775808".to_owned(),
        "Content-Length: 18446744073709551615".to_owned(),
        "Content-Length: 18446744073709551616".to_owned(),
        format!("Content-Length: {}", wrapped(32)),
        format!("Content-Length: {}", wrapped(64)),
    ];
    let sent = |line: &String| message(OK, &[line], DOCUMENT);
    let valid_lines = valid_lines.iter().map(|line| valid(shown(line), sent(line)));
    valid_lines.chain(lines.iter().map(|line| case(shown(line), sent(line)))).collect()
}

pub fn transfer_encodings() -> Vec<Entry> {
    let len = DOCUMENT.len();
    let chunks = format!("{len:x}\r\n{DOCUMENT}\r\n0\r\n\r\n");
    let valid_lines = [
        "Transfer-Encoding: chunked",
        "transfer-encoding:CHUNKED",
        "Transfer-Encoding: Chunked \t",
    ];
    let lines = [
        "Transfer-Encoding:".to_owned(),
        "Transfer-Encoding".to_owned(),
        "Transfer-Encoding : chunked".to_owned(),
        "Transfer_Encoding: chunked".to_owned(),
        " Transfer-Encoding: chunked".to_owned(),
        "Transfer-Encoding:\r\n chunked".to_owned(),
        "Transfer-Encoding: chunked\r\n ,gzip".to_owned(),
        "Transfer-Encoding: chunked, gzip".to_owned(),
        "Transfer-Encoding: gzip, chunked".to_owned(),
        "Transfer-Encoding: deflate, chunked".to_owned(),
        "Transfer-Encoding: compress, chunked".to_owned(),
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip".to_owned(),
        "Transfer-Encoding: chunked, chunked".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked".to_owned(),
        "Transfer-Encoding: identity".to_owned(),
        "Transfer-Encoding: identity, chunked".to_owned(),
        "Transfer-Encoding: chunked, identity".to_owned(),
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity".to_owned(),
        "Transfer-Encoding: x, chunked".to_owned(),
        "Transfer-Encoding: chunked, x".to_owned(),
        "Transfer-Encoding: ,chunked".to_owned(),
        "Transfer-Encoding: chunked,".to_owned(),
        "Transfer-Encoding: chunked;q=1".to_owned(),
        "Transfer-Encoding: chunked;".to_owned(),
        "Transfer-Encoding: \"chunked\"".to_owned(),
        "Transfer-Encoding: xchunked".to_owned(),
        "Transfer-Encoding: chunkedx".to_owned(),
        "Transfer-Encoding: chunk".to_owned(),
        "Transfer-Encoding: chun ked".to_owned(),
        "Transfer-Encoding: chunked gzip".to_owned(),
        "Transfer-Encoding: \u{b}chunked".to_owned(),
        "Transfer-Encoding: \u{fc}chunked".to_owned(),
        "Transfer-Encoding: trailers".to_owned(),
        "TE: chunked".to_owned(),
    ];
    let both = |first: &str, second: &str| format!("{first}\r\n{second}");
    let (length, encoding) =
        (format!("Content-Length: {}", chunks.len()), "Transfer-Encoding: chunked");
    let pairs = [
        both(encoding, &length),
        both(&length, encoding),
        both("Content-Length: 5", encoding),
        both("Content-Length: 0", encoding),
        both("Content-Length: x", encoding),
    ];
    let plain = [
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: x",
        "Transfer-Encoding:",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding : chunked",
    ];
    let valid_lines =
        valid_lines.into_iter().map(|line| valid(shown(line), message(OK, &[line], &chunks)));
    let lines =
        lines.iter().chain(&pairs).map(|line| case(shown(line), message(OK, &[line], &chunks)));
    let plain = plain
        .into_iter()
        .map(|line| case(format!("{line}, a length and no chunks"), sized(OK, &[line])));
    valid_lines.chain(lines).chain(plain).collect()
}

/// Bodies that are shorter or longer than their length.
pub fn bodies() -> Vec<Entry> {
    let len = DOCUMENT.len();
    let announced =
        |len: usize, body: &[u8]| message(OK, &[&format!("Content-Length: {len}")], body);
    let then = |stray: &[u8]| announced(len, &[DOCUMENT.as_bytes(), stray].concat());
    let evil =
        r#"{"resultCode":"A060306","action":"LOCATION","responseContent":"https://evil.example/"}"#;
    let extra = message(OK, &[&format!("Content-Length: {}", evil.len())], evil);
    vec![
        case("length 0, no body", announced(0, b"")),
        case("length 0, a body", announced(0, DOCUMENT.as_bytes())),
        case("one byte short", announced(len + 1, DOCUMENT.as_bytes())),
        case("half a body", announced(len, &DOCUMENT.as_bytes()[..len / 2])),
        case("no body", announced(len, b"")),
        case("far too short", announced(1_000_000, DOCUMENT.as_bytes())),
        case("longer than allowed", announced(2_000_000, &vec![b' '; 1_200_000])),
        case("one byte too long", announced(len - 1, DOCUMENT.as_bytes())),
        case("then a space", then(b" ")),
        case("then a NUL character", then(b"\0")),
        case("then a line end", then(b"\r\n")),
        case("then half a line end", then(b"\r")),
        case("then another response", then(&extra)),
        case("then a line end and another response", then(&[b"\r\n", extra.as_slice()].concat())),
        case("then a 100", then(b"HTTP/1.1 100 Continue\r\n\r\n")),
        case("then a 408", then(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")),
        case("then 20,000 bytes", then(&[b'x'; 20_000])),
        case("then 16,000 bytes", then(&[b'x'; 16_000])),
        valid("white space around the document", {
            let body = format!(" \r\n{DOCUMENT}\t\n");
            announced(body.len(), body.as_bytes())
        }),
    ]
}
