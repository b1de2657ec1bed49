//! One text for each status, outcome, ticket state, log level, statistic and diagnostic. The comments in
//! `src`, from which the header is generated, are the source. The pages and the Python package repeat them.

use std::collections::{BTreeMap, BTreeSet};

use super::{quoted, read, rows, table};
use crate::harness::driver::Process;
use crate::rust_driver_command;

const PYTHON: &str = "bindings/python/authlete_fail";

/// A text without what differs between the languages: names, white space, a capital letter at the
/// start and a full stop at the end.
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "");
    let text = text.replace("authlete_fail_client_connect()", "connect");
    let text =
        text.replace("AUTHLETE_FAIL_OUTCOME_", "").replace("None", "null").replace("Null", "null");
    let text = text.trim_end_matches('.');
    let words = text.split(' ').map(|word| match word.contains('_') {
        true => camel_case(word),
        false => word.to_owned(),
    });
    let text = words.collect::<Vec<_>>().join(" ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The library's name of a Python keyword.
fn camel_case(word: &str) -> String {
    let is_keyword = word.bytes().any(|b| b.is_ascii_lowercase());
    let mut parts = word.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    let capitalized = |part: &str| part[..1].to_uppercase() + &part[1..];
    if is_keyword { first + &parts.map(capitalized).collect::<String>() } else { word.to_owned() }
}

/// The enumerators with a prefix in the header, each with its comment.
fn enumerators(prefix: &str) -> BTreeMap<String, String> {
    let header = read("include/authlete_fail.h");
    let (mut found, mut comment) = (BTreeMap::new(), String::new());
    for line in header.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            comment += text;
        } else if let Some((name, _)) = line.strip_prefix(prefix).and_then(|l| l.split_once(" = "))
        {
            found.insert(name.to_owned(), plain(&comment));
            comment.clear();
        } else {
            comment.clear();
        }
    }
    found.remove("MAX_ENUM").expect("every enumeration has it");
    found
}

/// The docstrings of a Python class, as that of "", and of its members.
fn docstrings(file: &str, class: &str) -> BTreeMap<String, String> {
    let source = read(&format!("{PYTHON}/{file}.py"));
    let (_, rest) = source.split_once(&format!("\nclass {class}(")).expect(class);
    let body = rest.split("\n\n\n").next().expect("a class");
    // Members alternate with docstrings: `    NAME = value` or `    name: type`.
    let mut found = BTreeMap::new();
    let mut member = String::new();
    for (index, part) in body.split("\"\"\"").enumerate() {
        if index % 2 == 1 {
            found.insert(member.clone(), plain(part));
            continue;
        }
        for line in part.lines().filter_map(|line| line.strip_prefix("    ")) {
            let name = line.split([' ', ':']).next().unwrap_or_default();
            if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                member = name.to_owned();
                found.insert(member.clone(), String::new());
            }
        }
    }
    found
}

/// Asserts that `texts` has the same names, and that each of its texts begins with that of the header. What
/// follows concerns only Python or only the page.
fn assert_begins(what: &str, texts: &BTreeMap<String, String>, header: &BTreeMap<String, String>) {
    assert!(texts.keys().eq(header.keys()), "{what}: {:?}, {:?}", texts.keys(), header.keys());
    for (name, expected) in header {
        let text = &texts[name];
        let rest = text.strip_prefix(expected.as_str()).unwrap_or("?");
        let is_complete = rest.is_empty() || rest.starts_with(['.', ',', ';']);
        assert!(is_complete, "{what}: {name}\n  header: {expected}\n  here:   {text}");
    }
}

/// The meaning in the table after a heading, by name.
fn documented(page: &str, heading: &str) -> BTreeMap<String, String> {
    let rows = rows(page, heading).into_iter();
    rows.map(|row| (row[0].replace('`', ""), plain(&row[1]))).collect()
}

#[test]
fn enumerators_have_one_text() {
    for (page, heading, prefix, class) in [
        ("reference/statuses", "# Statuses", "STATUS", "Status"),
        ("reference/responses", "## Outcomes", "OUTCOME", "Outcome"),
        ("reference/responses", "## Ticket states", "TICKET_STATE", "TicketState"),
    ] {
        let header = enumerators(&format!("AUTHLETE_FAIL_{prefix}_"));
        assert_begins(page, &documented(page, heading), &header);
        let mut docstrings = docstrings("enums", class);
        docstrings.remove("");
        assert_begins(class, &docstrings, &header);
    }
}

#[test]
fn log_levels_have_one_text() {
    let header = enumerators("AUTHLETE_FAIL_LOG_LEVEL_");
    let rows = table(&read("docs/guide/observe.md"), "| level ");
    let documented = rows.iter().map(|row| {
        // "warn (default)"
        let name = row[0].split(' ').next().expect("a name");
        (name.to_uppercase(), plain(&row[1]))
    });
    assert_begins("guide/observe", &documented.collect(), &header);
}

/// Each exception has the text of its status.
#[test]
fn exceptions_have_the_texts_of_their_statuses() {
    let header = enumerators("AUTHLETE_FAIL_STATUS_");
    let source = read(&format!("{PYTHON}/errors.py"));
    let readme = table(&read("bindings/python/README.md"), "| exception ");
    let mut documented: BTreeMap<_, _> =
        readme.iter().map(|row| (row[0].replace('`', "").to_uppercase(), plain(&row[2]))).collect();
    for (status, text) in header.iter().filter(|(status, _)| *status != "OK") {
        let key = status.replace('_', "");
        let readme = documented.remove(&key).expect(status);
        assert!(readme.starts_with(text.as_str()), "README: {status}: {readme}");
        let class = format!("    Status.{status}: ");
        let (_, rest) = source.split_once(&class).expect(status);
        let class = rest.split(',').next().expect("a name");
        let (_, rest) = source.split_once(&format!("\nclass {class}(Error")).expect(class);
        let docstring = plain(rest.split("\"\"\"").nth(1).expect("a docstring"));
        assert!(docstring.starts_with(text.as_str()), "{class}: {docstring}");
    }
    assert!(documented.is_empty(), "{documented:?}");
}

