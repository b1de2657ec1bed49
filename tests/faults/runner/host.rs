//! A host: a process that has loaded the shipped library and makes calls on demand.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::inject::{Injection, arguments};
use super::machine::{Watchdog, cpu_wait};
use super::reply::Called;
use super::reports::Expected;
use super::{TOKEN, extend};
use crate::harness::driver::Process;
use crate::harness::server::Script;
use crate::harness::{CANARY, Kind, Server, TEST_TIMEOUT};
use crate::support::{compile, compiler_command, run, scratch};

/// A host that does not reply for this long is considered hung and is killed.
const LONGEST_SILENCE: Duration = Duration::from_secs(90);

/// Makes memory figures exact. By default, glibc counts per-thread caches and arenas as allocated,
/// and its dynamic mmap threshold keeps freed memory resident.
const TUNABLES: &str =
    "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0:glibc.malloc.mmap_threshold=131072";

/// Options for starting a process.
#[derive(Clone, Debug, Default)]
pub struct Start {
    rules: Vec<&'static str>,
    environment: Vec<(String, String)>,
    shell: Option<String>,
}

impl Start {
    pub fn plain() -> Self {
        Self::default()
    }

    /// Makes a system call fail from the start of the process. A case that runs in a host uses
    /// [`Host::inject`] instead.
    pub fn injected(rule: &'static str) -> Self {
        Self { rules: vec![rule], ..Self::default() }
    }

