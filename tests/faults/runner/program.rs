//! The C programs in `tests/faults/c`. A process runs one mode of a program. `frame.h` makes the same
//! assertions about the process as the runner makes about a host, and `fault.h` about each call.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::host::Start;
use super::machine::Watchdog;
use super::{TOKEN, extend};
use crate::harness::{CANARY, Kind, Peer, Server};
use crate::support::compile;

/// The number of times that a mode runs in one process.
pub const ROUNDS: usize = 3;

const LONGEST_RUN: Duration = Duration::from_secs(300);

/// Builds and runs the command for one mode of a C program.
#[must_use = "`run` starts the program"]
pub struct Program<'a> {
    name: &'static str,
    mode: &'static str,
    healthy: Value,
    config: Value,
    number: usize,
    rounds: usize,
    kept: usize,
    extra: Vec<String>,
    start: Start,
    stdin: &'a [u8],
}

impl<'a> Program<'a> {
    pub(super) fn new(name: &'static str, mode: &'static str, healthy: &Server) -> Self {
        let healthy = config(healthy.config());
        let (config, start) = (Value::Null, Start::plain());
        let (number, rounds, kept, extra, stdin) = (0, ROUNDS, 0, Vec::new(), &[][..]);
        Self { name, mode, healthy, config, number, rounds, kept, extra, start, stdin }
    }

    /// Sets the configuration of the clients: `server`, and the keys of `extra`.
    pub fn client(self, server: &Server, extra: Value) -> Self {
        let mut config = server.config();
        extend(&mut config, extra);
        self.client_with(config)
    }

    /// Sets the configuration of the clients: the keys of `extra`, which include `baseUrl`.
    pub fn client_with(self, extra: Value) -> Self {
        Self { config: config(extra), ..self }
    }

    /// Sets the number argument of the mode, such as the number of calls or forks.
    pub fn number(self, number: usize) -> Self {
        Self { number, ..self }
    }

    /// Sets the number of times that the mode runs. With 1, memory is not compared.
    pub fn rounds(self, rounds: usize) -> Self {
        Self { rounds, ..self }
    }

    /// Sets the number of descriptors that the process keeps open.
    pub fn keeping(self, kept: usize) -> Self {
        Self { kept, ..self }
    }

    /// Sets the arguments that are specific to the program.
    pub fn extra(self, extra: &[&str]) -> Self {
        Self { extra: extra.iter().map(|&text| text.to_owned()).collect(), ..self }
    }

    pub fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    pub fn stdin(self, stdin: &'a [u8]) -> Self {
        Self { stdin, ..self }
    }

    /// Runs the program, and returns what it printed.
    pub fn run(self) -> String {
        let mut child = self
            .start
            .command(&program(self.name))
            .args([self.mode, &self.config.to_string(), &self.number.to_string()])
            .args([self.rounds, self.kept].map(|number| number.to_string()))
            .arg(self.healthy.to_string())
            .args(&self.extra)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let watchdog = Watchdog::new(child.id(), LONGEST_RUN);
        child.stdin.take().unwrap().write_all(self.stdin).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(watchdog);
        let [printed, stderr] =
            [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        let what = format!("{} {}: {}\n{printed}{stderr}", self.name, self.mode, output.status);
        assert!(output.status.success(), "{what}");
        assert_eq!(stderr, "", "written to stderr");
        assert!(!printed.contains(CANARY), "{what}");
        let frame = format!("framed rounds={} ", self.rounds);
        assert!(printed.lines().last().is_some_and(|line| line.starts_with(&frame)), "{what}");
        printed.into_owned()
    }
}

/// Compiles `tests/faults/c/NAME.c` once.
fn program(name: &'static str) -> PathBuf {
    static MADE: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let source = format!("tests/faults/c/{name}.c");
        // dlopen.c does not need the library at link time; it loads it at run time.
        let flags = ["-std=gnu11", "-Wl,--as-needed"];
        compile("cc", &[&source], &format!("fault-{name}"), &flags)
    };
    made.entry(name).or_insert_with(compile).clone()
}

/// A configuration with the keys of `extra`. The timeouts are long because on a loaded machine,
/// many threads take seconds to connect.
fn config(extra: Value) -> Value {
    let mut config = json!({
        "serviceId": "1", "accessToken": TOKEN, "logLevel": "debug",
        "timeoutMs": 30_000, "connectTimeoutMs": 30_000,
    });
    extend(&mut config, extra);
    config
}

/// A plain HTTP server and a TLS server, which respond to every request.
pub fn good_servers() -> [Server; 2] {
    [Kind::Plain, Kind::Tls].map(|kind| Server::start(kind, Peer::serve))
}
