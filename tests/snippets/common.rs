//! How the tests of the snippets compile and run programs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use authlete_fail_sandbox::{ACCESS_TOKEN, Options, SERVICE_ID, Sandbox};

use crate::support::{self, ROOT, library, program, run};

pub const C: &[&str] = &["-std=c99"];
pub const CPP: &[&str] = &["-std=c++17"];
/// A ticket that does not exist.
pub const UNKNOWN_TICKET: &str = "qA7wGybwArICpbUSutrf5Xc9-i1fHE0ySOHxR1eBoBQ";

/// The path of a file in `docs/snippets` or `bindings/examples`.
pub fn snippet(name: &str) -> String {
    let folder = if name.starts_with("reject.") { "bindings/examples" } else { "docs/snippets" };
    format!("{folder}/{name}")
}

/// Compiles a snippet, but only once: another test may be running the program.
pub fn compile(name: &str, flags: &[&str]) -> PathBuf {
    static COMPILED: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let compile = || {
        let compiler = if name.ends_with(".c") { "cc" } else { "c++" };
        let program = format!("snippet-{}", name.replace('.', "-"));
        support::compile(compiler, &[&snippet(name)], &program, flags)
    };
    COMPILED.lock().unwrap().entry(name.to_owned()).or_insert_with(compile).clone()
}

/// Sets the environment of `command` for the server at `base_url`.
pub fn configure<'a>(command: &'a mut Command, base_url: &str) -> &'a mut Command {
    for name in
        ["API_VERSION", "SERVICE_APISECRET", "DPOP_KEY", "CLIENT_CERTIFICATE", "FAIL_CONFIG_JSON"]
    {
        command.env_remove(format!("AUTHLETE_{name}"));
    }
    command
        .env("AUTHLETE_BASE_URL", base_url)
        .env("AUTHLETE_SERVICE_APIKEY", SERVICE_ID)
        .env("AUTHLETE_SERVICE_ACCESSTOKEN", ACCESS_TOKEN)
        .env("AUTHLETE_FAIL_LIBRARY", library())
        .env("PYTHONPATH", "bindings/python")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(ROOT)
}

/// Python with the packages of tests/snippets/requirements.txt, which `make check-snippets` installs.
pub fn python(name: &str) -> Command {
    let mut command = Command::new(format!("{ROOT}/target/venv/bin/python"));
    command.arg(snippet(name));
    command
}

/// The command that runs a snippet. C and C++ are compiled first.
pub fn in_language(name: &str) -> Command {
    match name.rsplit_once('.').unwrap().1 {
        "c" => program(&compile(name, C)),
        "cpp" => program(&compile(name, CPP)),
        _ => python(name),
    }
}

pub fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

pub fn ticket(sandbox: &Sandbox) -> String {
    let mut command = Command::new("sh");
    let printed = run(configure(command.arg(snippet("ticket.sh")), &sandbox.base_url()));
    let ticket = printed.trim().to_owned();
    assert_eq!(ticket.len(), 43, "{ticket}");
    ticket
}

/// Makes the next request of the sandbox that matches the fault fail.
pub fn fail_next(sandbox: &Sandbox, fault: &str) {
    run(Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--data", fault])
        .args(["--header", "Content-Type: application/json"])
        .arg(format!("{}/sandbox/faults", sandbox.base_url())));
}

/// Runs a program with a ticket and returns its output.
pub fn output(mut command: Command, sandbox: &Sandbox, ticket: &str) -> String {
    run(configure(command.arg(ticket), &sandbox.base_url()))
}

/// Runs a program and returns its standard error.
pub fn stderr(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}