    /// Preloads a library, compiled from this C source.
    pub fn preloaded(name: &str, source: &str) -> Self {
        Self::default().env("LD_PRELOAD", preload(name, source).to_str().unwrap())
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs shell commands in the process before the program, such as `"ulimit -v 65536"`.
    pub fn after(mut self, shell: &str) -> Self {
        self.shell = Some(shell.to_owned());
        self
    }

    pub(super) fn command(&self, program: &Path) -> Command {
        let mut words: Vec<String> = Vec::new();
        if !self.rules.is_empty() {
            words.extend(["strace", "-D", "-f", "-qq", "-o", "/dev/null"].map(String::from));
            words.extend(arguments(&self.rules));
        }
        if let Some(shell) = &self.shell {
            words.extend([
                "sh".to_owned(),
                "-c".to_owned(),
                format!("{shell}; exec \"$0\" \"$@\""),
            ]);
        }
        words.push(program.to_str().unwrap().to_owned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.env("GLIBC_TUNABLES", TUNABLES);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The memory usage of a host without a client.
#[derive(Debug)]
pub struct Memory {
    pub allocated: usize,
    pub resident_kib: usize,
}

/// A running host.
pub struct Host {
    process: Process,
    stderr: PathBuf,
    watchdog: Watchdog,
    timeout: Duration,
    tickets: usize,
    expected: Expected,
}

impl Host {
    pub(super) fn start(start: &Start) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let stderr = scratch().join(format!("host-{}-{number}.stderr", std::process::id()));
        let mut command = start.command(driver());
        command.arg("log").stderr(fs::File::create(&stderr).unwrap());
        let process = Process::start(&mut command);
        let watchdog = Watchdog::new(process.id(), LONGEST_SILENCE);
        let (timeout, expected) = (Duration::from_secs(10), Expected::default());
        Self { process, stderr, watchdog, timeout, tickets: 0, expected }
    }

    /// Starts a server, and makes a client of it.
    pub fn serve(&mut self, kind: Kind, script: impl Script) -> Server {
        let server = Server::start(kind, script);
        self.client(&server, json!({}));
        server
    }

    /// Makes a client for `server`, with the configuration keys of `extra`.
    pub fn client(&mut self, server: &Server, extra: Value) {
        let mut config = server.config();
        extend(&mut config, extra);
        self.client_with(config);
    }

    /// Makes a client with the configuration keys of `extra`, which include `baseUrl`.
    pub fn client_with(&mut self, extra: Value) {
        let mut config = json!({
            "serviceId": "1", "accessToken": TOKEN, "logLevel": "debug", "timeoutMs": 5000,
        });
        extend(&mut config, extra);
        config.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.timeout = Duration::from_millis(config["timeoutMs"].as_u64().unwrap());
        let called = self.request("client", &config.to_string());
        assert_eq!(called.reply.text("status"), "OK", "{}", called.reply.text("error"));
    }

    /// Fails an authorization request with a new ticket.
    pub fn call(&mut self) -> Called {
        self.call_with("DENIED")
    }

    pub fn call_with(&mut self, reason: &str) -> Called {
        self.tickets += 1;
        let ticket = format!("t1cket-{CANARY}-{}-{}", self.process.id(), self.tickets);
        let request =
            json!({ "ticket": ticket, "reason": reason, "description": "descr1ption-c4n4ry" });
        self.checked("authorization", &request.to_string(), &ticket)
    }

    /// Makes a general call. Its timeout is the one in the options, if there is one.
    pub fn general(&mut self, path: &str, request: &str, options: Value) -> Called {
        for (verb, text) in [("path", path), ("options", &options.to_string())] {
            self.process.command(verb, text.as_bytes());
        }
        let timeout_of_client = self.timeout;
        if let Some(milliseconds) = options["timeoutMs"].as_u64() {
            self.timeout = Duration::from_millis(milliseconds);
        }
        let called = self.request("call", request);
        self.timeout = timeout_of_client;
        called
    }

    /// Makes a call that must succeed.
    pub fn good(&mut self) -> Called {
        let called = self.call();
        called.is("OK", "CONSUMED", 1);
        called
    }

    /// Opens a connection before a call.
    pub fn connect(&mut self) -> Called {
        self.request("connect", "")
    }

    /// Shuts the client down.
    pub fn shutdown(&mut self) {
        self.process.command("shutdown", b"");
    }

    /// Makes a call with any request or, if the verb is `client`, a client with any configuration.
    pub fn request(&mut self, verb: &str, document: &str) -> Called {
        self.checked(verb, document, "")
    }

    fn checked(&mut self, verb: &str, document: &str, ticket: &str) -> Called {
        let host = self.process.id().to_string();
        let waited = || cpu_wait(&host) + cpu_wait("thread-self");
        let waited_before = waited();
        let started = Instant::now();
        let reply =
            self.process.command(verb, document.as_bytes()).expect("the C driver skips nothing");
        let elapsed = started.elapsed();
        self.watchdog.reset();
        let cpu_wait = waited() - waited_before;
        let called = Called { reply, ticket: ticket.to_owned(), elapsed, cpu_wait };
        called.check(verb, self.timeout);
        self.expected.check(verb, document, &called);
        called
    }

    /// Injects faults into the system calls of the host until the result is dropped.
    pub fn inject(&self, rules: &[&str]) -> Injection {
        Injection::start(self.process.id(), rules)
    }

    /// Frees the client, and returns the number of bytes that are still allocated.
    pub(super) fn free_client(&mut self) -> usize {
        let called = self.request("client", "{}");
        assert_eq!(called.reply.text("status"), "INVALID_CONFIG");
        called.reply.number("allocated").try_into().unwrap()
    }

    /// Frees the client, and waits until the host has only one thread. An abandoned lookup ends, and
    /// closes its socket, when the system's resolver gives up.
    pub(super) fn settle(&mut self) -> Memory {
        self.free_client();
        let end = Instant::now() + TEST_TIMEOUT;
        while self.threads() > 1 {
            assert!(Instant::now() < end, "still {} threads", self.threads());
            thread::sleep(Duration::from_millis(5));
        }
        Memory { allocated: self.free_client(), resident_kib: self.resident_kib() }
    }

    pub(super) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.process.id())).unwrap().count()
    }

    pub fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap().count()
    }

    pub fn resident_kib(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Ends the host, and asserts that it was still running and wrote nothing to stderr.
    pub(super) fn end(self) {
        drop(self.watchdog);
        let status = self.process.end();
        assert!(status.success(), "the host ended with {status}");
        let stderr = fs::read_to_string(&self.stderr).unwrap();
        let _ = fs::remove_file(&self.stderr);
        assert_eq!(stderr, "", "written to stderr");
    }
}

/// `tests/c/driver.c`, linked with the shipped library.
pub(super) fn driver() -> &'static Path {
    static DRIVER: OnceLock<PathBuf> = OnceLock::new();
    DRIVER.get_or_init(|| compile("cc", &["tests/c/driver.c"], "fault-host", &["-std=c99"]))
}

/// Compiles a library for LD_PRELOAD.
pub(super) fn preload(name: &str, source: &str) -> PathBuf {
    let (code, library) =
        (scratch().join(format!("{name}.c")), scratch().join(format!("{name}.so")));
    fs::write(&code, source).unwrap();
    run(compiler_command("cc")
        .args(["-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-Wall", "-Werror", "-o"])
        .args([library.as_os_str(), code.as_os_str(), OsStr::new("-ldl")]));
    library
}
