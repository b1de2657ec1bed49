//! A client program in its own process. Its results go to the checker, its figures to the report.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::check::{CallResult, Checker};
use crate::support::scratch;

/// Longer than any call, any pause and any lookup.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

pub struct Program {
    pub name: &'static str,
    child: Child,
    stdin: ChildStdin,
    words: Receiver<String>,
    calls: Arc<Mutex<Calls>>,
    stderr: PathBuf,
}

/// Calls since the last sample.
#[derive(Default)]
pub struct Calls {
    pub count: usize,
    /// How long calls with a plain good response took.
    pub good: Vec<Duration>,
}

/// What the process uses.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub rss_kib: usize,
    pub pss_kib: usize,
    pub descriptors: usize,
    pub threads: usize,
}

impl Program {
    /// Starts it, and waits until it has made its clients.
    pub fn start(name: &'static str, mut command: Command, checker: &Arc<Checker>) -> Self {
        let stderr = scratch().join(format!("soak-{name}.stderr"));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&stderr).unwrap())
            .spawn()
            .unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, words) = mpsc::channel();
        let calls = Arc::new(Mutex::new(Calls::default()));
        let (checker, counted) = (Arc::clone(checker), Arc::clone(&calls));
        thread::spawn(move || {
            read(name, stdout, &checker, &counted, |word| drop(sender.send(word)));
        });
        let program = Self { name, child, stdin, words, calls, stderr };
        program.wait_for("ready");
        program
    }

    /// Makes its threads call.
    pub fn begin(&mut self) {
        writeln!(self.stdin, "begin").unwrap();
    }

    /// Ends its threads, and frees its clients.
    pub fn finish(&mut self) {
        writeln!(self.stdin, "finish").unwrap();
        self.wait_for("done");
    }

    /// Waits until it uses no more threads and descriptors than at its start.
    pub fn check_leaks(&self, at_start: Usage) -> Result<(), String> {
        // A lookup that no call waits for ends when the system's resolver gives up.
        let end = Instant::now() + LONGEST_WAIT;
        loop {
            let usage = self.usage();
            let is_as_before =
                (usage.threads, usage.descriptors) == (at_start.threads, at_start.descriptors);
            if is_as_before {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(format!("{}: {usage:?}, at the start {at_start:?}", self.name));
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Ends it, and returns what went wrong with the process, if anything.
    pub fn end(mut self) -> Result<(), String> {
        let _ = writeln!(self.stdin, "end");
        let status = self.child.wait().unwrap();
        let complaint = self.complaint();
        let is_clean = status.success() && complaint.is_empty();
        if is_clean { Ok(()) } else { Err(format!("{}: {status}\n{complaint}", self.name)) }
    }

    pub fn take_calls(&self) -> Calls {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    /// Panics if the process has ended.
    pub fn usage(&self) -> Usage {
        let folder = format!("/proc/{}", self.child.id());
        let memory = fs::read_to_string(format!("{folder}/smaps_rollup"))
            .unwrap_or_else(|e| panic!("{} has ended ({e})\n{}", self.name, self.complaint()));
        let field = |name: &str| {
            let line = memory.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap()
        };
        let count = |name: &str| fs::read_dir(format!("{folder}/{name}")).unwrap().count();
        Usage {
            rss_kib: field("Rss:"),
            pss_kib: field("Pss:"),
            descriptors: count("fd"),
            threads: count("task"),
        }
    }

    fn complaint(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    fn wait_for(&self, expected: &str) {
        match self.words.recv_timeout(LONGEST_WAIT) {
            Ok(word) if word == expected => {}
            Ok(word) => panic!("{}: \"{word}\", not \"{expected}\"", self.name),
            Err(RecvTimeoutError::Timeout) => panic!("{}: hangs before {expected}", self.name),
            Err(_) => panic!("{} ended before {expected}\n{}", self.name, self.complaint()),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(
    name: &str,
    stdout: ChildStdout,
    checker: &Checker,
    calls: &Mutex<Calls>,
    say: impl Fn(String),
) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if !line.contains(' ') {
            say(line);
            continue;
        }
        let Some((ticket, result)) = CallResult::parse(&line) else {
            checker.violation("?", &format!("{name}: malformed line: {line}"));
            continue;
        };
        checker.check(name, ticket, &result);
        let mut calls = calls.lock().unwrap();
        calls.count += 1;
        if ticket.starts_with("good.") || ticket.starts_with("stray.") {
            calls.good.push(result.duration);
        }
    }
}
