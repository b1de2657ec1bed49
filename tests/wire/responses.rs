//! Every raw response, plain and over TLS, on a connection that stays open and on one that closes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::cases::{self, Case};
use crate::judge::{Verdict, judge};
use crate::run::{Clients, WAYS, Way};
use crate::support::scratch;

/// Responses that the library accepts and libcurl refuses: group, name, and why it is safe.
const LENIENT: &[(&str, &str, &str)] = &[(
    "last chunk, trailers",
    "trailer of 15000 bytes",
    "well-formed; libcurl's limit is 4,096 bytes, the library's is its buffer of 16 KiB",
)];

/// Timeouts. If the server stays silent, a call lasts for the first one. If a rule is broken, the
/// case is repeated with the others, because a call may take longer on a loaded machine.
const TIMEOUTS: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(8)];

/// Most of them wait for a timeout.
const WORKERS: usize = 32;

/// A case, served in one way.
struct Run {
    case: Arc<Case>,
    way: Way,
    verdict: Verdict,
}

#[test]
fn what_the_library_accepts_libcurl_accepts() {
    let cases: Vec<_> = cases::all().into_iter().map(Arc::new).collect();
    let runs = run_all(&cases);
    let mut report = format!("\n{} raw responses\n{}", cases.len(), table(&runs));
    for (group, name, reason) in LENIENT {
        report += &format!("library only: {group}, {name}: {reason}\n");
    }

    let named: BTreeSet<_> = LENIENT.iter().map(|(group, name, _)| (*group, *name)).collect();
    let mut seen = BTreeSet::new();
    let mut is_broken = false;
    for run in &runs {
        let verdict = &run.verdict;
        if !verdict.violations.is_empty() {
            is_broken = true;
            report += &format!("broken: {}: {}\n", verdict.violations.join("; "), run.line());
        }
        let key = (run.case.group, run.case.name.as_str());
        if verdict.is_library_only && seen.insert(key) && !named.contains(&key) {
            report += &format!("library only, without a reason: {}\n", run.line());
        }
    }
    for (group, name) in named.difference(&seen) {
        report += &format!("no longer library only: {group}, {name}\n");
    }

    let lines: String = runs.iter().map(|run| run.line() + "\n").collect();
    fs::write(scratch().join("wire.txt"), lines).unwrap();
    // Bypasses libtest's capture.
    let _ = std::io::stderr().write_all(report.as_bytes());
    assert!(!is_broken && seen == named, "see above; every run is in target/tmp/wire.txt");
}

impl Run {
    fn line(&self) -> String {
        let Way { kind, is_closed } = self.way;
        let closed = if is_closed { "closed" } else { "open" };
        let Case { group, name, .. } = self.case.as_ref();
        format!("{group}, {name} [{kind:?}, {closed}]: {}", self.verdict.summary)
    }
}

fn run_all(cases: &[Arc<Case>]) -> Vec<Run> {
    let next = AtomicUsize::new(0);
    let runs = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let mut clients = Clients::start();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(number / WAYS.len()) else { return };
                    let way = WAYS[number % WAYS.len()];
                    let verdict = run(&mut clients, case, way);
                    let case = Arc::clone(case);
                    runs.lock().unwrap().push((number, Run { case, way, verdict }));
                }
            });
        }
    });
    let mut runs = runs.into_inner().unwrap();
    runs.sort_by_key(|(number, _)| *number);
    runs.into_iter().map(|(_, run)| run).collect()
}

fn run(clients: &mut Clients, case: &Arc<Case>, way: Way) -> Verdict {
    let [first, others @ ..] = TIMEOUTS;
    let mut verdict = attempt(clients, case, way, first);
    for timeout in others {
        if verdict.violations.is_empty() && !verdict.is_library_only {
            break;
        }
        verdict = attempt(clients, case, way, timeout);
    }
    verdict
}

fn attempt(clients: &mut Clients, case: &Arc<Case>, way: Way, timeout: Duration) -> Verdict {
    let library = clients.library(case, way, timeout);
    let curl = clients.curl(case, way, timeout);
    let mut verdict = judge(case, way, timeout, &library, &curl);
    if way == WAYS[0] && case.is_short() {
        let bytewise = clients.library_bytewise(case, timeout);
        if bytewise.text("status") != library.first.reply.text("status") {
            let violation = format!("byte by byte it is {:?}", bytewise.text("error"));
            verdict.violations.push(violation);
        }
    }
    verdict
}

/// The number of runs, and of accepted ones, by group.
fn table(runs: &[Run]) -> String {
    let mut groups: Vec<(&str, [usize; 5])> = Vec::new();
    let mut total = [0; 5];
    for run in runs {
        let verdict = &run.verdict;
        let (library, curl) = (verdict.is_accepted_by_library, verdict.is_accepted_by_curl);
        let counts = [true, library, curl, curl && !library, verdict.is_library_only];
        if groups.last().is_none_or(|(group, _)| *group != run.case.group) {
            groups.push((run.case.group, [0; 5]));
        }
        for sums in [&mut groups.last_mut().unwrap().1, &mut total] {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += usize::from(count);
            }
        }
    }
    groups.push(("total", total));
    let mut lines = format!(
        "{:24}{:>8}{:>10}{:>10}{:>12}{:>14}\n",
        "accepted", "of runs", "library", "libcurl", "stricter", "library only"
    );
    for (group, [runs, library, curl, stricter, only]) in groups {
        lines += &format!("{group:24}{runs:>8}{library:>10}{curl:>10}{stricter:>12}{only:>14}\n");
    }
    lines
}
