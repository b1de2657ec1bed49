//! Status lines, interim responses, and statuses that have no body.

use super::{DOCUMENT, Entry, OK, case, message, shown, sized, valid};

pub fn cases() -> Vec<Entry> {
    let valid_lines = ["HTTP/1.1 200 OK", "HTTP/1.1 200 ", "HTTP/1.1 200 All is (very) well, 200"];
    let lines = [
        "HTTP/1.1 200",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 200  OK",
        "HTTP/1.1\t200 OK",
        "HTTP/1.1 200\tOK",
        "HTTP/1.1 200OK",
        "HTTP/1.1 200 \u{fc}\u{20ac}",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 0200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 20",
        "HTTP/1.1 +20 OK",
        "HTTP/1.1 -200 OK",
        "HTTP/1.1 2x0 OK",
        "HTTP/1.1 0x200 OK",
        "HTTP/1.1 000 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 600 OK",
        "HTTP/1.1 999 OK",
        "HTTP/1.1 1000 OK",
        "HTTP/1.1 \u{662}\u{660}\u{660} OK",
        "HTTP/1.1 OK",
        "HTTP/1.1",
        "HTTP/1.0 200 OK",
        "HTTP/1.2 200 OK",
        "HTTP/1.9 200 OK",
        "HTTP/0.9 200 OK",
        "HTTP/2 200 OK",
        "HTTP/2.0 200 OK",
        "HTTP/3 200 OK",
        "HTTP/1 200 OK",
        "HTTP/1. 200 OK",
        "HTTP/.1 200 OK",
        "HTTP/1.10 200 OK",
        "HTTP/01.1 200 OK",
        "HTTP/11 200 OK",
        "HTTP/1.1.1 200 OK",
        "HTTP/1,1 200 OK",
        "HTTP 1.1 200 OK",
        "HTTP 200 OK",
        "http/1.1 200 OK",
        "Http/1.1 200 OK",
        "XTTP/1.1 200 OK",
        "HTTPS/1.1 200 OK",
        "ICY 200 OK",
        "RTSP/1.0 200 OK",
        "200 OK",
        "OK",
        "",
        "\r\n\r\nHTTP/1.1 200 OK",
        "garbage\r\nHTTP/1.1 200 OK",
        "X-Header: 1\r\nHTTP/1.1 200 OK",
        "HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK",
        "HTTP/1.1 400 Bad Request",
        "HTTP/1.1 401 Unauthorized",
        "HTTP/1.1 404",
        "HTTP/1.1 4040 Not Found",
        "HTTP/1.1 40 4",
        "HTTP/1.1 429 Too Many Requests",
        "HTTP/1.1 500 Internal Server Error",
        "HTTP/1.1 503 Service Unavailable",
        "HTTP/1.1 301 Moved Permanently",
    ];
    let long = |len: usize| sized(&format!("{OK}{}", "x".repeat(len)), &[]);
    let valid_lines = valid_lines.into_iter().map(|line| valid(shown(line), sized(line, &[])));
    let lines = lines.into_iter().map(|line| case(shown(line), sized(line, &[])));
    let others = [
        case("reason of 10,000 bytes", long(10_000)),
        case("reason of 20,000 bytes", long(20_000)),
        case("HTTP/0.9, the document alone", DOCUMENT),
        case(
            "every line ends with LF",
            String::from_utf8_lossy(&sized(OK, &["X: y"])).replace('\r', ""),
        ),
        case(
            "every line ends with CR",
            String::from_utf8_lossy(&sized(OK, &["X: y"])).replace('\n', ""),
        ),
        case(
            "every line ends with LF CR",
            String::from_utf8_lossy(&sized(OK, &[])).replace("\r\n", "\n\r"),
        ),
        case(
            "every line ends with CR CR LF",
            String::from_utf8_lossy(&sized(OK, &[])).replace("\r\n", "\r\r\n"),
        ),
        case("nothing", ""),
        case("the status line alone", "HTTP/1.1 200 OK\r\n"),
        case("half a status line", "HTTP/1.1 20"),
    ];
    valid_lines.chain(lines).chain(others).collect()
}

/// Sequences of 1xx responses (RFC 9110, 15.2) before the final one.
pub fn interim() -> Vec<Entry> {
    let before = |interim: &str| [interim.as_bytes(), &sized(OK, &[])].concat();
    let ten = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(10);
    let valid_ones = [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nServer: a\r\nX-Request: b\r\n\r\n",
        "HTTP/1.1 100 \r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
        "HTTP/1.1 199 Unassigned\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n",
        ten.as_str(),
    ];
    let others = [
        "HTTP/1.0 100 Continue\r\n\r\n",
        "HTTP/1.1 100\r\n\r\n",
        "HTTP/1.1 100 Continue\n\n",
        "HTTP/1.1 100 Continue\r\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nno colon\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nX: a\0b\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n X: y\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nstray",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 110 Unassigned\r\n\r\n",
    ];
    let only = |interim: &str| case(format!("{} and no more", shown(interim)), interim);
    let valid_ones = valid_ones.into_iter().map(|interim| {
        let name = if interim.len() > 100 && interim == ten {
            "ten 103".to_owned()
        } else {
            shown(interim)
        };
        valid(name, before(interim))
    });
    let name = |interim: &str| format!("{} before the response", shown(interim));
    let others = others.into_iter().map(|interim| case(name(interim), before(interim)));
    let endless = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(1000);
    valid_ones
        .chain(others)
        .chain(
            ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 102 Processing\r\nX: y\r\n\r\n"].map(only),
        )
        .chain([case("a thousand 103", before(&endless))])
        .collect()
}

/// Statuses whose response ends with its head, whatever its headers (RFC 9112, 6.3).
pub fn without_body() -> Vec<Entry> {
    let mut entries = Vec::new();
    for status in
        ["101 Switching Protocols", "204 No Content", "205 Reset Content", "304 Not Modified"]
    {
        let line = format!("HTTP/1.1 {status}");
        let number = &status[..3];
        entries.extend([
            case(format!("{number} alone"), message(&line, &[], "")),
            case(format!("{number} with length 0"), message(&line, &["Content-Length: 0"], "")),
            case(format!("{number} with a body"), sized(&line, &[])),
            case(
                format!("{number} with a length and no body"),
                message(&line, &["Content-Length: 5"], ""),
            ),
            case(format!("{number} with a body and no length"), message(&line, &[], DOCUMENT)),
            case(
                format!("{number} chunked"),
                message(&line, &["Transfer-Encoding: chunked"], "0\r\n\r\n"),
            ),
        ]);
    }
    for status in ["201 Created", "202 Accepted", "206 Partial Content", "226 IM Used", "299 Other"]
    {
        entries.push(valid(status, sized(&format!("HTTP/1.1 {status}"), &[])));
    }
    entries
}
