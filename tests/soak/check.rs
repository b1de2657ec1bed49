//! Checks the result of each call against the table, the record of the server, and DESIGN 4.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::behaviours::{Behaviour, DROPPED, LANES, Lane};
use crate::record::{Record, Sighting};

/// A call may return this long after its deadline: the machine may be busy with other work.
const GRACE: Duration = Duration::from_secs(2);

/// How long the server may take to read a request that was sent.
const STRAY_WAIT: Duration = Duration::from_millis(100);

/// The maximum number of violations printed for a behaviour; all are counted.
const SHOWN: usize = 5;

/// The thread number in the tickets of forked children (`clients/soak.c`).
const CHILD_THREAD: &str = ".99.";

/// The result of a call, as printed by a program (`clients/soak.c`).
#[derive(Debug)]
pub struct CallResult {
    client: usize,
    attempts: usize,
    pub duration: Duration,
    /// The rest, as in [`Behaviour::expected`].
    result: String,
    error: String,
}

impl CallResult {
    /// The ticket, and the result of its call; `None` for a malformed line.
    pub fn parse(line: &str) -> Option<(&str, Self)> {
        let words: Vec<_> = line.splitn(12, ' ').collect();
        let [ticket, client, attempts, us, result @ .., error] = &words[..] else { return None };
        let result = Self {
            client: client.parse().ok()?,
            attempts: attempts.parse().ok()?,
            duration: Duration::from_micros(us.parse().ok()?),
            result: result.join(" "),
            error: (*error).to_owned(),
        };
        (words.len() == 12).then_some((ticket, result))
    }

    fn lane(&self) -> Lane {
        LANES[self.client / 2]
    }

    fn is(&self, expected: &str) -> bool {
        let mut words = expected.split(' ').zip(self.result.split(' '));
        words.all(|(expected, word)| expected.split('|').any(|one| one == word))
    }
}

#[derive(Default)]
struct State {
    /// How often each behaviour had each result, with the number of attempts.
    counts: BTreeMap<(&'static str, String), usize>,
    violations: BTreeMap<String, usize>,
    /// Tickets of calls that reported that Authlete never saw the request, which the server had not
    /// seen yet.
    unseen: HashSet<String>,
    child_calls: usize,
    excused: usize,
}

pub struct Checker {
    pub record: Arc<Record>,
    timeouts: [Duration; LANES.len()],
    state: Mutex<State>,
}

impl Checker {
    pub fn new(record: Arc<Record>, timeouts: [Duration; LANES.len()]) -> Self {
        Self { record, timeouts, state: Mutex::default() }
    }

    /// Checks one result.
    pub fn check(&self, program: &str, ticket: &str, result: &CallResult) {
        let Some(behaviour) = Behaviour::find(ticket) else {
            return self.violation("?", &format!("{program}: no such behaviour: {ticket}"));
        };
        let mut seen = self.record.take(ticket);
        let timeout = self.timeouts[result.client / 2];
        let verdict = judge(behaviour, &seen, result).and_then(|()| {
            let is_late = result.duration > timeout + GRACE;
            if is_late { Err("returned too late") } else { Ok(()) }
        });
        if verdict.is_err() && behaviour.lane == Lane::Single {
            // A call that took a stray response returns before the server has read its request.
            thread::sleep(STRAY_WAIT);
            seen.extend(self.record.take(ticket));
            if self.record.is_excused(ticket) {
                self.state.lock().unwrap().excused += 1;
                return;
            }
        }
        if let Err(rule) = verdict {
            let line = format!("{program}: {ticket}: {rule}; {result:?}; the server saw {seen:?}");
            self.violation(behaviour.name, &line);
        }
        let key = format!("{}, attempts {}", result.result, result.attempts);
        let mut state = self.state.lock().unwrap();
        *state.counts.entry((behaviour.name, key)).or_default() += 1;
        state.child_calls += usize::from(ticket.contains(CHILD_THREAD));
        if seen.is_empty() && result.result.contains("UNTOUCHED") {
            state.unseen.insert(ticket.to_owned());
        }
    }

    /// Counts a violation, and prints it unless there were many of the behaviour.
    pub fn violation(&self, behaviour: &str, line: &str) {
        let mut state = self.state.lock().unwrap();
        let count = state.violations.entry(behaviour.to_owned()).or_default();
        *count += 1;
        if *count <= SHOWN {
            println!("VIOLATION {line}");
        }
    }

