//! The tables of actions have the rows of `src/action.rs`.

use std::collections::BTreeSet;

use super::{names, read, rows};

/// Path, action, response and outcome. The outcome is that of the table in the source: result codes
/// may override it.
type Row = [String; 4];

/// `AUTHORIZATION_FAIL` of the source is `/auth/authorization/fail`.
fn path(name: &str) -> String {
    let path = name.to_lowercase().replace('_', "/");
    let root = if path.starts_with("ciba") { "backchannel" } else { "auth" };
    format!("/{root}/{}", path.replace("ciba", "authentication"))
}

/// The rows of the source: `row(ENDPOINT, "ACTION", 302, Location, Outcome, State)` or a shorter form.
fn of_source() -> BTreeSet<Row> {
    let source = read("src/action.rs");
    let (_, rest) = source.split_once("\n    &[\n").expect("the table");
    let (table, _) = rest.split_once("\n    ]\n").expect("its end");
    let mut found = BTreeSet::new();
    for line in table.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        let (function, rest) = line.split_once('(').expect(line);
        let arguments = rest.strip_suffix("),").expect(line);
        let arguments: Vec<_> = arguments.splitn(6, ", ").collect();
        let response = match (function, &arguments[..]) {
            ("act", _) => "nothing yet".to_owned(),
            ("challenge", [_, _, value]) => {
                let value =
                    value.strip_prefix("c\"").and_then(|v| v.strip_suffix('"')).expect(line);
                format!("401 application/json, WWW-Authenticate: {}", value.replace('\\', ""))
            }
            (_, [_, _, status, content, ..]) => match *content {
                "Location" => format!("{status} Location"),
                "Html" => format!("{status} text/html;charset=UTF-8"),
                _ => format!("{status} application/json"),
            },
            _ => panic!("{line}"),
        };
        let outcome = match arguments.get(4) {
            Some(&"Delivered") => "DELIVERED",
            Some(&"NoTicket") => "TICKET_INVALID",
            Some(&"ServerError") => "SERVER_ERROR",
            _ => "",
        };
        let action = arguments[1].replace('"', "");
        found.insert([path(arguments[0]), action, response, outcome.to_owned()]);
    }
    assert_eq!(found.len(), table.lines().filter(|line| line.ends_with("),")).count());
    found
}

#[test]
fn actions_are_those_of_the_source() {
    let response =
        |cell: &str| cell.replace('`', "").replace(" with ", " ").replace(", no body", "");
    let mut documented = BTreeSet::new();
    for row in rows("reference/responses", "## Responses") {
        let path = match row[0].as_str() {
            "authorization" | "token" => format!("/auth/{}/fail", row[0]),
            "backchannel authentication" => "/backchannel/authentication/fail".to_owned(),
            _ => continue,
        };
        // The last one is the default: "DELIVERED if …, otherwise SERVER_ERROR".
        let outcome = row[3].trim_end_matches([' ', '¹']).rsplit(' ').next().expect("a word");
        assert!(names(&row[3]).contains(outcome));
        documented.insert([path, row[1].clone(), response(&row[2]), outcome.to_owned()]);
    }
    for row in rows("guide/calls", "## The response") {
        if row[0].starts_with("`/") {
            let path = row[0].replace('`', "");
            documented.insert([path, row[1].clone(), response(&row[2]), String::new()]);
        }
    }
    assert_eq!(documented, of_source());
}

/// HTTP statuses after which the ticket is certainly unused.
#[test]
fn http_statuses_are_those_of_the_source() {
    let numbers = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_digit()).filter(|word| word.len() == 3);
        words.map(str::to_owned).collect()
    };
    let source = read("src/interpret.rs").replace("TOO_MANY_REQUESTS];", "429];");
    let (_, rest) = source.split_once("const UNTOUCHED_STATUSES: &[u16] = &[").expect("the list");
    let page = read("docs/reference/statuses.md");
    let line = page.lines().find(|line| line.starts_with("After 400")).expect("the sentence");
    assert_eq!(numbers(line), numbers(rest.split("];").next().expect("its end")));
}
