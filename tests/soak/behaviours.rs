//! The table of behaviours. The ticket of a request begins with the name of a behaviour: what the server
//! does, and the result that DESIGN 4 requires.

use std::io;

use crate::harness::peer::location;
use crate::harness::{Peer, Request, http};
use crate::record::Record;
use crate::responses::{
    cut, cut_anywhere, drip, fin, foreign, half, half_a_document, hold, huge_head, idle, in_chunks,
    keep, latin1, next_dropped, notify, padded, reset, slow, stray,
};

/// A separate client and server for behaviours that would disturb the others. Each lane exists
/// twice: plain and TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Each connection is accepted, and each request on a new connection is read.
    Main,
    /// A short timeout: the server does not finish its responses.
    Hasty,
    /// The server ends connections at every point before a response (`server::converse_roughly`).
    Rough,
    /// One thread calls, and pauses after each call: a stray response arrives while it pauses.
    Single,
}

pub const LANES: [Lane; 4] = [Lane::Main, Lane::Hasty, Lane::Rough, Lane::Single];

pub struct Behaviour {
    pub name: &'static str,
    pub lane: Lane,
    /// How often it is chosen.
    pub weight: usize,
    /// How many requests with the same ticket get no byte of a response.
    pub drops: usize,
    /// The result, as a program prints it; `|` separates alternatives.
    pub expected: &'static str,
    response: Response,
    /// What follows the response. An error ends the connection.
    pub then: fn(&mut Peer, &Request, &Record) -> io::Result<()>,
}

