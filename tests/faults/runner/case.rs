//! A case of the suite, and its requirements.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Completion, Failed, Trial};

use super::host::driver;
use super::run::Runner;
use crate::network::isolated;

/// A fault, named after the function that causes it.
pub struct FaultCase {
    name: &'static str,
    body: Box<dyn Fn(&Runner) + Send + Sync>,
    needs: &'static [Need],
    is_deep: bool,
}

/// A requirement that the machine may not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A private network: new network and mount namespaces, `ip` and `nft`.
    PrivateNetwork,
    Root,
    ControlGroup,
    Strace,
    Faketime,
    Program(&'static str),
}

/// The needs of most cases that have any.
pub const NETWORK: &[Need] = &[Need::PrivateNetwork];
pub const NGINX: &[Need] = &[Need::Program("nginx")];

/// Makes a [`FaultCase`] from a function, or from a name and what a function returns.
macro_rules! case {
    ($function:ident) => {
        $crate::runner::case!($function, $function)
    };
    ($name:ident, $body:expr) => {
        $crate::runner::FaultCase::new(concat!(module_path!(), "::", stringify!($name)), $body)
    };
}
pub(crate) use case;

impl FaultCase {
    pub fn new(name: &'static str, body: impl Fn(&Runner) + Send + Sync + 'static) -> Self {
        Self { name, body: Box::new(body), needs: &[], is_deep: false }
    }

    /// If the machine does not meet one of these, the case is reported as ignored, or as failed if
    /// it runs as root with `CI` set.
    pub fn needs(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    /// Marks a case that takes a minute; it runs in `make faults-deep`.
    pub fn deep(self) -> Self {
        Self { is_deep: true, ..self }
    }

    pub fn into_trial(self) -> Trial {
        let name = self.name.trim_start_matches("faults::");
        let is_deep = self.is_deep;
        Trial::ignorable_test(name, move || self.run()).with_ignored_flag(is_deep)
    }

    fn run(self) -> Result<Completion, Failed> {
        if let Some(reason) = self.needs.iter().find_map(|need| need.missing()) {
            let is_failure = has_sys_admin() && std::env::var_os("CI").is_some();
            return if is_failure {
                Err(reason.into())
            } else {
                Ok(Completion::ignored_with(reason))
            };
        }
        if self.needs.contains(&Need::PrivateNetwork) {
            // The build runs outside the network namespace: it may need more than loopback.
            driver();
            isolated(|net| Runner::run_case(Some(net), &self.body));
        } else {
            Runner::run_case(None, &self.body);
        }
        Ok(Completion::Completed)
    }
}

impl Need {
    /// The reason why the need is not met; `None` if it is met.
    fn missing(self) -> Option<String> {
        let missing = |is_present: bool, what: &str| (!is_present).then(|| format!("needs {what}"));
        match self {
            Self::PrivateNetwork => missing(has_sys_admin(), "CAP_SYS_ADMIN")
                .or_else(|| Self::Program("ip").missing())
                .or_else(|| Self::Program("nft").missing()),
            Self::Root => missing(has_sys_admin(), "root"),
            Self::ControlGroup => {
                let folder = control_group("probe");
                let is_present = std::fs::create_dir(&folder).is_ok();
                let _ = std::fs::remove_dir(&folder);
                missing(is_present, "a pids control group")
            }
            Self::Strace => {
                let probe = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=getppid", "true"];
                let tried = Command::new("strace").args(probe).output();
                missing(tried.is_ok_and(|tried| tried.status.success()), "strace and ptrace")
            }
            Self::Faketime => missing(has_faketime(), "faketime"),
            Self::Program(name) => {
                let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output();
                missing(found.is_ok_and(|found| found.status.success()), name)
            }
        }
    }
}

/// The path of a control group that limits processes and threads.
pub fn control_group(name: &str) -> String {
    format!("/sys/fs/cgroup/pids/authlete-fail-{name}-{}", std::process::id())
}

fn has_faketime() -> bool {
    let folders = ["x86_64", "aarch64"].map(|arch| format!("/usr/lib/{arch}-linux-gnu/faketime"));
    folders.iter().any(|folder| Path::new(folder).join("libfaketime.so.1").exists())
}

fn has_sys_admin() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    u64::from_str_radix(line.trim(), 16).unwrap() & (1 << 21) != 0
}
