//! The scenarios in `tests/scenarios`, run in every language against the sandbox.
//!
//! `AUTHLETE_FAIL_REFRESH=1 cargo test --test scenarios` formats the files.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod harness;
mod scenario;
mod support;

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use authlete_fail::ffi::text;
use harness::client;
use harness::driver::{InProcess, Process};
use scenario::backend::Backend;
use scenario::coverage;
use scenario::format::format;
use scenario::run;
use scenario::table::{Language, Scenario, files, table};
use support::{ROOT, compile, library, program};

#[test]
fn files_are_formatted() {
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        let formatted = format(&serde_json::from_str(&text).unwrap());
        if std::env::var_os("AUTHLETE_FAIL_REFRESH").is_some() {
            fs::write(&file, &formatted).unwrap();
        } else {
            assert!(
                text == formatted,
                "{} is not formatted; run AUTHLETE_FAIL_REFRESH=1 cargo test --test scenarios",
                file.display()
            );
        }
    }
}

#[test]
fn names_are_unique() {
    let mut seen = HashSet::new();
    for scenario in table() {
        assert!(
            seen.insert(scenario.name.clone()),
            "two scenarios have the name {:?}",
            scenario.name
        );
    }
}

#[test]
fn rules_are_covered() {
    let missing = coverage::missing(&table());
    assert!(missing.is_empty(), "no scenario covers {missing:#?}");
}

#[test]
fn every_status_is_reached_or_listed_as_unreachable() {
    let reached: HashSet<_> = table().into_iter().map(|scenario| scenario.expect.status).collect();
    let unreachable: HashSet<_> =
        coverage::UNREACHABLE.iter().map(|(status, _)| (*status).to_owned()).collect();
    assert!(reached.is_disjoint(&unreachable), "{unreachable:?} is reached");
    let named: HashSet<_> = (0..)
        .map(|number| client::text(text::authlete_fail_status_name(number)).to_owned())
        .take_while(|name| name != "?")
        .collect();
    assert_eq!(&reached | &unreachable, named);
}

#[test]
fn rust() {
    run_all(Language::Rust, &table(), rust_driver_command);
}

/// With options, even empty ones, the driver makes a general call to the path of the fail endpoint.
#[test]
fn a_general_call_to_a_fail_endpoint_does_the_same_as_its_function() {
    let mut scenarios = table();
    scenarios.retain(|scenario| scenario.is_fail_call() && scenario.options().is_none());
    for scenario in &mut scenarios {
        scenario.options_text = Some(String::new());
    }
    run_all(Language::Rust, &scenarios, rust_driver_command);
}

/// Runs `rust_driver` in a process.
fn rust_driver_command() -> Command {
    // libtest writes to stdout, so the replies use another descriptor.
    let command = r#"exec "$0" --exact rust_driver --ignored --nocapture 3>&1 >/dev/null"#;
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).arg(std::env::current_exe().expect("a path"));
    shell
}

#[test]
#[ignore = "the test `rust` runs it in a process"]
fn rust_driver() {
    let mut replies = OpenOptions::new().write(true).open("/dev/fd/3").expect("started by `rust`");
    InProcess::default().serve(&mut replies).expect("the harness reads and writes");
}

#[test]
fn c() {
    let driver = compile("cc", &["tests/c/driver.c"], "driver-c", &["-std=c99"]);
    run_all(Language::C, &table(), || {
        let mut command = program(&driver);
        command.arg("log");
        command
    });
}

#[test]
fn cpp() {
    let driver = compile("c++", &["tests/cpp/driver.cpp"], "driver-cpp", &["-std=c++17"]);
    run_all(Language::Cpp, &table(), || program(&driver));
}

#[test]
fn python() {
    run_all(Language::Python, &table(), || {
        let mut command = Command::new("python3");
        command
            .arg(format!("{ROOT}/tests/python/driver.py"))
            .env("PYTHONPATH", format!("{ROOT}/bindings/python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AUTHLETE_FAIL_LIBRARY", library());
        command
    });
}

/// Runs the scenarios in `language`, whose driver `command` starts.
fn run_all(language: Language, scenarios: &[Scenario], command: impl Fn() -> Command) {
    // The environment must not matter if there is a configuration.
    let ignored = ["AUTHLETE_BASE_URL", "AUTHLETE_DPOP_KEY", "AUTHLETE_FAIL_CONFIG_JSON"];
    let mut process = Process::start(command().envs(ignored.map(|name| (name, "CANARY"))));
    let mut failed = Vec::new();
    for scenario in scenarios {
        let run = AssertUnwindSafe(|| {
            let backend = Backend::new(scenario);
            let has_run = match backend.environment(scenario) {
                None => run::run(scenario, &backend, &mut process),
                Some(variables) => {
                    let mut command = command();
                    let set = std::env::vars().map(|(name, _)| name);
                    for name in set.filter(|name| name.starts_with("AUTHLETE_")) {
                        if name != "AUTHLETE_FAIL_LIBRARY" {
                            command.env_remove(name);
                        }
                    }
                    run::run(scenario, &backend, &mut Process::start(command.envs(variables)))
                }
            };
            let skip = scenario.skip.get(&language);
            assert!(has_run != skip.is_some(), "{}: run: {has_run}; {skip:?}", scenario.name);
        });
        if catch_unwind(run).is_err() {
            failed.push(scenario.name.clone());
        }
    }
    assert!(failed.is_empty(), "{} scenarios failed: {failed:#?}", failed.len());
}
