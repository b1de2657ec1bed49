//! "Troubleshooting by message" lists every message of the library and of the C++ headers, and no
//! other. `tests/python/test_messages.py` does the same for the Python package.
//!
//! A message is put together from several string literals, such as "the server's certificate {}" and
//! "has expired". An entry of the page must be such a composition: a literal whose arguments are
//! placeholders, names, or compositions themselves. Each literal that is text for people must be part
//! of an entry.

#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod page;
mod scenarios;
mod source;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeSet, HashMap};

/// Literals with a space that are not part of an error, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("event=client_new host=… version=…", "a log line; see docs/guide/observe.md"),
    (" outcome=… ticket=… attempts=…", "part of a log line; see docs/guide/observe.md"),
    ("; then ", "between the errors in `retry_cause` of a log line; see docs/guide/observe.md"),
    ("Basic realm=\"token\"", "a header of a response"),
    ("Basic realm=\"backchannel/authentication\"", "a header of a response"),
    ("CONNECT …… HTTP/1.1\r\nHost: ……\r\n", "a request to a proxy"),
    (
        "DELETE  HTTP/1.1\r\nhost: \r\ncontent-length: 18446744073709551615\r\n\r\n",
        "only its length is used",
    ),
];

/// The sections whose messages come from elsewhere than `src`.
const BINDINGS: [&str; 2] = ["C++", "Python"];

#[test]
fn every_message_of_the_library_is_on_the_page() {
    let (literals, entries) = (source::library().literals, library_entries());
    let mut compositions = Compositions::new(&literals);
    let used: BTreeSet<_> =
        entries.iter().filter_map(|entry| compositions.of(entry)).flatten().collect();
    let required = literals.iter().filter(|literal| is_text(literal));
    let missing: BTreeSet<_> = required
        .filter(|literal| !used.contains(literal.as_str()))
        .filter(|literal| !EXCEPTIONS.iter().any(|(text, _)| text == literal))
        .collect();
    assert!(missing.is_empty(), "not in docs/reference/messages.md: {missing:#?}");
}

#[test]
fn every_message_on_the_page_is_one_of_the_library() {
    let literals = source::library().literals;
    let mut compositions = Compositions::new(&literals);
    let stale: Vec<_> = library_entries()
        .into_iter()
        .filter(|entry| compositions.of(entry).is_none_or(|used| used.is_empty()))
        .collect();
    assert!(stale.is_empty(), "in docs/reference/messages.md, but not in src: {stale:#?}");
}

#[test]
fn every_exception_is_in_the_source() {
    let literals = source::library().literals;
    for (text, reason) in EXCEPTIONS {
        assert!(literals.iter().any(|literal| literal == text), "{text:?} ({reason})");
        assert!(is_text(text), "{text:?} needs no exception");
    }
}

#[test]
fn every_subject_has_a_section() {
    let sections = page::read().sections;
    let subjects: BTreeSet<_> = source::library().subjects.into_iter().collect();
    assert!(subjects.contains("connect") && subjects.contains("environment"), "{subjects:?}");
    let is_title = |title: &String| title.bytes().all(|b| b.is_ascii_lowercase());
    let titles: BTreeSet<_> = sections.into_iter().filter(is_title).collect();
    assert_eq!(titles, subjects);
}

#[test]
fn every_error_of_a_scenario_is_explained_in_its_section() {
    let (page, errors) = (page::read(), scenarios::errors());
    assert!(errors.len() > 200, "{}", errors.len());
    let missing: Vec<_> =
        errors.iter().filter(|error| !scenarios::is_explained(&page, error)).collect();
    assert!(missing.is_empty(), "not in docs/reference/messages.md: {missing:#?}");
}

#[test]
fn messages_of_cpp_are_those_of_the_headers() {
    let entries = page::read().entries.into_iter().filter(|entry| entry.section == "C++");
    let entries: BTreeSet<_> = entries.map(|entry| entry.text).collect();
    assert_eq!(entries, source::cpp().into_iter().collect());
}

fn library_entries() -> Vec<String> {
    let entries = page::read().entries.into_iter();
    let entries = entries.filter(|entry| !BINDINGS.contains(&&*entry.section));
    entries.map(|entry| entry.text).collect()
}

/// Whether a literal is text for people.
fn is_text(literal: &str) -> bool {
    has_words(literal) && literal.contains(|c: char| c.is_ascii_alphabetic())
}

/// Whether a literal has several words, which may be arguments.
fn has_words(literal: &str) -> bool {
    literal.trim().contains(' ')
}

/// The literals of which a text is composed, or `None` if it is not a composition.
type Composition<'a> = Option<BTreeSet<&'a str>>;

struct Compositions<'a> {
    /// The literals of several words, each split at its arguments.
    formats: Vec<(&'a str, Vec<&'a str>)>,
    /// Names, which an entry may contain instead of a placeholder.
    names: BTreeSet<&'a str>,
    known: HashMap<String, Composition<'a>>,
}

impl<'a> Compositions<'a> {
    fn new(literals: &'a [String]) -> Self {
        let (formats, names): (Vec<_>, Vec<_>) =
            literals.iter().map(|text| text.as_str()).partition(|text| has_words(text));
        let names = names.into_iter().map(str::trim).collect();
        let formats = formats.into_iter().map(|text| (text, text.split('…').collect())).collect();
        Self { formats, names, known: HashMap::new() }
    }

    /// Returns all literals of all compositions of `text`. Terminates, because every format contains
    /// a space, so its arguments are shorter than the text.
    fn of(&mut self, text: &str) -> Composition<'a> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let mut composition = self.is_name(text).then(BTreeSet::new);
        for (literal, parts) in self.formats.clone() {
            if let Some(used) = self.arguments(text, &parts) {
                let all = composition.get_or_insert_default();
                all.extend(used);
                all.insert(literal);
            }
        }
        self.known.insert(text.to_owned(), composition.clone());
        composition
    }

    /// Matches `text` with the constant parts of a literal, and composes what is between them.
    fn arguments(&mut self, text: &str, parts: &[&str]) -> Composition<'a> {
        let (first, others) = parts.split_first()?;
        let rest = text.strip_prefix(first)?;
        let Some(next) = others.first() else {
            return rest.is_empty().then(BTreeSet::new);
        };
        let mut composition: Composition<'a> = None;
        for (at, _) in rest.char_indices().chain([(rest.len(), ' ')]) {
            let (argument, after) = rest.split_at(at);
            let is_end = others.len() == 1 && next.is_empty() && !after.is_empty();
            if is_end || !after.starts_with(next) {
                continue;
            }
            if let Some(used) = self.of(argument)
                && let Some(more) = self.arguments(after, others)
            {
                composition.get_or_insert_default().extend(used.into_iter().chain(more));
            }
        }
        composition
    }

    /// Whether `text` consists of placeholders, known names and punctuation.
    fn is_name(&self, text: &str) -> bool {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.all(|word| word.is_empty() || self.names.contains(word))
    }
}
