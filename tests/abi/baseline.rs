//! Compares the ABI with `tests/abi/baseline.txt`. Its entries must not change until the SONAME
//! changes, except those named in `tests/abi/intended.suppr` and `CHANGELOG.md`.
//! `AUTHLETE_FAIL_REFRESH=1 cargo test --test abi` adds new entries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{ROOT, dynamic_section, exported};

/// The parts of the ABI that built programs rely on, by name.
type Promises = BTreeMap<String, String>;

#[test]
fn the_abi_matches_the_baseline() {
    let path = format!("{ROOT}/tests/abi/baseline.txt");
    let header = fs::read_to_string(format!("{ROOT}/include/authlete_fail.h")).unwrap();
    let mut now = declared(&header, &exported());
    let dynamic = dynamic_section();
    let (_, soname) = dynamic.split_once("soname: [").unwrap();
    now.insert("soname".to_owned(), soname.split(']').next().unwrap().to_owned());

    let read = fs::read_to_string(&path).unwrap_or_default();
    let mut written: Promises = read.lines().map(entry).collect();
    let intended = intended();
    let broken: Vec<_> = written
        .iter()
        .filter(|(name, was)| now.get(*name) != Some(was))
        .filter(|(name, _)| !intended.contains(&format!("`{}`", name.rsplit(' ').next().unwrap())))
        .map(|(name, was)| {
            let is = now.get(name).map_or("gone", String::as_str);
            format!("  {name}\n    was: {was}\n    is:  {is}\n")
        })
        .collect();
    assert!(
        broken.is_empty() || written.get("soname") != now.get("soname"),
        "this breaks programs that are already built:\n{}Restore it: within one SONAME, nothing is \
         removed or changed. That takes a new major version, which has a new SONAME (build.rs), or \
         before 1.0 a new minor version and an entry in tests/abi/intended.suppr.",
        broken.concat()
    );
    if std::env::var_os("AUTHLETE_FAIL_REFRESH").is_some() {
        let lines: String = now.iter().map(|(name, is)| format!("{name}: {is}\n")).collect();
        fs::write(&path, lines).unwrap();
        written.clone_from(&now);
    }
    let added: Vec<_> = now.iter().filter(|(name, is)| written.get(*name) != Some(is)).collect();
    assert!(
        added.is_empty(),
        "new in the ABI: {added:#?}\nAdd it to the baseline, for the next minor version: \
         AUTHLETE_FAIL_REFRESH=1 cargo test --test abi"
    );
}

/// The labels of the intended changes; the change log must contain each.
fn intended() -> String {
    let log = fs::read_to_string(format!("{ROOT}/CHANGELOG.md")).unwrap();
    let read = fs::read_to_string(format!("{ROOT}/tests/abi/intended.suppr")).unwrap();
    let labels = read.lines().filter_map(|line| line.trim().strip_prefix("label = "));
    labels
        .inspect(|label| assert!(log.contains(*label), "CHANGELOG.md does not have {label:?}"))
        .collect()
}

fn entry(line: &str) -> (String, String) {
    let (name, value) = line.split_once(": ").unwrap();
    (name.to_owned(), value.to_owned())
}

/// The declarations of the header, without functions that the library does not export.
fn declared(header: &str, exported: &BTreeSet<String>) -> Promises {
    let mut promises = Promises::new();
    let mut code = String::new();
    for line in header.lines() {
        if let Some(define) = line.strip_prefix("#define ") {
            // The values of the version macros change in every version.
            let name = define.split(' ').next().unwrap();
            promises.insert(format!("macro {name}"), "defined".to_owned());
        } else if !line.starts_with('#') {
            code.push_str(line.split("//").next().unwrap());
            code.push(' ');
        }
    }
    let words: Vec<_> = code.split_whitespace().collect();
    let code = words.join(" ").replace("extern \"C\" {", "");
    for declaration in code.split(';').map(str::trim).filter(|text| !["", "}"].contains(text)) {
        if let Some(rest) = declaration.strip_prefix("typedef enum { ") {
            let (enumerators, name) = rest.split_once(" } ").unwrap();
            for enumerator in enumerators.split_terminator(',') {
                let (enumerator, value) = enumerator.trim().split_once(" = ").unwrap();
                promises.insert(format!("enumerator {enumerator}"), format!("{name} {value}"));
            }
        } else if let Some(rest) = declaration.strip_prefix("typedef struct ") {
            let (tag, name) = rest.split_once(' ').unwrap();
            promises.insert(format!("type {name}"), format!("struct {tag}"));
        } else if let Some(rest) = declaration.strip_prefix("typedef ") {
            let (result, rest) = rest.split_once(" (*").unwrap();
            let (name, parameters) = rest.split_once(")(").unwrap();
            promises.insert(format!("type {name}"), signature(result, parameters));
        } else {
            let (before, parameters) = declaration.split_once('(').unwrap();
            let at = before.rfind([' ', '*']).unwrap() + 1;
            let (result, name) = before.split_at(at);
            if exported.contains(name) {
                promises.insert(format!("function {name}"), signature(result.trim(), parameters));
            }
        }
    }
    promises
}

/// A signature without parameter names, which may change.
fn signature(result: &str, parameters: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let types: Vec<_> = parameters
        .trim_end_matches(')')
        .split(", ")
        .map(|parameter| match parameter {
            "void" => parameter,
            _ => parameter.trim_end_matches(is_name).trim(),
        })
        .collect();
    format!("{result} ({})", types.join(", "))
}
