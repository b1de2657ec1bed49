//! Header lines, and headers about the connection.

use super::{DOCUMENT, Entry, OK, case, message, shown, sized, valid};

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
        "X Y: space in the name",
        "X(Y): parentheses in the name",
        "X\"Y\": quotes in the name",
        "X@Y: at sign in the name",
        "X[Y]: brackets in the name",
        "X{Y}: braces in the name",
        "X/Y: slash in the name",
        "X,Y: comma in the name",
        "X;Y: semicolon in the name",
        "X\u{7f}Y: DEL in the name",
        "X\u{fc}Y: UTF-8 in the name",
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
    let valid_lines = valid_lines.into_iter().map(|line| valid(shown(line), sized(OK, &[line])));
    let lines = lines.into_iter().map(|line| case(shown(line), sized(OK, &[line])));
    let repeated = |count: usize| sized(OK, &vec!["X: y"; count]);
    let long = |len: usize| sized(OK, &[&format!("X: {}", "x".repeat(len))]);
    let others = [
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
    ];
    valid_lines.chain(lines).chain(others).collect()
}

/// HTTP/1.0, the Connection header, and bodies that end with the connection.
pub fn persistence() -> Vec<Entry> {
    let lines = [
        "Connection: close",
        "Connection: Close",
        "Connection: keep-alive",
        "Connection: keep-alive, close",
        "Connection: close, TE",
        "Connection: keep-alive\r\nConnection: close",
        "Connection:close\t",
        "Connection: closed",
        "Connection: \"close\"",
        "Connection: X-Name",
        "Proxy-Connection: close",
        "Keep-Alive: timeout=0",
        "Keep-Alive: timeout=5, max=100",
    ];
    let chunks = format!("{:x}\r\n{DOCUMENT}\r\n0\r\n\r\n", DOCUMENT.len());
    let old = "HTTP/1.0 200 OK";
    let now = lines.into_iter().map(|line| valid(shown(line), sized(OK, &[line])));
    let before = [
        valid("1.0 with a length", sized(old, &["X: y"])),
        valid("1.0, keep-alive, with a length", sized(old, &["Connection: keep-alive"])),
        case("1.0 until the end", message(old, &[], DOCUMENT)),
        case("1.0, keep-alive, until the end", message(old, &["Connection: keep-alive"], DOCUMENT)),
        case("1.0 chunked", message(old, &["Transfer-Encoding: chunked"], &chunks)),
        case(
            "1.0 chunked, keep-alive",
            message(old, &["Transfer-Encoding: chunked", "Connection: keep-alive"], &chunks),
        ),
        case(
            "1.0 chunked, with a length",
            message(old, &["Transfer-Encoding: chunked", "Content-Length: 5"], &chunks),
        ),
        case("1.1 until the end", message(OK, &[], DOCUMENT)),
        case("1.1, close, until the end", message(OK, &["Connection: close"], DOCUMENT)),
        case("1.1, keep-alive, until the end", message(OK, &["Connection: keep-alive"], DOCUMENT)),
    ];
    now.chain(before).collect()
}
