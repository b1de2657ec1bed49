//! Many threads in one process (`c/load.c`).

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::program::ROUNDS;
use super::run::Runner;

/// In each round, each thread makes one call. Between its calls, it pauses for a random time between
/// the two in `pause`. The process runs all rounds `repeats` times.
pub struct Load {
    pub threads: usize,
    pub rounds: usize,
    pub repeats: usize,
    pub pause: (Duration, Duration),
    /// Whether all threads share one client.
    pub is_shared: bool,
}

/// The results of all calls.
#[derive(Debug)]
pub struct Totals {
    numbers: HashMap<String, usize>,
    pub calls: usize,
    pub error: String,
}

impl Totals {
    /// The number of calls that are `ok`, `failed` or `retried`, or the peak number of `threads` or
    /// `sockets`.
    pub fn number(&self, name: &str) -> usize {
        self.numbers[name]
    }

    /// Asserts that every call succeeded.
    pub fn all_good(&self) {
        assert_eq!(self.number("ok"), self.calls, "{self:?}");
    }
}

impl Load {
    /// Threads that share a client and do not pause.
    pub fn at_once(threads: usize, rounds: usize) -> Self {
        let pause = (Duration::ZERO, Duration::ZERO);
        Self { threads, rounds, repeats: ROUNDS, pause, is_shared: true }
    }

    /// Runs the load with the configuration keys of `extra`, which include `baseUrl`.
    pub fn run(&self, runner: &Runner, extra: Value) -> Totals {
        let (min, max) = self.pause;
        let [min, max] = [min, max].map(|pause| pause.as_micros().to_string());
        let printed = runner
            .program("load", if self.is_shared { "shared" } else { "own" })
            .client_with(extra)
            .number(self.rounds)
            .rounds(self.repeats)
            .extra(&[&self.threads.to_string(), &min, &max])
            .run();
        let line = printed.lines().rfind(|line| line.starts_with("ok=")).unwrap();
        let (numbers, error) = line.split_once(" error=").unwrap();
        let numbers = numbers.split(' ').map(|pair| pair.split_once('=').unwrap());
        let totals = Totals {
            numbers: numbers.map(|(name, n)| (name.to_owned(), n.parse().unwrap())).collect(),
            calls: self.threads * self.rounds * self.repeats,
            error: error.to_owned(),
        };
        assert_eq!(totals.number("swapped"), 0, "{totals:?}");
        totals
    }
}