/// The members that a comment of the header lists, in groups with one text: `- `a`, `b`: text`.
pub fn listed(function: &str) -> Vec<(Vec<String>, String)> {
    let header = read("include/authlete_fail.h");
    let (before, _) = header.split_once(&format!("{function}(const")).expect(function);
    let (_, comment) = before.rsplit_once("\n\n").expect("a comment");
    let lines = comment.lines().map(|line| line.trim_start_matches("///").trim());
    let mut items: Vec<String> = Vec::new();
    let mut is_item = false;
    for line in lines {
        if let Some(item) = line.strip_prefix("- ") {
            items.push(item.to_owned());
            is_item = true;
        } else if is_item && !line.is_empty() {
            *items.last_mut().expect("an item") += &format!(" {line}");
        } else {
            is_item = false;
        }
    }
    let split = |item: &String| {
        let (names, text) = item.split_once(": ").expect("a text");
        (quoted(names).collect(), plain(text))
    };
    items.iter().map(split).collect()
}

/// Compares the lists of the header with a table and with Python classes, which are given with the
/// prefix of their members.
fn assert_members(function: &str, heading: &str, file: &str, classes: &[(&str, &str)]) {
    let listed = listed(function);
    let tabled = rows("guide/observe", heading);
    let mut python = BTreeMap::new();
    for (class, prefix) in classes {
        let members = docstrings(file, class).into_iter();
        python.extend(members.map(|(name, text)| (format!("{prefix}{name}"), text)));
    }
    assert_eq!(listed.len(), tabled.len(), "{heading}");
    for ((names, text), row) in listed.iter().zip(&tabled) {
        assert_eq!(names, &quoted(&row[0]).collect::<Vec<_>>(), "{heading}");
        let cell = plain(&row[1]);
        assert!(cell.starts_with(text.as_str()), "{heading}: {names:?}\n  {text}\n  {cell}");
        // The first member of a group has its text, or their class has.
        let class = names[0].rsplit_once('.').map_or("", |(class, _)| class);
        let first = [names[0].clone(), format!("{class}.")].map(|name| python.get(&name).cloned());
        let mut first = first.into_iter().flatten();
        assert!(first.any(|first| first.starts_with(text.as_str())), "Python: {names:?}: {text}");
        for name in names {
            let docstring = python.remove(name).expect(name);
            assert!(docstring.is_empty() || docstring.starts_with(text.as_str()), "{name}");
        }
    }
    let names: BTreeSet<_> = python.keys().cloned().collect();
    let is_class = |name: &str| name.is_empty() || name.ends_with('.');
    python.retain(|name, _| !is_class(name) && !names.contains(&format!("{name}.")));
    assert!(python.is_empty(), "{python:?}");
}

#[test]
fn statistics_have_one_text() {
    let classes = [
        ("Stats", ""),
        ("Connections", "connections."),
        ("ClosedConnections", "connections.closed."),
        ("Lookups", "lookups."),
        ("TlsHandshakes", "tlsHandshakes."),
    ];
    assert_members("authlete_fail_client_stats", "## Statistics", "stats", &classes);
}

#[test]
fn diagnostics_have_one_text() {
    let classes = [("Diagnostics", ""), ("Attempt", "")];
    assert_members("authlete_fail_reply_diagnostics", "## Diagnostics", "diagnostics", &classes);
}

/// The members of `error_json`, in the header, in Python and in a reply.
#[test]
fn members_of_error_json_are_those_of_the_library() {
    let members = |file: &str| {
        let text = read(file).replace("///", " ");
        let (_, rest) = text.split_once("Members: status,").expect("the members");
        let list = rest.split('.').next().expect("a sentence").split([',', ' ', '\n']);
        let mut members: Vec<_> = list.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        members.insert(0, "status".to_owned());
        members
    };
    let header = members("include/authlete_fail.h");
    assert_eq!(header, members(&format!("{PYTHON}/reply.py")));
    let mut library = Process::start(&mut rust_driver_command());
    let reply = library.command("client", b"{}").expect("a reply");
    let document: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(reply.text("errorJson")).expect("JSON");
    assert_eq!(document.keys().collect::<Vec<_>>().len(), header.len());
    assert!(header.iter().all(|name| document.contains_key(name)), "{document:?}");
}

/// The fields of a log line, in the header and in the guide.
#[test]
fn log_fields_are_those_of_the_header() {
    let header = read("include/authlete_fail.h").replace("///", " ");
    let between = |from: &str, to: &str| -> Vec<String> {
        let (_, rest) = header.split_once(from).expect(from);
        quoted(rest.split(to).next().expect(to)).collect()
    };
    let page = read("docs/guide/observe.md");
    let rows = table(&page, "| field ");
    let fields: Vec<_> = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    assert_eq!(fields, between("The fields are", "; a field"));
    let (_, rest) =
        page.split_once("At level debug, fields for the last attempt follow:").expect("fields");
    let details: Vec<_> = quoted(rest.split(". ").next().expect("a sentence")).collect();
    assert_eq!(details, between("AUTHLETE_FAIL_LOG_LEVEL_DEBUG adds", "of the last attempt"));
}
