//! Builds and runs programs: the shipped library, and C and C++ programs that use it.

#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The root folder of the package.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The shared library as it ships, built if necessary, or the one that the environment selects
/// (`make asan`).
pub fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        if let Some(other) = std::env::var_os("AUTHLETE_FAIL_LIBRARY") {
            return other.into();
        }
        let mut cargo = Command::new(env!("CARGO"));
        // With the variables that Cargo sets for this test, Cargo would rebuild everything.
        for (name, _) in std::env::vars_os() {
            let is_cargos = name.to_str().is_some_and(|name| {
                name == "OUT_DIR"
                    || name.starts_with("CARGO_PKG_")
                    || name.starts_with("CARGO_MANIFEST_")
            });
            if is_cargos {
                cargo.env_remove(name);
            }
        }
        run(cargo
            .args(["rustc", "--release", "--lib", "--crate-type", "cdylib", "--quiet"])
            .current_dir(ROOT));
        let folder = target().join("release");
        let library = folder.join("libauthlete_fail.so");
        // Programs look for the SONAME.
        let link = folder.join("libauthlete_fail.so.0");
        let _ = std::os::unix::fs::symlink("libauthlete_fail.so", link);
        library
    })
}

/// An address at which nothing listens. Its port is below the ephemeral ports (ip(7),
/// ip_local_port_range), so the kernel gives it to no other server and no connection meanwhile.
pub fn unused_address() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Concurrent test programs begin at different ports.
        let number = std::process::id() * 64 + NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + (number % 20_000) as u16;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().expect("bound");
        }
    }
}

/// The target folder of Cargo.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(ROOT).join("target"), Into::into)
}

/// The folder for files that tests write.
pub fn scratch() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// Compiles a C or C++ program against the header and the shipped library, with sanitizers if the
/// environment asks for them (`make sanitize`).
pub fn compile(compiler: &str, sources: &[&str], program: &str, flags: &[&str]) -> PathBuf {
    let library = library();
    let folder = library.parent().expect("a folder");
    let program = scratch().join(program);
    let sanitizers: &[_] = match std::env::var_os("AUTHLETE_FAIL_SANITIZE") {
        Some(_) => &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
        None => &[],
    };
    run(compiler_command(compiler)
        .args(flags)
        .args(sanitizers)
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-g", "-O1"])
        .args(["-Iinclude", "-Ibindings/cpp", "-o"])
        .arg(&program)
        .args(sources)
        .arg(format!("-L{}", folder.display()))
        .arg(format!("-Wl,-rpath,{}", folder.display()))
        .args(["-lauthlete_fail", "-pthread"])
        .current_dir(ROOT));
    program
}

/// The command of the compiler `cc` or `c++`, or of the one that the environment selects
/// (`make check-aarch64`).
pub fn compiler_command(compiler: &str) -> Command {
    let variable = if compiler == "cc" { "AUTHLETE_FAIL_CC" } else { "AUTHLETE_FAIL_CXX" };
    let selected = std::env::var(variable).unwrap_or_else(|_| compiler.to_owned());
    let mut words = selected.split_whitespace();
    let mut command = Command::new(words.next().expect("a compiler"));
    command.args(words);
    command
}

/// A command that runs a compiled program, under another one if the environment asks for it
/// (`make valgrind`).
pub fn program(path: &Path) -> Command {
    let wrapper = std::env::var("AUTHLETE_FAIL_WRAPPER").unwrap_or_default();
    let mut words = wrapper.split_whitespace();
    let Some(first) = words.next() else { return Command::new(path) };
    let mut command = Command::new(first);
    command.args(words).arg(path);
    command
}

/// Whether compiled programs run under qemu-user (`make check-aarch64`).
pub fn is_emulated() -> bool {
    std::env::var("AUTHLETE_FAIL_WRAPPER").is_ok_and(|wrapper| wrapper.starts_with("qemu-"))
}

/// Runs a command that must succeed, and returns what it printed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let printed = text(&output.stdout);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{printed}\n{}",
        output.status,
        text(&output.stderr)
    );
    printed
}
