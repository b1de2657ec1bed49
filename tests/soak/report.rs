//! The figures of each program over time: printed as they are taken, and checked at the end.

use std::time::Duration;

use crate::program::{Calls, Program, Usage};

/// How much resident memory may grow from the second quarter of the time to the last one.
const MAX_GROWTH_KIB: usize = 2048;

/// By how much the latency of good calls may grow from the first third of the time to the last. The
/// margins are wide because a DNS outage (a call waits up to 500 ms for a lookup) and other work on
/// the machine show in them; a call that hangs, or a queue that grows, exceeds them.
const MAX_SLOWDOWN: u32 = 3;
const MARGIN_P50: Duration = Duration::from_millis(10);
const MARGIN_P99: Duration = Duration::from_secs(2);

const DESCRIPTORS: fn(&Usage) -> usize = |usage| usage.descriptors;
const THREADS: fn(&Usage) -> usize = |usage| usage.threads;

/// The samples of one program.
pub struct Figures {
    name: &'static str,
    at_start: Usage,
    max: [usize; 2],
    samples: Vec<(Calls, Usage)>,
}

impl Figures {
    /// `max` is how many descriptors and threads it may use in addition to those at the start.
    pub fn new(program: &Program, max: [usize; 2]) -> Self {
        Self { name: program.name, at_start: program.usage(), max, samples: Vec::new() }
    }

    pub fn at_start(&self) -> Usage {
        self.at_start
    }

    pub fn print_header() {
        println!(
            "   time program   calls  per s    p50 ms    p99 ms    max ms  RSS KiB  PSS KiB  fds threads"
        );
    }

    /// Takes a sample, and prints it.
    pub fn sample(&mut self, program: &Program, elapsed: Duration, interval: Duration) {
        let (calls, usage) = (program.take_calls(), program.usage());
        let good = sorted(&[&calls]);
        let ms = |share| percentile(&good, share).as_secs_f64() * 1e3;
        println!(
            "{:>5} s {:<7} {:>7} {:>6.1} {:>9.2} {:>9.2} {:>9.2} {:>8} {:>8} {:>4} {:>7}",
            elapsed.as_secs(),
            self.name,
            calls.count,
            calls.count as f64 / interval.as_secs_f64(),
            ms(0.5),
            ms(0.99),
            ms(1.0),
            usage.rss_kib,
            usage.pss_kib,
            usage.descriptors,
            usage.threads
        );
        self.samples.push((calls, usage));
    }

    /// The figures that are not flat.
    pub fn problems(&self) -> Vec<String> {
        let name = self.name;
        let mut problems = Vec::new();
        let most = |samples: &[(Calls, Usage)], of: fn(&Usage) -> usize| {
            samples.iter().map(|(_, usage)| of(usage)).max().unwrap()
        };
        let quarter = self.samples.len() / 4;
        let before = most(&self.samples[quarter..2 * quarter], |usage| usage.rss_kib);
        let after = most(&self.samples[3 * quarter..], |usage| usage.rss_kib);
        if after > before + MAX_GROWTH_KIB {
            problems.push(format!("{name}: memory grows: {before} KiB, then {after} KiB"));
        }
        for (what, of, max) in
            [("descriptors", DESCRIPTORS, self.max[0]), ("threads", THREADS, self.max[1])]
        {
            let (used, limit) = (most(&self.samples, of), of(&self.at_start) + max);
            if used > limit {
                problems.push(format!("{name}: {used} {what}, at most {limit} expected"));
            }
        }
        let third = self.samples.len() / 3;
        let calls: Vec<_> = self.samples.iter().map(|(calls, _)| calls).collect();
        let (first, last) = (sorted(&calls[..third]), sorted(&calls[2 * third..]));
        for (share, margin) in [(0.5, MARGIN_P50), (0.99, MARGIN_P99)] {
            let (first, last) = (percentile(&first, share), percentile(&last, share));
            if last > first * MAX_SLOWDOWN + margin {
                problems.push(format!("{name}: p{}: {first:?}, then {last:?}", share * 100.0));
            }
        }
        problems
    }
}

fn sorted(calls: &[&Calls]) -> Vec<Duration> {
    let mut durations: Vec<_> = calls.iter().flat_map(|calls| calls.good.iter().copied()).collect();
    durations.sort_unstable();
    durations
}

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let index = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}