    /// Checks the requests that arrived after the result of their call. Only the request of a call
    /// that stopped waiting may arrive late, and not if the call reported that it was never sent.
    pub fn check_late_requests(&self) {
        for ticket in self.record.seen().keys() {
            if Behaviour::find(ticket).is_none_or(|behaviour| behaviour.lane != Lane::Hasty) {
                self.violation("late", &format!("a request after the result: \"{ticket}\""));
            } else if self.state.lock().unwrap().unseen.contains(ticket) {
                self.violation("late", &format!("UNTOUCHED, but the server got it: \"{ticket}\""));
            }
        }
    }

    /// The number of calls of `behaviour` for whose result, as text, `filter` is true.
    pub fn count(&self, behaviour: &str, filter: impl Fn(&str) -> bool) -> usize {
        let state = self.state.lock().unwrap();
        let rows = state.counts.iter().filter(|((name, key), _)| *name == behaviour && filter(key));
        rows.map(|(_, count)| count).sum()
    }

    /// How many calls were made in forked children, and how many were not checked.
    pub fn child_and_excused_calls(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        (state.child_calls, state.excused)
    }

    /// Prints how often each result occurred; returns the number of violations.
    pub fn print(&self) -> usize {
        let state = self.state.lock().unwrap();
        let mut last = "";
        for ((name, key), count) in &state.counts {
            let shown = if *name == last { "" } else { name };
            println!("{shown:<14} {count:>8}  {key}");
            last = name;
        }
        for (name, count) in &state.violations {
            println!("VIOLATIONS {name}: {count}");
        }
        state.violations.values().sum()
    }
}

/// Applies DESIGN 4, "Retry" and "Ticket state", to what the server saw.
fn judge(
    behaviour: &Behaviour,
    seen: &[Sighting],
    result: &CallResult,
) -> Result<(), &'static str> {
    if behaviour.lane != result.lane() {
        return Err("a client of another lane");
    }
    if !(1..=2).contains(&result.attempts) {
        return Err("not one or two attempts");
    }
    let last = match seen {
        [] => return judge_unseen(result),
        [only] => only,
        // The one request that is repeated after it was read: on a reused connection, without a
        // byte of a response. The second attempt takes a new connection.
        [first, second] if first.is_dropped && first.is_reused && !second.is_reused => second,
        _ => return Err("repeated though it must not be"),
    };
    if seen.len() > result.attempts {
        return Err("fewer attempts than requests");
    }
    if last.is_dropped && last.is_reused && behaviour.lane != Lane::Rough {
        return Err("not repeated");
    }
    // The other attempt was lost on a connection that ended before the server read the request.
    let is_other_lost = seen.len() < result.attempts;
    if is_other_lost && last.is_reused && behaviour.lane != Lane::Rough {
        return Err("a second attempt on a reused connection");
    }
    let expected = if last.is_dropped { DROPPED } else { behaviour.expected };
    // Both attempts count: if the first was sent completely, a later UNTOUCHED or INVALID is
    // UNKNOWN. If the server never read it, only the client knows whether it was.
    let amended = match result.attempts {
        2 => expected.replace(" UNTOUCHED ", " UNKNOWN ").replace(" INVALID ", " UNKNOWN "),
        _ => expected.to_owned(),
    };
    if result.is(&amended) || is_other_lost && result.is(expected) {
        Ok(())
    } else {
        Err("not the result that the behaviour requires")
    }
}

/// A call of which the server read no whole request.
fn judge_unseen(result: &CallResult) -> Result<(), &'static str> {
    let words: Vec<_> = result.result.split(' ').collect();
    let [status, "NO_API_RESPONSE", ticket, _, _, "500", "0"] = words[..] else {
        return Err("no safe response");
    };
    let is_possible = match (result.lane(), status, ticket, result.attempts) {
        (Lane::Main | Lane::Single, ..) => false,
        // The machine was so busy that the server had not read the request by the deadline.
        (Lane::Hasty, "TIMEOUT", "UNTOUCHED" | "UNKNOWN", 1) => true,
        // Sent on a new connection, which ended; or sent on a reused connection, after which the
        // second attempt failed in any way.
        (Lane::Rough, "NETWORK", "UNKNOWN", _) => true,
        // Both attempts were sent incompletely. After one such attempt, the call is retried.
        (Lane::Rough, "NETWORK", "UNTOUCHED", 2) => true,
        // Two failed handshakes, or one after an incomplete request.
        (Lane::Rough, "TLS", "UNTOUCHED", 2) => true,
        // The reset came before connect() was done. It may follow an incomplete request.
        (Lane::Rough, "CONNECT", "UNTOUCHED", _) => true,
        _ => false,
    };
    if is_possible { Ok(()) } else { Err("impossible without a request") }
}
