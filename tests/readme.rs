//! The README and the tables of the documentation agree with the files and with the code.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use support::ROOT;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).unwrap()
}

/// `tests/snippets.rs` runs the files.
#[test]
fn snippets_are_those_that_are_run() {
    let readme = read("README.md");
    for (language, extension) in [("c", "c"), ("cpp", "cpp"), ("python", "py")] {
        let snippet = read(&format!("docs/snippets/quickstart.{extension}"));
        assert!(readme.contains(&format!("```{language}\n{snippet}```\n")), "{language}");
    }
    assert!(readme.contains(&read("docs/snippets/sandbox.env")));
    let quickstart = read("docs/snippets/quickstart.py");
    assert!(read("bindings/python/README.md").contains(&format!("```python\n{quickstart}```\n")));
}

#[test]
fn links_lead_somewhere() {
    let readme = read("README.md");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    for (link, _) in links.filter(|(link, _)| !link.starts_with("https://")) {
        assert!(Path::new(ROOT).join(link).exists(), "{link}");
    }
}

/// The first cells of the table that follows `heading`.
fn first_cells(page: &str, heading: &str) -> Vec<String> {
    let page = read(&format!("docs/reference/{page}.md"));
    let (_, rest) = page.split_once(heading).unwrap();
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

/// The strings of the first list after `start` in a source file.
fn list(file: &str, start: &str) -> Vec<String> {
    let source = read(file);
    let (_, rest) = source.split_once(start).unwrap();
    let (body, _) = rest.split_once(']').unwrap();
    body.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The reasons in a spec of `src/endpoint.rs`.
fn reasons(spec: &str) -> Vec<String> {
    let source = read("src/endpoint.rs");
    let (_, spec) = source.split_once(&format!("const {spec}: Spec =")).unwrap();
    let (_, rest) = spec.split_once("reasons: &[").unwrap();
    let (body, _) = rest.split_once(']').unwrap();
    body.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The enumerators of the header that begin with `prefix`.
fn enumerators(prefix: &str) -> Vec<String> {
    let header = read("include/authlete_fail.h");
    let names = header
        .lines()
        .filter_map(|line| line.trim().strip_prefix(prefix)?.split(' ').next().map(str::to_owned));
    names.filter(|name| name != "MAX_ENUM").collect()
}

#[test]
fn tables_name_every_reason() {
    for (heading, name) in [
        ("## Authorization", "AUTHORIZATION"),
        ("## Token", "TOKEN"),
        ("## Backchannel authentication", "BACKCHANNEL_AUTHENTICATION"),
    ] {
        let cells = first_cells("reasons", heading);
        let cells = cells.into_iter().map(|cell| match cell.split_once(',') {
            Some((reason, _)) => reason.to_owned(),
            None => cell,
        });
        assert_eq!(sorted(cells.collect()), sorted(reasons(name)), "{name}");
    }
}

/// The guide chooses among those that are known, by the last cell of a row.
#[test]
fn the_guide_chooses_known_reasons() {
    let guide = read("docs/guide/reasons.md");
    let mut chosen: Vec<_> = guide
        .lines()
        .filter(|line| line.ends_with(" |") && !line.ends_with("| reason |"))
        .filter_map(|line| line.rsplit('|').nth(1)?.split_whitespace().next().map(str::to_owned))
        .collect();
    let mut known = reasons("AUTHORIZATION");
    known.extend(reasons("TOKEN"));
    known.extend(reasons("BACKCHANNEL_AUTHENTICATION"));
    for reasons in [&mut chosen, &mut known] {
        reasons.sort();
        reasons.dedup();
    }
    assert_eq!(chosen, known);
}

#[test]
fn tables_name_every_key() {
    let cells = first_cells("configuration", "# Configuration");
    let keys = cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let keys = keys.map(str::to_owned).collect();
    assert_eq!(sorted(keys), sorted(list("src/config/keys.rs", "pub const KEYS: &[&str] = &[")));
}

#[test]
fn tables_name_every_enumerator() {
    for (page, heading, prefix) in [
        ("statuses", "# Statuses", "AUTHLETE_FAIL_STATUS_"),
        ("responses", "## Outcomes", "AUTHLETE_FAIL_OUTCOME_"),
        ("responses", "## Ticket states", "AUTHLETE_FAIL_TICKET_STATE_"),
    ] {
        assert_eq!(sorted(first_cells(page, heading)), sorted(enumerators(prefix)), "{heading}");
    }
}
