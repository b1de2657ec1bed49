//! Every raw response, plain and over TLS, on a connection that stays open and on one that closes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::cases::{self, Case};
use crate::judge::{Verdict, judge};
use crate::lenient::LENIENT;
use crate::run::{Clients, WAYS, Way};
use crate::support::scratch;

/// Where the server stays silent, a call lasts the first of these. Where a rule is broken, the case
/// is repeated with the others: on a loaded machine a call may need longer.
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
    let runs = run_all();
    let lines: String = runs.iter().map(|run| run.line() + "\n").collect();
    fs::write(scratch().join("wire.txt"), lines).unwrap();
    let mut report = table(&runs);
    let broken: Vec<_> = runs.iter().filter(|run| !run.verdict.violations.is_empty()).collect();
    for run in &broken {
        report += &format!("{}: {}\n", run.verdict.violations.join("; "), run.line());
    }
    let library_only = runs.iter().filter(|run| run.verdict.is_library_only);
    let seen: BTreeSet<_> =
        library_only.map(|run| (run.case.group, run.case.name.as_str())).collect();
    let named: BTreeSet<_> = LENIENT.iter().map(|(group, name, _)| (*group, *name)).collect();
    for run in runs.iter().filter(|run| run.verdict.is_library_only) {
        if !named.contains(&(run.case.group, run.case.name.as_str())) {
            report += &format!("accepted by the library only: {}\n", run.line());
        }
    }
    for (group, name) in named.difference(&seen) {
        report += &format!("no longer accepted by the library only: {group}, {name}\n");
    }
    // Past libtest's capture.
    let _ = std::io::stderr().write_all(report.as_bytes());
    assert_eq!(broken.len(), 0, "broken rules");
    assert_eq!(seen, named, "responses that only the library accepts");
}

impl Run {
    fn line(&self) -> String {
        let Way { kind, is_closed } = self.way;
        let closed = if is_closed { "closed" } else { "open" };
        let Case { group, name, .. } = self.case.as_ref();
        format!("{group}, {name} [{kind:?}, {closed}]: {}", self.verdict.summary)
    }
}

fn run_all() -> Vec<Run> {
    let cases: Vec<_> = cases::all().into_iter().map(Arc::new).collect();
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
                    let verdict = run(&mut clients, number / WAYS.len(), case, way);
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

fn run(clients: &mut Clients, number: usize, case: &Arc<Case>, way: Way) -> Verdict {
    let mut verdict = None;
    for timeout in TIMEOUTS {
        let library = clients.library(number, case, way, timeout);
        let curl = clients.curl(number, case, way, timeout);
        let mut latest = judge(case, way, timeout, &library, &curl);
        if way == WAYS[0] && case.is_short() {
            let bytewise = clients.library_bytewise(number, case, timeout);
            let status = library.first.reply.text("status");
            if bytewise.text("status") != status {
                let other = bytewise.text("error");
                latest
                    .violations
                    .push(format!("the result is the same byte by byte, not {other:?}"));
            }
        }
        let latest = verdict.insert(latest);
        if latest.violations.is_empty() && !latest.is_library_only {
            break;
        }
    }
    verdict.unwrap()
}

fn table(runs: &[Run]) -> String {
    let mut groups: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    for run in runs {
        let Verdict { is_accepted_by_library, is_accepted_by_curl, is_library_only, .. } =
            run.verdict;
        let is_stricter = is_accepted_by_curl && !is_accepted_by_library;
        let counts =
            [true, is_accepted_by_library, is_accepted_by_curl, is_stricter, is_library_only];
        for group in [run.case.group, "total"] {
            let row = groups.entry(group).or_default();
            for (sum, count) in row.iter_mut().zip(counts) {
                *sum += usize::from(count);
            }
        }
    }
    let mut lines = format!(
        "\n{:24}{:>8}{:>10}{:>10}{:>12}{:>14}\n",
        "raw responses", "runs", "library", "libcurl", "stricter", "library only"
    );
    for (group, [runs, library, curl, stricter, only]) in groups {
        lines += &format!("{group:24}{runs:>8}{library:>10}{curl:>10}{stricter:>12}{only:>14}\n");
    }
    lines
}
