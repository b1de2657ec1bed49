//! One row of the matrix: a host, its client, and what every row asserts.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::host::{Host, Start};
use super::peer::location;
use super::server::Server;
use super::{CANARY, PATIENCE, TOKEN};
use crate::support::driver::Reply;

/// How much later than its deadline a call may return.
const GRACE: Duration = Duration::from_millis(100);

/// On a loaded machine a call that was on time may look late; three times in a row it is late.
const REPETITIONS: usize = 3;

/// A quick row is repeated in the same host, to see that nothing piles up.
const ROUNDS: usize = 24;
const TIME_FOR_ROUNDS: Duration = Duration::from_millis(400);
/// What the memory of the host may grow by in the last three quarters of the rounds, in KiB.
const GROWTH: usize = 1024;

/// Runs a row in a host of its own.
pub fn row(body: impl Fn(&mut Row)) {
    row_in(&Start::plain(), body);
}

/// Runs a row in a host that is started in this way.
pub fn row_in(start: &Start, body: impl Fn(&mut Row)) {
    for repetition in 1..=REPETITIONS {
        let mut row = Row::new(start);
        body(&mut row);
        if !start.is_counting() && row.late.is_none() {
            row.repeat(&body);
        }
        match row.finish() {
            None => return,
            Some(late) => assert!(repetition < REPETITIONS, "{late}"),
        }
    }
}

/// A host while its row runs.
pub struct Row {
    pub host: Host,
    started: Instant,
    descriptors: usize,
    timeout: Duration,
    tickets: usize,
    late: Option<String>,
}

impl Row {
    pub fn new(start: &Start) -> Self {
        let mut host = Host::start(start);
        host.forget_client();
        Self {
            started: Instant::now(),
            descriptors: host.descriptors(),
            host,
            timeout: Duration::ZERO,
            tickets: 0,
            late: None,
        }
    }

    /// Makes a client of `server`; `extra` are more keys of its configuration.
    pub fn client(&mut self, server: &Server, extra: Value) {
        let mut config = server.config();
        extend(&mut config, extra);
        self.client_with(config);
    }

    /// Makes a client of the `baseUrl` that `config` has.
    pub fn client_with(&mut self, extra: Value) {
        let mut config = json!({
            "serviceId": "1", "accessToken": TOKEN, "logLevel": "debug", "timeoutMs": 5000,
        });
        extend(&mut config, extra);
        self.timeout = Duration::from_millis(config["timeoutMs"].as_u64().unwrap());
        let (reply, _) = self.host.command("client", &config.to_string());
        assert_eq!(reply.text("status"), "OK", "{}", reply.text("error"));
    }

    /// Fails an authorization request with a ticket that no other call has.
    pub fn call(&mut self) -> Called {
        self.call_with("DENIED")
    }

    pub fn call_with(&mut self, reason: &str) -> Called {
        self.tickets += 1;
        let ticket = format!("t1cket-{CANARY}-{}-{}", self.host.id(), self.tickets);
        let document = json!({
            "ticket": ticket, "reason": reason, "description": "descr1ption-C4NARY",
        });
        let (reply, elapsed) = self.host.command("authorization", &document.to_string());
        if elapsed > self.timeout + GRACE {
            self.late = Some(format!("{elapsed:?} for a deadline of {:?}", self.timeout));
        }
        let called = Called { reply, ticket, elapsed };
        called.check();
        called
    }

    /// A call that must succeed.
    pub fn good(&mut self) -> Called {
        let called = self.call();
        called.is("OK", "CONSUMED", 1);
        called
    }

    fn repeat(&mut self, body: &impl Fn(&mut Self)) {
        let one = self.started.elapsed();
        let rounds = (TIME_FOR_ROUNDS.as_micros() / one.as_micros().max(1)) as usize;
        let rounds = rounds.min(ROUNDS);
        let mut before = 0;
        for round in 0..rounds {
            if round == rounds / 4 {
                before = self.host.memory();
            }
            body(self);
        }
        let after = self.host.memory();
        assert!(after <= before + GROWTH || rounds < 8, "memory: {before} KiB, then {after} KiB");
    }

    /// Asserts that the host is as it was; what is late, if anything.
    fn finish(mut self) -> Option<String> {
        self.host.forget_client();
        // A name lookup that nobody waits for any more ends, and closes its socket, when the system's
        // resolver gives up.
        let given_up = Instant::now() + PATIENCE;
        while self.host.threads() > 1 {
            assert!(Instant::now() < given_up, "{} threads", self.host.threads());
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.host.descriptors(), self.descriptors, "descriptors");
        self.host.end();
        self.late
    }
}

/// A call that has returned.
pub struct Called {
    pub reply: Reply,
    pub ticket: String,
    pub elapsed: Duration,
}

impl Called {
    /// Asserts the status, the ticket state and the number of attempts.
    pub fn is(&self, status: &str, ticket_state: &str, attempts: i64) -> &Self {
        let reply = &self.reply;
        let seen = (reply.text("status"), reply.text("ticketState"), reply.number("attempts"));
        assert_eq!(seen, (status, ticket_state, attempts), "{}", reply.text("error"));
        self
    }

    /// Asserts that the error line has `text`.
    pub fn says(&self, text: &str) -> &Self {
        let error = self.reply.text("error");
        assert!(error.contains(text), "{text:?} is not in {error:?}");
        self
    }

    /// What holds of every reply.
    fn check(&self) {
        let reply = &self.reply;
        let log = reply.find("log").map(String::from_utf8_lossy).unwrap_or_default();
        assert_ne!(log, "", "a call logs a line");
        for text in [reply.text("error"), reply.text("errorJson"), &log] {
            assert!(!text.contains(CANARY), "{text}");
        }
        let headers = reply.headers.join("\n");
        if reply.text("outcome") == "DELIVERED" && reply.text("action") == "LOCATION" {
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

pub fn extend(config: &mut Value, extra: Value) {
    let Value::Object(extra) = extra else { panic!("no object: {extra}") };
    config.as_object_mut().unwrap().extend(extra);
}
