//! The rules of a case. libcurl is the oracle for what a client may accept, and
//! [`leaves_connection_usable`] for which connections may be reused.

use std::time::Duration;

use serde_json::Value;

use crate::cases::Case;
use crate::harness::peer::location;
use crate::run::{Called, Seen, Way};
use crate::strict::leaves_connection_usable;

/// How much later than its deadline a call may return on a loaded machine. The fault suite, which
/// runs fewer calls at once, allows 100 ms.
const GRACE: Duration = Duration::from_secs(2);

/// HTTP statuses after which the ticket is UNTOUCHED.
const REFUSED: [i64; 9] = [400, 401, 403, 404, 405, 413, 415, 421, 429];

/// The result of one case, served in one way.
pub struct Verdict {
    pub is_accepted_by_library: bool,
    pub is_accepted_by_curl: bool,
    /// The library accepted what libcurl refused, or accepted something else than libcurl.
    pub is_library_only: bool,
    /// Broken rules.
    pub violations: Vec<String>,
    /// The library and libcurl in one line.
    pub summary: String,
}

pub fn judge(case: &Case, way: Way, timeout: Duration, library: &Seen, curl: &Seen) -> Verdict {
    let first = &library.first.reply;
    let (status, http_status) = (first.text("status"), first.number("httpStatus"));
    let curl_status = curl.first.reply.number("httpStatus");
    let is_accepted_by_library = status == "OK";
    let is_accepted_by_curl = is_accepted_by_curl(&curl.first);
    let is_same = first.find("json") == curl.first.reply.find("body");
    let is_library_only = match status {
        "OK" => !(is_accepted_by_curl && is_same),
        "HTTP" => http_status != curl_status,
        _ => false,
    };

    let mut violations = Vec::new();
    let mut rule = |is_kept: bool, rule: &str| {
        if !is_kept {
            violations.push(rule.to_owned());
        }
    };
    let ticket_state = first.text("ticketState");
    match status {
        "OK" => rule(is_delivered(&library.first), "OK is a delivered response to this call"),
        "HTTP" if REFUSED.contains(&http_status) => {
            rule(ticket_state == "UNTOUCHED", "the ticket is UNTOUCHED");
        }
        "HTTP" | "NETWORK" | "PROTOCOL" => rule(ticket_state == "UNKNOWN", "the ticket is UNKNOWN"),
        "TIMEOUT" => {
            rule(ticket_state == "UNKNOWN", "the ticket is UNKNOWN");
            rule(!way.is_closed, "a closed connection is not waited for");
        }
        _ => rule(false, "the status is one of a response"),
    }
    rule(first.number("attempts") == 1, "the first call is one attempt");
    rule(is_delivered(&library.second), "the second call is right");
    for call in [&library.first, &library.second] {
        rule(call.elapsed <= timeout + GRACE, "a call ends by its deadline");
    }
    let is_usable = leaves_connection_usable(&case.response(&library.first.ticket));
    rule(is_usable || !library.is_reused, "a connection is reused only if it is usable");
    if case.is_valid {
        rule(library.is_reused || !is_usable || way.is_closed, "a usable connection is reused");
        rule(is_accepted_by_library, "a valid response is accepted");
        rule(is_accepted_by_curl, "a valid response is accepted by libcurl");
    }

    let reused = |seen: &Seen| if seen.is_reused { ", reused" } else { "" };
    let summary = format!(
        "library: {status} {http_status} {ticket_state} {}{}; libcurl: {} {curl_status}{}",
        first.text("error"),
        reused(library),
        curl.first.reply.text("error"),
        reused(curl),
    );
    Verdict { is_accepted_by_library, is_accepted_by_curl, is_library_only, violations, summary }
}

fn is_delivered(call: &Called) -> bool {
    let reply = &call.reply;
    let expected = format!("Location: {}", location(&call.ticket));
    reply.text("status") == "OK"
        && reply.text("outcome") == "DELIVERED"
        && reply.text("ticketState") == "CONSUMED"
        && reply.headers.contains(&expected)
}

fn is_accepted_by_curl(call: &Called) -> bool {
    let reply = &call.reply;
    let body = reply.find("body").unwrap_or_default();
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    reply.text("error").is_empty()
        && (200..300).contains(&reply.number("httpStatus"))
        && document["responseContent"] == location(&call.ticket)
}
