//! The raw responses. Each group lists those of one part of a message.
//!
//! A well-formed one carries [`DOCUMENT`], a complete API response; a call that gets it is OK. The
//! state in its Location is the ticket of the call, so that a response to another call shows.

mod bytes;
mod chunks;
mod headers;
mod lengths;
mod status_lines;

use std::collections::HashSet;

/// Placeholder for the ticket of the call; tickets have the same length.
const PLACEHOLDER: &str = "t1cket-0000-0";

const DOCUMENT: &str = concat!(
    r#"{"resultCode":"A060306","action":"LOCATION","responseContent":"#,
    r#""https://client.example/cb?error=access_denied&state=t1cket-0000-0"}"#
);

/// A response that the server sends to the first call.
pub struct Case {
    /// Counted from 0.
    pub number: usize,
    pub group: &'static str,
    /// What is special about the response; unique in its group.
    pub name: String,
    /// The library and libcurl must accept it: a client that refused everything would satisfy the
    /// other rules.
    pub is_valid: bool,
    raw: Vec<u8>,
}

impl Case {
    /// The ticket of a call with this case: 1 is the first, 2 the second.
    pub fn ticket(&self, call: usize) -> String {
        format!("t1cket-{:04}-{call}", self.number)
    }

    /// The response to the call with `ticket`.
    pub fn response(&self, ticket: &str) -> Vec<u8> {
        let (ticket, len) = (ticket.as_bytes(), PLACEHOLDER.len());
        assert_eq!(ticket.len(), len, "a ticket replaces the placeholder");
        let mut response = self.raw.clone();
        let places =
            self.raw.windows(len).enumerate().filter(|(_, at)| *at == PLACEHOLDER.as_bytes());
        for (at, _) in places {
            response[at..at + len].copy_from_slice(ticket);
        }
        response
    }

    pub fn is_short(&self) -> bool {
        self.raw.len() < 1000
    }
}

/// Every case; of cases with the same bytes, only the first.
pub fn all() -> Vec<Case> {
    let groups = [
        ("a byte inserted", bytes::cases()),
        ("status line", status_lines::cases()),
        ("1xx responses", status_lines::interim()),
        ("status without body", status_lines::without_body()),
        ("header lines", headers::cases()),
        ("persistence", headers::persistence()),
        ("Content-Length", lengths::cases()),
        ("Transfer-Encoding", lengths::transfer_encodings()),
        ("body length", lengths::bodies()),
        ("chunk size", chunks::sizes()),
        ("chunk extension", chunks::extensions()),
        ("last chunk, trailers", chunks::trailers()),
    ];
    let mut seen = HashSet::new();
    let mut cases = Vec::new();
    for (group, entries) in groups {
        for Entry { name, is_valid, raw } in entries {
            if seen.insert(raw.clone()) {
                cases.push(Case { number: cases.len(), group, name, is_valid, raw });
            }
        }
    }
    let names: HashSet<_> = cases.iter().map(|case| (case.group, &case.name)).collect();
    assert_eq!(names.len(), cases.len(), "names are unique");
    cases
}

/// One line of a group.
struct Entry {
    name: String,
    is_valid: bool,
    raw: Vec<u8>,
}

fn case(name: impl Into<String>, raw: impl Into<Vec<u8>>) -> Entry {
    Entry { name: name.into(), is_valid: false, raw: raw.into() }
}

fn valid(name: impl Into<String>, raw: impl Into<Vec<u8>>) -> Entry {
    Entry { is_valid: true, ..case(name, raw) }
}

/// A message with the header lines `lines` and no added length.
fn message(status_line: &str, lines: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    [format!("{status_line}\r\n{lines}\r\n").as_bytes(), body.as_ref()].concat()
}

/// [`DOCUMENT`] with the correct length.
fn sized(status_line: &str, lines: &[&str]) -> Vec<u8> {
    let length = format!("Content-Length: {}", DOCUMENT.len());
    message(status_line, &[lines, &[&length]].concat(), DOCUMENT)
}

/// A chunked message whose body is `body`, framing included.
fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    message(OK, &["Transfer-Encoding: chunked"], body)
}

const OK: &str = "HTTP/1.1 200 OK";

/// An entry for each text, with a name and a message made from it.
fn each<T: AsRef<str>>(
    texts: impl IntoIterator<Item = T>,
    name: impl Fn(&str) -> String,
    raw: impl Fn(&str) -> Vec<u8>,
) -> Vec<Entry> {
    texts.into_iter().map(|text| case(name(text.as_ref()), raw(text.as_ref()))).collect()
}

fn all_valid(entries: Vec<Entry>) -> Vec<Entry> {
    entries.into_iter().map(|entry| Entry { is_valid: true, ..entry }).collect()
}

/// Bytes of a message as a name.
fn shown(line: &str) -> String {
    line.escape_debug().to_string()
}
