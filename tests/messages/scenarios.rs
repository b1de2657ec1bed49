//! The errors that the scenarios expect: complete messages, as a program gets them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::page::{Entry, Page};
use crate::support::ROOT;

/// Returns the errors in `tests/scenarios`.
pub fn errors() -> BTreeSet<String> {
    let mut errors = BTreeSet::new();
    for file in fs::read_dir(Path::new(ROOT).join("tests/scenarios")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        visit(&serde_json::from_str(&text).unwrap(), &mut errors);
    }
    errors
}

fn visit(value: &Value, errors: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| visit(value, errors)),
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    // A text without a subject is an error of OAuth.
                    Some(text) if name == "error" && text.contains(": ") => {
                        errors.insert(text.to_owned());
                    }
                    _ => visit(value, errors),
                }
            }
        }
        _ => {}
    }
}

/// Whether a reader finds `error` in the section of its subject, and its consequence and next step in
/// the first section.
pub fn is_explained(page: &Page, error: &str) -> bool {
    let (subject, text) = error.split_once(": ").unwrap();
    // As the sections say.
    let also = match subject {
        "environment" | "request" | "options" => "config",
        "network" => "tls",
        _ => subject,
    };
    let find = |text: &str, sections: &[&str]| {
        let entries = page.entries.iter();
        let mut entries = entries.filter(|entry| sections.contains(&&*entry.section));
        entries.any(|entry| matches(entry, text))
    };
    let parts: Vec<_> = text.split("; ").collect();
    (1..=parts.len()).any(|len| {
        let (message, others) = parts.split_at(len);
        let message = message.join("; ");
        // The variable or the member comes first.
        let after_name = message.split_once(' ').map_or("", |(_, rest)| rest);
        let sections = [subject, also, "Parts of a message"];
        (find(&message, &sections) || find(after_name, &sections))
            && others.iter().all(|part| find(part, &["Parts of a message"]))
    })
}

/// Whether `text` is the entry with some text for each placeholder.
fn matches(entry: &Entry, text: &str) -> bool {
    let mut constants = entry.text.split('…');
    let Some(mut rest) = constants.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut constants: Vec<_> = constants.collect();
    let Some(last) = constants.pop() else { return rest.is_empty() };
    for constant in constants {
        let Some((_, after)) = rest.split_once(constant) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}