/// In texts, DOCUMENT is the good document, URL its location, RESPONSE all of the good response, and
/// TICKET the ticket.
enum Response {
    /// The good document, with this status and these headers.
    Head(&'static str),
    /// 200 with this body.
    Body(&'static str),
    /// 200 with this action and the ticket.
    Action(&'static str),
    /// 200 with the action LOCATION and this content.
    Content(&'static str),
    Raw(&'static str),
    Made(fn(&Request) -> Vec<u8>),
}
use Response::{Action, Body, Content, Head, Made, Raw};

impl Behaviour {
    /// The behaviour for a ticket.
    pub fn find(ticket: &str) -> Option<&'static Self> {
        let name = ticket.split('.').next()?;
        TABLE.iter().find(|behaviour| behaviour.name == name)
    }

    pub fn response(&self, request: &Request) -> Vec<u8> {
        let document = request.document();
        let replaced = |text: &str| {
            text.replace("DOCUMENT", &document)
                .replace("RESPONSE", &String::from_utf8_lossy(&request.response()))
                .replace("URL", &location(&request.ticket()))
                .replace("TICKET", &request.ticket())
        };
        let ok = |body: &str| http("200 OK", &[], replaced(body).as_bytes());
        match self.response {
            Head(head) => http(head, &[], document.as_bytes()),
            Body(body) => ok(body),
            Action(action) => {
                ok(&format!(r#"{{"action":"{action}","responseContent":"{{}}TICKET"}}"#))
            }
            Content(content) => {
                ok(&format!(r#"{{"action":"LOCATION","responseContent":{content}}}"#))
            }
            Raw(response) => replaced(response).into_bytes(),
            Made(response) => response(request),
        }
    }

    const fn ends(self, then: fn(&mut Peer, &Request, &Record) -> io::Result<()>) -> Self {
        Self { then, ..self }
    }

    const fn lane(self, lane: Lane) -> Self {
        Self { lane, ..self }
    }

    const fn drops(self, drops: usize) -> Self {
        Self { drops, ..self }
    }
}

/// A result without an API response.
macro_rules! none {
    ($status:literal, $ticket_and_http:literal) => {
        concat!($status, " NO_API_RESPONSE ", $ticket_and_http, " 500 0")
    };
}

/// Status, outcome, ticket state, HTTP status, `Retry-After`, the status of the response for the OAuth
/// client, and whether that response contains the ticket.
const DELIVERED: &str = "OK DELIVERED CONSUMED 200 -1 302 1";
/// The request was sent; no complete API response was received.
const NETWORK: &str = none!("NETWORK", "UNKNOWN 0|200 -1");
/// The connection ended before a byte of the API response.
pub const DROPPED: &str = none!("NETWORK", "UNKNOWN 0 -1");
const TIMEOUT: &str = none!("TIMEOUT", "UNKNOWN 0|200 -1");
const PROTOCOL: &str = none!("PROTOCOL", "UNKNOWN 0|200 -1");
const REFUSED_CONTENT: &str = "PROTOCOL SERVER_ERROR CONSUMED 200 -1 500 0";

const fn row(
    name: &'static str,
    weight: usize,
    expected: &'static str,
    response: Response,
) -> Behaviour {
    Behaviour { name, lane: Lane::Main, weight, drops: 0, expected, response, then: keep }
}

const GOOD: Response = Head("200 OK");
const NOTHING: Response = Raw("");
const CHUNK_SIZE: Response =
    Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");

pub const TABLE: &[Behaviour] = &[
    row("good", 100, DELIVERED, GOOD),
    // Good responses in unusual forms.
    row("chunked", 3, DELIVERED, Made(|request| in_chunks(request, ""))),
    row("large", 2, DELIVERED, Made(|request| padded(request, 300_000))),
    row("slow", 3, DELIVERED, NOTHING).ends(slow),
    row("continue", 2, DELIVERED, Raw("HTTP/1.1 100 Continue\r\n\r\nRESPONSE")),
    row("until_close", 2, DELIVERED, Raw("HTTP/1.1 200 OK\r\n\r\nDOCUMENT")).ends(notify),
    // A good response, and then the end of the connection: the next call must not be affected.
    row("close", 3, DELIVERED, Head("200 OK\r\nConnection: close")).ends(fin),
    row("then_fin", 3, DELIVERED, GOOD).ends(fin),
    row("then_notify", 3, DELIVERED, GOOD).ends(notify),
    row("then_reset", 3, DELIVERED, GOOD).ends(reset),
    row("then_idle", 3, DELIVERED, GOOD).ends(idle),
    row("then_half", 3, DELIVERED, GOOD).ends(half),
    row("then_drop", 3, DELIVERED, GOOD).ends(next_dropped),
    // A second response, which no request asked for: no call may get it.
    row("extra", 3, DELIVERED, Made(|request| [request.response(), foreign()].concat())),
    row("stray", 1, DELIVERED, NOTHING).ends(stray).lane(Lane::Single),
    // Results from Authlete.
    row("bad_request", 2, "OK TICKET_INVALID INVALID 200 -1 400 1", Action("BAD_REQUEST")),
    row("server_error", 2, "OK SERVER_ERROR UNKNOWN 200 -1 500 1", Action("INTERNAL_SERVER_ERROR")),
    row("other_action", 2, "OK UNKNOWN_ACTION UNKNOWN 200 -1 500 0", Action("DANCE")),
    // Other statuses. The body would be good with the status 200.
    row("http_401", 2, none!("HTTP", "UNTOUCHED 401 -1"), Head("401 Unauthorized")),
    row("http_429", 2, none!("HTTP", "UNTOUCHED 429 7000"), Head("429 Many\r\nRetry-After: 7")),
    row("http_500", 2, none!("HTTP", "UNKNOWN 500 -1"), Head("500 Internal Server Error")),
    row("http_503", 2, none!("HTTP", "UNKNOWN 503 3000"), Head("503 Busy\r\nRetry-After: 3")),
    row("http_302", 2, none!("HTTP", "UNKNOWN 302 -1"), Head("302 Found\r\nLocation: /elsewhere")),
    row("http_307", 2, none!("HTTP", "UNKNOWN 307 -1"), Head("307 Moved\r\nLocation: /elsewhere")),
    // 200, but not one complete JSON object.
    row("json_none", 1, PROTOCOL, Body("<html></html>")),
    row("json_empty", 1, PROTOCOL, Body("")),
    row("json_cut", 1, PROTOCOL, Made(half_a_document)),
    row("json_array", 1, PROTOCOL, Body("[DOCUMENT]")),
    row("json_twice", 1, PROTOCOL, Content(r#""URL","action":"FORM""#)),
    row("json_more", 1, PROTOCOL, Body("DOCUMENTx")),
    row("json_latin1", 1, PROTOCOL, Made(latin1)),
    row("json_huge", 1, PROTOCOL, Made(|request| padded(request, 1024 * 1024))),
    // A response for the OAuth client that must not be passed on. The ticket is used.
    row("content_absent", 1, REFUSED_CONTENT, Content("null")),
    row("content_nul", 1, REFUSED_CONTENT, Content(r#""URL\u0000""#)),
    row("content_lines", 1, REFUSED_CONTENT, Content(r#""URL\r\nSet-Cookie: a=b""#)),
    // Malformed HTTP.
    row("head_status", 1, PROTOCOL, Raw("HTTP/1.1 2OO OK\r\nContent-Length: 2\r\n\r\n{}")),
    row("head_huge", 1, PROTOCOL, Made(huge_head)),
    row("two_lengths", 1, PROTOCOL, Made(|r| in_chunks(r, "Content-Length: 5\r\n"))),
    row("chunk_size", 1, PROTOCOL, CHUNK_SIZE),
    // The response ends too early, at any byte but the first.
    row("cut_fin", 4, NETWORK, Made(cut_anywhere)).ends(fin),
    row("cut_notify", 4, NETWORK, Made(cut_anywhere)).ends(notify),
    row("cut_reset", 4, NETWORK, Made(cut_anywhere)).ends(reset),
    // No byte of the response.
    row("drop_fin", 2, DROPPED, GOOD).drops(usize::MAX).ends(fin),
    row("drop_notify", 2, DROPPED, GOOD).drops(usize::MAX).ends(notify),
    row("drop_reset", 2, DROPPED, GOOD).drops(usize::MAX).ends(reset),
    row("drop_first", 2, DELIVERED, GOOD).drops(1).ends(fin),
    // The response does not end within the timeout.
    row("stall", 1, TIMEOUT, NOTHING).ends(hold).lane(Lane::Hasty),
    row("stall_head", 1, TIMEOUT, Made(|r| cut(r, |_| 20))).ends(hold).lane(Lane::Hasty),
    row("stall_body", 1, TIMEOUT, Made(|r| cut(r, |len| len - 1))).ends(hold).lane(Lane::Hasty),
    row("stall_drip", 1, TIMEOUT, NOTHING).ends(drip).lane(Lane::Hasty),
    row("rough", 8, DELIVERED, GOOD).lane(Lane::Rough),
];
