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

/// The first cells of the table that follows `heading`.
fn first_cells(heading: &str) -> Vec<String> {
    let readme = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    let (_, rest) = readme.split_once(heading).unwrap();
    rest.lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .filter_map(|line| line.split('|').nth(1))
        .map(|cell| cell.trim().trim_end_matches(" \u{b9}").to_owned())
        .collect()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// The strings of a constant in a source file.
fn constant(file: &str, name: &str) -> Vec<String> {
    let source = fs::read_to_string(format!("{ROOT}/{file}")).unwrap();
    let (_, rest) = source.split_once(&format!("const {name}: &[&str] =")).unwrap();
    let (body, _) = rest.split_once("];").unwrap();
    body.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn tables_name_every_reason() {
    for (heading, name) in [
        ("Authorization (", "AUTHORIZATION_REASONS"),
        ("Token (", "TOKEN_REASONS"),
        ("Backchannel authentication:", "BACKCHANNEL_AUTHENTICATION_REASONS"),
    ] {
        let cells = first_cells(heading).into_iter().map(|cell| match cell.split_once(',') {
            Some((reason, _)) => reason.to_owned(),
            None => cell,
        });
        assert_eq!(sorted(cells.collect()), sorted(constant("src/endpoint.rs", name)), "{name}");
    }
}

#[test]
fn tables_name_every_key_and_status() {
    let cells = first_cells("## Configuration");
    let keys = cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let keys = keys.map(str::to_owned).collect();
    assert_eq!(sorted(keys), sorted(constant("src/config/mod.rs", "KEYS")));

    let header = fs::read_to_string(format!("{ROOT}/include/authlete_fail.h")).unwrap();
    let names = header.lines().filter_map(|line| {
        line.trim().strip_prefix("AUTHLETE_FAIL_STATUS_")?.split(' ').next().map(str::to_owned)
    });
    let names = names.filter(|name| name != "MAX_ENUM").collect();
    assert_eq!(sorted(first_cells("## When something goes wrong")), sorted(names));
}
