//! Status lines, interim responses, and statuses that have no body.

use super::{DOCUMENT, Entry, OK, all_valid, case, each, message, shown, sized, valid};

/// Before " 200 OK".
const VERSIONS: &str = "HTTP/1.0|HTTP/1.2|HTTP/1.9|HTTP/0.9|HTTP/2|HTTP/2.0|HTTP/3|HTTP/1|HTTP/1.|HTTP/.1|\
    HTTP/1.10|HTTP/01.1|HTTP/11|HTTP/1.1.1|HTTP/1,1|HTTP 1.1|HTTP|http/1.1|Http/1.1|XTTP/1.1|HTTPS/1.1|ICY|\
    RTSP/1.0|\r\n\r\nHTTP/1.1|garbage\r\nHTTP/1.1|X-Header: 1\r\nHTTP/1.1|HTTP/1.1 200 OK\r\nHTTP/1.1|\
    HTTP/1.1 ";

/// After "HTTP/1.1".
const STATUSES: &str = " 200| 200  OK|\t200 OK| 200\tOK| 200OK| 200 \u{fc}\u{20ac}| 2000 OK| 0200 OK| 20 OK| 20|\x20\
    +20 OK| -200 OK| 2x0 OK| 0x200 OK| 000 OK| 099 OK| 600 OK| 999 OK| 1000 OK| \u{662}\u{660}\u{660} OK| OK||\x20\
    400 Bad Request| 401 Unauthorized| 404| 4040 Not Found| 40 4| 429 Too Many Requests|\x20\
    500 Internal Server Error| 503 Service Unavailable| 301 Moved Permanently";

pub fn cases() -> Vec<Entry> {
    let alone = |line: &str| sized(line, &[]);
    let versions = VERSIONS.split('|').map(|version| format!("{version} 200 OK"));
    let statuses = STATUSES.split('|').map(|status| format!("HTTP/1.1{status}"));
    let others = ["200 OK", "OK", ""].map(str::to_owned);
    let long = |len: usize| sized(&format!("{OK}{}", "x".repeat(len)), &[]);
    let with =
        |end: &str, lines: &[&str]| String::from_utf8_lossy(&sized(OK, lines)).replace("\r\n", end);
    let mut entries = each(versions.chain(statuses).chain(others), shown, alone);
    entries.extend(all_valid(each(
        [OK, "HTTP/1.1 200 ", "HTTP/1.1 200 All is (very) well, 200"],
        shown,
        alone,
    )));
    entries.extend([
        case("reason of 10,000 bytes", long(10_000)),
        case("reason of 20,000 bytes", long(20_000)),
        case("HTTP/0.9, the document alone", DOCUMENT),
        case("every line ends with LF", with("\n", &["X: y"])),
        case("every line ends with CR", with("\r", &["X: y"])),
        case("every line ends with LF CR", with("\n\r", &[])),
        case("every line ends with CR CR LF", with("\r\r\n", &[])),
        case("nothing", ""),
        case("the status line alone", "HTTP/1.1 200 OK\r\n"),
        case("half a status line", "HTTP/1.1 20"),
    ]);
    entries
}

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n";
const EARLY_HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";

/// Sequences of 1xx responses (RFC 9110, 15.2) before the final one.
pub fn interim() -> Vec<Entry> {
    let before = |interim: &str| [interim.as_bytes(), &sized(OK, &[])].concat();
    let valid_ones = [
        "CONTINUE\r\n",
        "CONTINUEDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n\r\n",
        "CONTINUEServer: a\r\nX-Request: b\r\n\r\n",
        "HTTP/1.1 100 \r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
        "HTTP/1.1 199 Unassigned\r\n\r\n",
        "CONTINUE\r\nHTTP/1.1 102 Processing\r\n\r\n",
        "CONTINUE\r\nCONTINUE\r\n",
        "HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n",
    ];
    let others = [
        "HTTP/1.0 100 Continue\r\n\r\n",
        "HTTP/1.1 100\r\n\r\n",
        "HTTP/1.1 100 Continue\n\n",
        "CONTINUE",
        "CONTINUEContent-Length: 0\r\n\r\n",
        "CONTINUEContent-Length: 5\r\n\r\nhello",
        "CONTINUETransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "CONTINUEConnection: close\r\n\r\n",
        "CONTINUEno colon\r\n\r\n",
        "CONTINUEX: a\0b\r\n\r\n",
        "CONTINUE X: y\r\n\r\n",
        "CONTINUE\r\n\r\n",
        "CONTINUE\r\nstray",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 110 Unassigned\r\n\r\n",
    ];
    let only = ["CONTINUE\r\n", "HTTP/1.1 102 Processing\r\nX: y\r\n\r\n"];
    let whole = |interim: &str| interim.replace("CONTINUE", CONTINUE);
    let mut entries = all_valid(each(valid_ones.map(whole), shown, before));
    entries.push(valid("ten 103", before(&EARLY_HINTS.repeat(10))));
    let name = |interim: &str| format!("{} before the response", shown(interim));
    entries.extend(each(others.map(whole), name, before));
    let name = |interim: &str| format!("{} and no more", shown(interim));
    entries.extend(each(only.map(whole), name, |interim| interim.into()));
    entries.push(case("a thousand 103", before(&EARLY_HINTS.repeat(1000))));
    entries
}

/// Statuses whose response ends with its head, whatever its headers (RFC 9112, 6.3).
pub fn without_body() -> Vec<Entry> {
    let mut entries = Vec::new();
    for status in
        ["101 Switching Protocols", "204 No Content", "205 Reset Content", "304 Not Modified"]
    {
        let line = format!("HTTP/1.1 {status}");
        for (what, headers, body) in [
            ("alone", &[][..], ""),
            ("with length 0", &["Content-Length: 0"], ""),
            ("with a length and no body", &["Content-Length: 5"], ""),
            ("with a body and no length", &[], DOCUMENT),
            ("chunked", &["Transfer-Encoding: chunked"], "0\r\n\r\n"),
        ] {
            entries.push(case(format!("{} {what}", &status[..3]), message(&line, headers, body)));
        }
        entries.push(case(format!("{} with a body", &status[..3]), sized(&line, &[])));
    }
    let valid_ones =
        ["201 Created", "202 Accepted", "206 Partial Content", "226 IM Used", "299 Other"];
    entries.extend(all_valid(each(valid_ones, str::to_owned, |status| {
        sized(&format!("HTTP/1.1 {status}"), &[])
    })));
    entries
}
