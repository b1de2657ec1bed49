//! A call that has returned, and the assertions about every call.

use std::time::Duration;

use serde_json::Value;

use super::log_line::LogLine;
use crate::harness::CANARY;
use crate::harness::driver::Reply;
use crate::harness::peer::location;

/// The canary in Base64, as in credentials, at each of the three offsets in a group of 3 bytes.
const CANARY_BASE64: [&str; 3] = ["YzRuNHJ5", "M0bjRye", "jNG40cn"];

/// How much later than its deadline a call may return.
const GRACE: Duration = Duration::from_millis(100);

/// A call that has returned.
pub struct Called {
    pub reply: Reply,
    pub ticket: String,
    pub elapsed: Duration,
    /// The part of `elapsed` for which the caller or the host was runnable but had no CPU.
    pub cpu_wait: Duration,
}

impl Called {
    /// Asserts the status, the ticket state and the number of attempts.
    pub fn is(&self, status: &str, ticket_state: &str, attempts: i64) -> &Self {
        let reply = &self.reply;
        let seen = (reply.text("status"), reply.text("ticketState"), reply.number("attempts"));
        assert_eq!(seen, (status, ticket_state, attempts), "{}", reply.text("error"));
        self
    }

    /// Asserts whether repeating the call is safe and may help.
    pub fn may_repeat(&self, expected: bool) -> &Self {
        let error = self.reply.text("error");
        assert_eq!(self.reply.number("mayRepeat"), i64::from(expected), "{error}");
        self
    }

    /// Asserts that the error contains `text`.
    pub fn says(&self, text: &str) -> &Self {
        let error = self.reply.text("error");
        assert!(error.contains(text), "{text:?} is not in {error:?}");
        self
    }

    /// Asserts that the call returned within `limit`.
    pub fn within(&self, limit: Duration) -> &Self {
        let Self { elapsed, cpu_wait, .. } = self;
        let is_late = elapsed.saturating_sub(*cpu_wait) > limit;
        assert!(
            !is_late,
            "returned after {elapsed:?} ({cpu_wait:?} without a CPU), limit {limit:?}"
        );
        self
    }

    /// The log lines of the call.
    pub fn lines(&self) -> Vec<LogLine> {
        let log = self.reply.find("log").unwrap_or_default();
        std::str::from_utf8(log).unwrap().lines().map(LogLine::parse).collect()
    }

    /// The line of the call, if its level is enabled.
    pub fn line(&self) -> LogLine {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.remove(0)
    }

    pub fn diagnostics(&self) -> Value {
        serde_json::from_str(self.reply.text("diagnostics")).unwrap()
    }

    /// The diagnostics of each attempt.
    pub fn attempts(&self) -> Vec<Value> {
        self.diagnostics()["attempts"].as_array().unwrap().clone()
    }

    /// The statistics of the client after the call.
    pub fn stats(&self) -> Value {
        serde_json::from_str(self.reply.text("stats")).unwrap()
    }

    /// Asserts what applies to every reply.
    pub(super) fn check(&self, verb: &str, timeout: Duration) {
        self.within(timeout + GRACE);
        let reply = &self.reply;
        let log = reply.find("log").map(String::from_utf8_lossy).unwrap_or_default();
        let reports = ["error", "errorJson", "diagnostics", "stats"].map(|name| reply.text(name));
        for text in reports.into_iter().chain([&*log]) {
            for canary in [CANARY].into_iter().chain(CANARY_BASE64) {
                assert!(!text.contains(canary), "{text}");
            }
        }
        if verb == "client" {
            return;
        }
        let headers = reply.headers.join("\n");
        let is_redirect = reply.text("action") == "LOCATION";
        if reply.text("outcome") == "DELIVERED" && is_redirect && !self.ticket.is_empty() {
            let expected = format!("Location: {}", location(&self.ticket));
            assert!(headers.contains(&expected), "{}: {headers}", self.ticket);
        } else if reply.text("status") != "OK" {
            assert_ne!(reply.text("error"), "");
            assert_eq!(reply.number("responseStatus"), 500);
            assert_eq!(reply.text("responseBody"), r#"{"error":"server_error"}"#);
            assert!(!headers.contains(CANARY), "{headers}");
        }
    }
}
