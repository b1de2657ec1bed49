//! Content-Length, Transfer-Encoding, and bodies that are shorter or longer than announced. The
//! forms of the Web Platform Tests (`fetch/content-length`) are among them.

use super::{DOCUMENT, Entry, OK, all_valid, case, each, message, shown, sized, valid};

/// After "Content-Length: "; LEN is the length. "+ " begins another header line of that name.
const LENGTHS: &str = "0LEN|+LEN|-LEN|-1|0xHEX|LEN.0|1e2|LENx|LEN;|LEN;q=1|\"LEN\"|FIRST REST|FIRST_REST|\
    FIRST,REST|LEN,|,LEN|LEN, LEN|LEN,LEN|LEN, 5|5, LEN|LEN+ LEN|LEN+ 0LEN|LEN+ LEN,LEN|0LEN, LEN|5,5|5+ 5|\
    many, more|many+ many|LEN+ 5|5+ LEN|LEN\r\n LEN|WIDE|many|9223372036854775807|\
    9223372036854775808|18446744073709551615|18446744073709551616";

pub fn cases() -> Vec<Entry> {
    let len = DOCUMENT.len();
    let valid_lines = [
        format!("Content-Length: {len}"),
        format!("CONTENT-length:{len}"),
        format!("Content-Length:   {len}"),
        format!("Content-Length: {len} \t "),
    ];
    let digit = |digit: char| char::from_u32(0xFF10 + digit as u32 - '0' as u32).expect("a digit");
    let wide: String = len.to_string().chars().map(digit).collect();
    let lines = LENGTHS
        .replace("+ ", "\r\nContent-Length: ")
        .replace("LEN", &len.to_string())
        .replace("HEX", &format!("{len:x}"))
        .replace("FIRST", &(len / 100).to_string())
        .replace("REST", &format!("{:02}", len % 100))
        .replace("WIDE", &wide);
    let lines = lines.split('|').map(|text| format!("Content-Length: {text}"));
    let others = [
        "Content-Length".to_owned(),
        "Content-Length:".to_owned(),
        format!("Content-Length : {len}"),
        format!("Content-Length\t: {len}"),
        format!(" Content-Length: {len}"),
        format!("Content-Length:\r\nContent-Length: {len}"),
        format!("Content-Length: {len}\r\nContent-Length:"),
        format!("Content-Length:\r\n {len}"),
        format!("Content-Length:\t{len}"),
        format!("Content_Length: {len}"),
        format!("Content-Length: {}{len}", "0".repeat(30)),
        format!("Content-Length: {}", (1_u128 << 32) + len as u128),
        format!("Content-Length: {}", (1_u128 << 64) + len as u128),
    ];
    let sent = |line: &str| message(OK, &[line], DOCUMENT);
    let mut entries = all_valid(each(valid_lines, shown, sent));
    entries.extend(each(lines.chain(others), shown, sent));
    entries
}

/// After "Transfer-Encoding: "; "+ " begins another header line of that name.
const CODINGS: &str = "chunked\r\n ,gzip|chunked, gzip|gzip, chunked|deflate, chunked|compress, chunked|\
    gzip+ chunked|chunked+ gzip|chunked, chunked|chunked+ chunked|identity|identity, chunked|chunked, identity|\
    identity+ chunked|chunked+ identity|x, chunked|chunked, x|,chunked|chunked,|chunked;q=1|chunked;|\
    \"chunked\"|xchunked|chunkedx|chunk|chun ked|chunked gzip|\u{b}chunked|\u{fc}chunked|trailers|\
    chunked\r\nContent-Length: LEN";

pub fn transfer_encodings() -> Vec<Entry> {
    let chunks = format!("{:x}\r\n{DOCUMENT}\r\n0\r\n\r\n", DOCUMENT.len());
    let valid_lines = [
        "Transfer-Encoding: chunked",
        "transfer-encoding:CHUNKED",
        "Transfer-Encoding: Chunked \t",
    ];
    let lines =
        CODINGS.replace("+ ", "\r\nTransfer-Encoding: ").replace("LEN", &chunks.len().to_string());
    let lines = lines.split('|').map(|text| format!("Transfer-Encoding: {text}"));
    let others = "Transfer-Encoding:|Transfer-Encoding|Transfer-Encoding : chunked|Transfer_Encoding: chunked| Transfer-Encoding: \
         chunked|Transfer-Encoding:\r\n chunked|TE: chunked";
    let lengths = [&chunks.len().to_string(), "5", "0", "x"]
        .map(|len| format!("Content-Length: {len}\r\nTransfer-Encoding: chunked"));
    let plain = ": identity|: gzip|: x|:|: chunked| : chunked";
    let plain = plain.split('|').map(|text| format!("Transfer-Encoding{text}"));
    let framed = |line: &str| message(OK, &[line], &chunks);
    let mut entries = all_valid(each(valid_lines, shown, framed));
    entries.extend(each(
        lines.chain(others.split('|').map(str::to_owned)).chain(lengths),
        shown,
        framed,
    ));
    let name = |line: &str| format!("{line}, a length and no chunks");
    entries.extend(each(plain, name, |line| sized(OK, &[line])));
    entries
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
