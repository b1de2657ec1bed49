//! The snippets of the README compile.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::fs;
use std::process::Command;

use support::{ROOT, run, scratch};

#[test]
fn snippets_compile() {
    let readme = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    for (language, compiler) in [
        ("c", &["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"][..]),
        ("cpp", &["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]),
        ("python", &["python3", "-m", "py_compile"]),
    ] {
        let snippets: Vec<_> = readme
            .split(&format!("```{language}\n"))
            .skip(1)
            .filter_map(|rest| rest.split_once("```").map(|(snippet, _)| snippet))
            .collect();
        assert_eq!(snippets.len(), 1, "{language}");
        let file = scratch().join(format!("readme.{language}"));
        fs::write(&file, snippets.concat()).unwrap();
        let mut command = Command::new(compiler[0]);
        command.args(&compiler[1..]);
        if language != "python" {
            command.args(["-Iinclude", "-Ibindings/cpp"]);
        }
        run(command.arg(&file).current_dir(ROOT));
    }
}

#[test]
fn tables_name_every_reason_and_status() {
    let readme = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    let rows: Vec<_> = readme.lines().filter(|line| line.starts_with("| ")).collect();
    let source = fs::read_to_string(format!("{ROOT}/src/endpoint.rs")).unwrap();
    let reasons = source.lines().filter_map(|line| line.trim().strip_suffix("\","));
    let mut count = 0;
    for reason in reasons.filter_map(|line| line.strip_prefix('"')) {
        assert!(rows.iter().any(|row| row.contains(reason)), "{reason}");
        count += 1;
    }
    assert_eq!(count, 16 + 6 + 9);
    let header = fs::read_to_string(format!("{ROOT}/include/authlete_fail.h")).unwrap();
    for line in header.lines().filter_map(|l| l.trim().strip_prefix("AUTHLETE_FAIL_STATUS_")) {
        let name = line.split(' ').next().unwrap_or_default();
        let row = format!("| {name} |");
        assert!(name == "MAX_ENUM" || rows.iter().any(|r| r.starts_with(&row)), "{name}");
    }
}
