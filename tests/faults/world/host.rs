//! The host: a process of its own that has loaded the shipped library.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::leave_out;
use crate::support::driver::{Driver, Process, Reply};
use crate::support::{compile, run, scratch};

/// A host that lives longer than this hangs, and is killed.
const LONGEST_LIFE: Duration = Duration::from_secs(90);

/// How a host is started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    injections: Vec<String>,
    environment: Vec<(String, String)>,
    shell: Option<String>,
}

impl Start {
    pub fn plain() -> Self {
        Self::default()
    }

    /// Under `strace -e inject=…`, with rules such as `"connect:error=EINTR:when=1"`.
    pub fn injected(rules: &[&str]) -> Self {
        let injections = rules.iter().map(|&rule| rule.to_owned()).collect();
        Self { injections, ..Self::default() }
    }

    /// With a C source compiled and put before all libraries.
    pub fn preloaded(name: &str, source: &str) -> Self {
        let library = preload(name, source);
        Self::default().env("LD_PRELOAD", library.to_str().unwrap())
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With shell commands that run before it in its process, such as `"ulimit -v 65536"`.
    pub fn after(mut self, shell: &str) -> Self {
        self.shell = Some(shell.to_owned());
        self
    }

    /// Whether something acts that counts from the start of the process.
    pub fn is_counting(&self) -> bool {
        !self.injections.is_empty() || !self.environment.is_empty()
    }

    fn command(&self) -> Command {
        let mut words: Vec<String> = Vec::new();
        if !self.injections.is_empty() {
            words.extend(["strace", "-D", "-f", "-qq", "-o", "/dev/null"].map(String::from));
            let call = |rule: &String| rule.split(':').next().unwrap().to_owned();
            let calls: Vec<_> = self.injections.iter().map(call).collect();
            words.extend(["-e".to_owned(), format!("trace={}", calls.join(","))]);
            for rule in &self.injections {
                words.extend(["-e".to_owned(), format!("inject={rule}")]);
            }
        }
        if let Some(shell) = &self.shell {
            words.extend(["sh", "-c"].map(String::from));
            words.push(format!("{shell}; exec \"$0\" \"$@\""));
        }
        words.push(driver().to_str().unwrap().to_owned());
        words.push("log".to_owned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        let proxies = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"];
        for name in proxies.map(str::to_owned).iter().flat_map(|n| [n.clone(), n.to_lowercase()]) {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A host that runs.
pub struct Host {
    process: Process,
    stderr: PathBuf,
    watchdog: Sender<()>,
}

impl Host {
    pub fn start(start: &Start) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let stderr = scratch().join(format!("host-{}-{number}.stderr", std::process::id()));
        let mut command = start.command();
        command.stderr(fs::File::create(&stderr).unwrap());
        let process = Process::start(&mut command);
        let watchdog = watch(process.id());
        Self { process, stderr, watchdog }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn command(&mut self, verb: &str, document: &str) -> (Reply, Duration) {
        let started = Instant::now();
        let reply = self.process.command(verb, document.as_bytes()).expect("C can express it");
        (reply, started.elapsed())
    }

    /// Frees its client.
    pub fn forget_client(&mut self) {
        let (reply, _) = self.command("client", "{}");
        assert_eq!(reply.text("status"), "INVALID_CONFIG");
    }

    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap().count()
    }

    pub fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.id())).unwrap().count()
    }

    /// Resident memory in KiB.
    pub fn memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Limits the number of its descriptors, or lifts the limit again.
    pub fn limit_descriptors(&self, limit: u64) {
        run(Command::new("prlimit").args([
            "--pid",
            &self.id().to_string(),
            &format!("--nofile={limit}:4096"),
        ]));
    }

    /// Ends it, and asserts that it had lived and kept silent.
    pub fn end(self) {
        drop(self.watchdog);
        let status = self.process.end();
        assert!(status.success(), "the host ended with {status}");
        let stderr = fs::read_to_string(&self.stderr).unwrap();
        let _ = fs::remove_file(&self.stderr);
        assert_eq!(stderr, "", "on stderr");
    }
}

/// Kills the process unless the sender is dropped in time.
fn watch(id: u32) -> Sender<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        if receiver.recv_timeout(LONGEST_LIFE) == Err(RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
        }
    });
    sender
}

/// `tests/c/driver.c` with the shipped library.
pub fn driver() -> &'static Path {
    static DRIVER: OnceLock<PathBuf> = OnceLock::new();
    DRIVER.get_or_init(|| compile("cc", &["tests/c/driver.c"], "fault-host", &["-std=c99"]))
}

/// Compiles a library for LD_PRELOAD.
pub fn preload(name: &str, source: &str) -> PathBuf {
    let (code, library) =
        (scratch().join(format!("{name}.c")), scratch().join(format!("{name}.so")));
    fs::write(&code, source).unwrap();
    run(Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-Wall", "-Werror", "-o"])
        .args([library.as_os_str(), code.as_os_str(), OsStr::new("-ldl")]));
    library
}

/// Whether strace can inject faults here; where it cannot, the row is left out.
pub fn can_inject(what: &str) -> bool {
    let tried = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=getppid", "true"])
        .output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        leave_out(what, "strace and ptrace");
    }
    can
}
