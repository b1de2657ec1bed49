//! The table in `README.md` and the tests are the same rows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::ROOT;

fn folder() -> PathBuf {
    PathBuf::from(ROOT).join("tests/faults")
}

/// The cells of each row: row number, fault, how it is made, what is expected, the test.
fn table() -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder().join("README.md")).unwrap();
    text.lines()
        .filter(|line| line.starts_with("| ") && line.ends_with("` |"))
        .map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
        })
        .collect()
}

/// Every test of this folder, as `module::name`.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let module = path.file_stem().unwrap().to_str().unwrap();
        let mut is_test = false;
        for line in fs::read_to_string(&path).unwrap().lines() {
            is_test |= line == "#[test]";
            if let Some(rest) = line.strip_prefix("fn ") {
                if is_test && module != "matrix" {
                    tests.insert(format!("{module}::{}", rest.split('(').next().unwrap()));
                }
                is_test = false;
            }
        }
    }
    tests
}

#[test]
fn every_row_has_its_test_and_every_test_its_row() {
    let table = table();
    let bad: Vec<_> = table.iter().filter(|cells| cells.len() != 5).collect();
    assert!(bad.is_empty(), "rows that have not five cells: {bad:?}");
    // A test may stand for several rows; one elsewhere is named by its file.
    let last = |cells: &Vec<String>| cells[4].rsplit('`').next().unwrap().to_owned();
    let (named, files): (BTreeSet<_>, BTreeSet<_>) =
        table.iter().map(last).partition(|name| name.contains("::"));
    let lost: Vec<_> = files.iter().filter(|file| !Path::new(ROOT).join(file).exists()).collect();
    assert!(lost.is_empty(), "files that are not there: {lost:?}");
    let tests = tests();
    let missing: Vec<_> = named.difference(&tests).collect();
    assert!(missing.is_empty(), "rows without a test: {missing:?}");
    let unlisted: Vec<_> = tests.difference(&named).collect();
    assert!(unlisted.is_empty(), "tests without a row: {unlisted:?}");
    assert!(table.len() >= 80, "{} rows", table.len());
}
