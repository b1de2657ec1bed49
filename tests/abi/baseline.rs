//! The ABI promise, held to `tests/abi/baseline.txt`: its entries stay as they are until the SONAME
//! changes, except for those that `tests/abi/intended.suppr` and `CHANGELOG.md` name.
//! `AUTHLETE_FAIL_REFRESH=1 cargo test --test abi` writes additions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{ROOT, dynamic_section, exported};

/// What a program that is already built relies on, each by its name.
type Promises = BTreeMap<String, String>;

#[test]
fn what_is_promised_stays() {
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
        "programs that are built would break:\n{}Put it back: within one SONAME nothing is \
         removed or changed. A new major version may, and its SONAME (build.rs) is the next; before \
         1.0 a new minor version may, with an entry in tests/abi/intended.suppr.",
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
        "new, and from now on promised: {added:#?}\nWrite it down, for the next minor version: \
         AUTHLETE_FAIL_REFRESH=1 cargo test --test abi"
    );
}

/// The labels of the changes that are intended; each is text of the change log.
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

/// What the header declares; a function only if the library exports it.
fn declared(header: &str, exported: &BTreeSet<String>) -> Promises {
    let mut promises = Promises::new();
    let mut code = String::new();
    for line in header.lines() {
        if let Some(define) = line.strip_prefix("#define ") {
            // The values of the version's macros are new in every version.
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

/// Without the names of the parameters, which may change.
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
