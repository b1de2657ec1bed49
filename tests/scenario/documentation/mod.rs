//! The tables of the documentation agree with the library and with the scenarios.

mod actions;
mod configuration;
mod library;
mod limits;
mod scenarios;
mod texts;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::table::Scenario;
use crate::support::ROOT;

/// Each call, with its heading in the documentation.
const CALLS: [(&str, &str); 3] = [
    ("authorization", "Authorization"),
    ("token", "Token"),
    ("backchannel_authentication", "Backchannel authentication"),
];

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).expect(file)
}

/// The rows of the first table after `heading`, without its header; each has its cells.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let page = read(&format!("docs/{page}.md"));
    let (_, rest) = page.split_once(&format!("{heading}\n")).expect(heading);
    table(rest, "|")
}

/// The rows of the first table in `text` whose header starts with `start`.
fn table(text: &str, start: &str) -> Vec<Vec<String>> {
    let cells = |row: &str| row.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    text.lines()
        .skip_while(|line| !line.starts_with(start))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|row| cells(row.trim_matches('|')))
        .collect()
}

/// The path and the name of each action of each endpoint.
pub fn known_actions() -> BTreeSet<(String, String)> {
    let fail_calls = rows("reference/responses", "## Responses");
    let other_calls = rows("guide/calls", "## The response");
    let path = |cell: &str| match Scenario::path_of(&cell.replace(' ', "_")) {
        Some(path) => Some(path.to_owned()),
        None => cell.starts_with("`/").then(|| cell.replace('`', "")),
    };
    let rows = fail_calls.iter().chain(&other_calls);
    rows.filter_map(|row| Some((path(&row[0])?, row[1].clone()))).collect()
}

/// The text in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The words in capital letters.
fn names(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_uppercase() && c != '_')
        .filter(|word| word.len() > 1)
        .map(str::to_owned)
        .collect()
}
