//! System call failures, injected by strace.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

/// A running strace, which injects until it is dropped. It counts calls (`when=1`) from the
/// start of the injection, so a case can be repeated in the same host.
pub struct Injection {
    strace: Child,
    _stderr: BufReader<ChildStderr>,
}

impl Injection {
    /// Starts strace with rules such as `"connect:error=EINTR:when=1"`.
    pub fn start(id: u32, rules: &[&str]) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-o", "/dev/null", "-p", &id.to_string()]);
        command.args(arguments(rules)).stderr(Stdio::piped()).stdin(Stdio::null());
        let mut strace = command.spawn().expect("the case needs Need::Strace");
        let mut line = String::new();
        let mut stderr = BufReader::new(strace.stderr.take().unwrap());
        stderr.read_line(&mut line).unwrap();
        assert!(line.contains("attached"), "{line}");
        Self { strace, _stderr: stderr }
    }
}

impl Drop for Injection {
    fn drop(&mut self) {
        // SIGTERM makes strace detach from the host.
        let _ = Command::new("kill").args(["-TERM", &self.strace.id().to_string()]).status();
        let _ = self.strace.wait();
    }
}

/// The options of strace for these rules.
pub fn arguments(rules: &[&str]) -> Vec<String> {
    let calls: Vec<_> = rules.iter().map(|rule| rule.split(':').next().unwrap()).collect();
    let injections = rules.iter().flat_map(|rule| ["-e".to_owned(), format!("inject={rule}")]);
    ["-e".to_owned(), format!("trace={}", calls.join(","))].into_iter().chain(injections).collect()
}
