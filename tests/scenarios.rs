//! The scenario table (`scenarios.json`), run in every language against the sandbox.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scenario;
mod support;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use scenario::row::{self, Row};
use scenario::run;
use support::driver::{InProcess, Process};
use support::{ROOT, compile, library, program};

#[test]
fn names_are_unique() {
    let mut seen = HashSet::new();
    for row in row::table() {
        assert!(seen.insert(row.name.clone()), "two rows are called {:?}", row.name);
    }
}

#[test]
fn rust() {
    let mut driver = InProcess::new();
    let table = row::table();
    let rows = table.iter().filter(|row| row.environment.is_none());
    run_all(rows, |row| assert!(run::run(row, &mut driver), "skipped"));
}

#[test]
fn c() {
    let driver = compile("cc", &["tests/c/driver.c"], "driver-c", &["-std=c99"]);
    run_in_process(|| program(&driver), |_| false);
}

#[test]
fn cpp() {
    let driver = compile("c++", &["tests/cpp/driver.cpp"], "driver-cpp", &["-std=c++17"]);
    run_in_process(|| program(&driver), |_| false);
}

/// Python calls take mappings, so text that is not one JSON object cannot be expressed.
#[test]
fn python() {
    let python = || {
        let mut command = Command::new("python3");
        command
            .arg(format!("{ROOT}/tests/python/driver.py"))
            .env("PYTHONPATH", format!("{ROOT}/bindings/python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AUTHLETE_FAIL_LIBRARY", library());
        command
    };
    run_in_process(python, |row| row.text.is_some() || row.hex.is_some());
}

fn run_in_process(command: impl Fn() -> Command, may_skip: impl Fn(&Row) -> bool) {
    let mut driver = Process::start(&mut command());
    run_all(&row::table(), |row| {
        let ran = match &row.environment {
            None => run::run(row, &mut driver),
            Some(variables) => {
                let mut command = command();
                let set = std::env::vars().map(|(name, _)| name);
                for name in set.filter(|name| name.starts_with("AUTHLETE_")) {
                    if name != "AUTHLETE_FAIL_LIBRARY" {
                        command.env_remove(name);
                    }
                }
                run::run(row, &mut Process::start(command.envs(variables)))
            }
        };
        assert!(ran || may_skip(row), "skipped");
    });
}

/// Runs every row, and fails if any did.
fn run_all<'a>(rows: impl IntoIterator<Item = &'a Row>, mut run: impl FnMut(&Row)) {
    let failed: Vec<_> = rows
        .into_iter()
        .filter(|row| catch_unwind(AssertUnwindSafe(|| run(row))).is_err())
        .map(|row| row.name.as_str())
        .collect();
    assert!(failed.is_empty(), "{} rows failed: {failed:#?}", failed.len());
}
