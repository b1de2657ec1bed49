//! Many threads in one host: `load.c`.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};

use super::row::extend;
use super::{CANARY, TOKEN};
use crate::support::compile;

/// In each round, all threads pause for a time of this range and then call once.
#[derive(Clone, Debug)]
pub struct Load {
    pub threads: usize,
    pub rounds: usize,
    pub pause: (Duration, Duration),
    /// One client for all threads.
    pub is_shared: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Totals {
    numbers: HashMap<String, usize>,
    pub error: String,
}

impl Totals {
    /// `ok`, `failed`, `swapped`, `retried`, or the most `threads` and `descriptors`.
    pub fn number(&self, name: &str) -> usize {
        self.numbers[name]
    }

    /// Asserts that every call was good.
    pub fn all_good(&self, load: &Load) {
        assert_eq!(self.number("ok"), load.threads * load.rounds, "{self:?}");
    }
}

impl Load {
    /// With a `baseUrl` in `config`.
    pub fn run(&self, extra: Value) -> Totals {
        let mut config = json!({ "serviceId": "1", "accessToken": TOKEN });
        extend(&mut config, extra);
        let (min, max) = self.pause;
        let mut child = Command::new(program())
            .args([self.threads, self.rounds].map(|number| number.to_string()))
            .args([min, max].map(|pause| pause.as_micros().to_string()))
            .arg(if self.is_shared { "shared" } else { "own" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(config.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let [printed, complained] =
            [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        assert!(output.status.success(), "{}: {printed}{complained}", output.status);
        assert_eq!(complained, "", "on stderr");
        assert!(!printed.contains(CANARY), "{printed}");
        let (numbers, error) = printed.trim_end().split_once(" error=").unwrap();
        let numbers = numbers.split(' ').map(|pair| pair.split_once('=').unwrap());
        let totals = Totals {
            numbers: numbers.map(|(name, n)| (name.to_owned(), n.parse().unwrap())).collect(),
            error: error.to_owned(),
        };
        assert_eq!(totals.number("swapped"), 0, "{totals:?}");
        totals
    }
}

fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| compile("cc", &["tests/faults/load.c"], "fault-load", &["-std=c11"]))
}
