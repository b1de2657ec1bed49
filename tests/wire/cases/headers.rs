//! Header lines, and headers about the connection.

use super::{DOCUMENT, Entry, OK, all_valid, case, each, message, shown, sized, valid};

pub fn cases() -> Vec<Entry> {
    let valid_lines = [
        "X-Empty:",
        "X-Spaces:   \t  ",
        "X-Value:no space",
        "X-Tab: a\tb",
        "X-UTF-8: \u{fc}\u{20ac}",
        "!#$%&'*+-.^_`|~1aZ: every kind of token character",
        "Content-Type: application/json;charset=UTF-8",
        "Set-Cookie: a=b\r\nSet-Cookie: c=d",
        "content-encoding: identity",
    ];
    let lines = [
        "no colon",
        "",
        ": no name",
        ":",
        "X-Space : before the colon",
        "X-Tab\t: before the colon",
        " X-First: begins with a space",
        "X: DEL \u{7f} in the value",
        "X: escape \u{1b}[31m in the value",
        "X: vertical tab \u{b} in the value",
        "X: a\r\n folded with a space",
        "X: a\r\n\tfolded with a tab",
        "X: a\r\n \r\n folded with an empty line",
        "X:\r\n folded, all of the value",
        "X: a\n folded after LF",
        "X\r\n: folded before the colon",
        "Content-Encoding: gzip",
        "Content-Encoding: br",
        "Upgrade: h2c\r\nConnection: Upgrade",
        "HTTP/1.1 200 OK",
        "Trailer: X-Late",
    ];
    let names = "X Y: space|X(Y): parentheses|X\"Y\": quotes|X@Y: at sign|X[Y]: brackets|X{Y}: braces|\
        X/Y: slash|X,Y: comma|X;Y: semicolon|X\u{7f}Y: DEL|X\u{fc}Y: UTF-8";
    let names = names.split('|').map(|name| format!("{name} in the name"));
    let one = |line: &str| sized(OK, &[line]);
    let mut entries = all_valid(each(valid_lines, shown, one));
    entries.extend(each(lines, shown, one));
    entries.extend(each(names, shown, one));
    let repeated = |count: usize| sized(OK, &vec!["X: y"; count]);
    let long = |len: usize| sized(OK, &[&format!("X: {}", "x".repeat(len))]);
    entries.extend([
        valid("100 headers", repeated(100)),
        case("127 headers", repeated(126)),
        case("129 headers", repeated(128)),
        case("2,000 headers", repeated(2000)),
        valid("value of 15,000 bytes", long(15_000)),
        case("value of 17,000 bytes", long(17_000)),
        case("value of 400,000 bytes", long(400_000)),
        case("name of 15,000 bytes", sized(OK, &[&format!("{}: y", "X".repeat(15_000))])),
        case("name of 70,000 bytes", sized(OK, &[&format!("{}: y", "X".repeat(70_000))])),
        case("the head does not end", "HTTP/1.1 200 OK\r\nX: y\r\n"),
        case("a header line does not end", "HTTP/1.1 200 OK\r\nX: y"),
    ]);
    entries
}

/// HTTP/1.0, the Connection header, and bodies that end with the connection.
pub fn persistence() -> Vec<Entry> {
    let lines = "Connection: close|Connection: Close|Connection: keep-alive|Connection: keep-alive, close|\
        Connection: close, TE|Connection: keep-alive\r\nConnection: close|Connection:close\t|Connection: closed|\
        Connection: \"close\"|Connection: X-Name|Proxy-Connection: close|Keep-Alive: timeout=0|\
        Keep-Alive: timeout=5, max=0|Keep-Alive: timeout=5, max=100";
    let chunks = format!("{:x}\r\n{DOCUMENT}\r\n0\r\n\r\n", DOCUMENT.len());
    let old = "HTTP/1.0 200 OK";
    let (close, keep) = ("Connection: close", "Connection: keep-alive");
    let (coding, short) = ("Transfer-Encoding: chunked", "Content-Length: 5");
    let mut entries = all_valid(each(lines.split('|'), shown, |line| sized(OK, &[line])));
    entries.extend([
        valid("1.0 with a length", sized(old, &["X: y"])),
        valid("1.0, keep-alive, with a length", sized(old, &[keep])),
        case("1.0 until the end", message(old, &[], DOCUMENT)),
        case("1.0, keep-alive, until the end", message(old, &[keep], DOCUMENT)),
        case("1.0 chunked", message(old, &[coding], &chunks)),
        case("1.0 chunked, keep-alive", message(old, &[coding, keep], &chunks)),
        case("1.0 chunked, with a length", message(old, &[coding, short], &chunks)),
        case("1.1 until the end", message(OK, &[], DOCUMENT)),
        case("1.1, close, until the end", message(OK, &[close], DOCUMENT)),
        case("1.1, keep-alive, until the end", message(OK, &[keep], DOCUMENT)),
    ]);
    entries
}
