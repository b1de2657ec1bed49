//! The page `docs/reference/messages.md`.

use std::fs;
use std::path::Path;

use crate::support::ROOT;

/// A message on the page, with `…` instead of the page's placeholders.
pub struct Entry {
    pub section: String,
    pub text: String,
}

pub struct Page {
    pub sections: Vec<String>,
    pub entries: Vec<Entry>,
}

pub fn read() -> Page {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/reference/messages.md")).unwrap();
    let placeholders: Vec<_> =
        rows(&text, "placeholder").flat_map(|(_, cells)| codes(&cells[0])).collect();
    let sections = text.lines().filter_map(|line| line.strip_prefix("## "));
    let sections = sections.map(str::to_owned).collect();
    let mut entries = Vec::new();
    for (section, cells) in rows(&text, "message") {
        assert_eq!(cells.len(), 3, "{cells:?}");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "{cells:?}");
        for code in codes(&cells[0]) {
            let text = without_placeholders(&code, &placeholders);
            entries.push(Entry { section: section.clone(), text });
        }
    }
    Page { sections, entries }
}

/// The rows of the tables whose first column is called `column`, each with its section.
fn rows(text: &str, column: &str) -> impl Iterator<Item = (String, Vec<String>)> {
    let mut section = "";
    let mut is_table = false;
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        }
        let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) else {
            is_table &= line.starts_with("|---");
            continue;
        };
        let cells: Vec<_> = row.split(" | ").map(|cell| cell.trim().to_owned()).collect();
        if cells[0] == column {
            is_table = true;
        } else if is_table {
            rows.push((section.to_owned(), cells));
        }
    }
    rows.into_iter()
}

/// The code in a cell.
fn codes(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn without_placeholders(text: &str, placeholders: &[String]) -> String {
    let mut words = String::new();
    let mut word = String::new();
    for character in text.chars().chain(['\0']) {
        if character.is_ascii_alphanumeric() {
            word.push(character);
            continue;
        }
        words.push_str(if placeholders.contains(&word) { "…" } else { &word });
        word.clear();
        words.extend((character != '\0').then_some(character));
    }
    words
}
