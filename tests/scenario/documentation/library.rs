//! Reasons and options: the sources have the names, and the library, called through the C ABI, accepts or
//! refuses each.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::texts::listed;
use super::{CALLS, names, quoted, read, rows};
use crate::harness::driver::{Process, Reply};
use crate::rust_driver_command;
use crate::scenario::backend::UNISSUED_TICKET;
use crate::support::{ROOT, unused_address};

/// The string literals of a source file or of the files in a folder.
pub fn literals(path: &str) -> BTreeSet<String> {
    let full = Path::new(ROOT).join(path);
    let files: Vec<_> = match fs::read_dir(&full) {
        Ok(folder) => folder.map(|entry| entry.expect("an entry").path()).collect(),
        Err(_) => vec![full],
    };
    let mut literals = BTreeSet::new();
    for file in files {
        let source = fs::read_to_string(&file).expect("a source file");
        literals.extend(source.split('"').map(str::to_owned));
    }
    literals
}

/// The library in its own process.
pub struct Library(Process);

impl Library {
    pub fn start() -> Self {
        Self(Process::start(&mut rust_driver_command()))
    }

    pub fn config(&mut self, config: &Value) -> Reply {
        self.0.command("client", config.to_string().as_bytes()).expect("a reply")
    }

    /// The error for a valid config with this key.
    pub fn error(&mut self, key: &str, value: Value) -> String {
        let mut config = json!({ "baseUrl": "https://h", "serviceId": "1", "accessToken": "t" });
        config[key] = value;
        self.config(&config).text("error").to_owned()
    }

    pub fn has_key(&mut self, key: &str) -> bool {
        !self.error(key, json!([])).contains("unknown key")
    }

    fn has_option(&mut self, key: &str) -> bool {
        self.0.command("path", b"/x").expect("the driver accepts it");
        self.0.command("options", json!({ key: [] }).to_string().as_bytes()).expect("as above");
        let reply = self.0.command("call", b"{}").expect("a reply");
        !reply.text("error").contains("unknown key")
    }

    /// Whether a call accepts `reason`; the request is refused or cannot be sent.
    fn has_reason(&mut self, call: &str, reason: &str) -> bool {
        let request = json!({ "ticket": UNISSUED_TICKET, "reason": reason }).to_string();
        let reply = self.0.command(call, request.as_bytes()).expect("a reply");
        match reply.text("status") {
            "CONNECT" => true,
            "INVALID_REQUEST" => false,
            status => panic!("{reason}: {status}"),
        }
    }
}

fn documented_reasons(heading: &str) -> BTreeSet<String> {
    let rows = rows("reference/reasons", &format!("## {heading}"));
    rows.iter().map(|row| names(&row[0]).pop_first().expect("a reason")).collect()
}

#[test]
fn reasons_are_those_of_the_library() {
    let mut library = Library::start();
    let config = json!({ "baseUrl": format!("http://{}", unused_address()), "serviceId": "1", "accessToken": "t" });
    assert_eq!(library.config(&config).text("status"), "OK");
    let mut candidates = literals("src/endpoint.rs");
    candidates.retain(|name| names(name).contains(name));
    for (call, heading) in CALLS {
        let documented = documented_reasons(heading);
        candidates.extend(documented.iter().cloned());
        let accepted = candidates.iter().filter(|reason| library.has_reason(call, reason));
        assert_eq!(accepted.cloned().collect::<BTreeSet<_>>(), documented, "{call}");
    }
}

/// The tables of the guide contain every authorization reason but the last one, in the same words. For the other calls, the
/// guide has no tables.
#[test]
fn reasons_of_the_guide_are_those_of_the_reference() {
    let reference = rows("reference/reasons", "## Authorization");
    let mut documented: BTreeSet<_> = reference
        .iter()
        .map(|row| (names(&row[0]).pop_first().expect("a reason"), row[1].clone()))
        .collect();
    documented.remove(&("UNKNOWN".to_owned(), "none of these".to_owned()));
    let mut guided = BTreeSet::new();
    for heading in ["## No user interaction", "## User interaction"] {
        for row in rows("guide/reasons", heading) {
            let [.., condition, reason] = &row[..] else { panic!("{row:?}") };
            guided.insert((reason.clone(), condition.clone()));
        }
    }
    assert_eq!(guided, documented);
    let guide = read("docs/guide/reasons.md");
    let all: BTreeSet<_> =
        CALLS.iter().flat_map(|(_, heading)| documented_reasons(heading)).collect();
    let actions = ["NO_INTERACTION", "USER_IDENTIFICATION"];
    let outside_code: String = guide.split("```").step_by(2).collect();
    for name in names(&outside_code).iter().filter(|name| name.contains('_')) {
        let is_known = all.contains(name) || actions.contains(&name.as_str());
        assert!(is_known, "{name} is not a reason");
    }
}

/// The docstring of a Python reason is the OAuth error that it causes.
#[test]
fn oauth_errors_have_one_text() {
    let source = read("bindings/python/authlete_fail/enums.py");
    for (call, heading) in CALLS {
        let class: String =
            heading.split(' ').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        let (_, rest) = source.split_once(&format!("\nclass {class}Reason(")).expect(call);
        let body = rest.split("\n\n\n").next().expect("a class");
        let members = body.split("\n    ").skip(2).collect::<Vec<_>>();
        let python = members.chunks(2).map(|pair| {
            let [member, docstring] = pair else { panic!("{pair:?}") };
            let name = member.split(' ').next().expect("a name").to_owned();
            (name, docstring.trim().trim_matches('"').to_owned())
        });
        let rows = rows("reference/reasons", &format!("## {heading}"));
        let documented =
            rows.iter().map(|row| (names(&row[0]).pop_first().expect("a reason"), row[2].clone()));
        assert_eq!(python.collect::<BTreeSet<_>>(), documented.collect(), "{call}");
    }
}

pub fn is_key(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[test]
fn options_are_those_of_the_library() {
    let mut library = Library::start();
    let config = json!({ "baseUrl": "https://h", "serviceId": "1", "accessToken": "t" });
    assert_eq!(library.config(&config).text("status"), "OK");
    let mut candidates = literals("src/options.rs");
    candidates.retain(|name| is_key(name));
    let rows = rows("guide/options", "## The options");
    let documented: BTreeSet<_> = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    let header = listed("authlete_fail_call").into_iter().flat_map(|(names, _)| names);
    assert_eq!(header.collect::<BTreeSet<_>>(), documented);
    candidates.extend(documented.iter().cloned());
    let accepted = candidates.iter().filter(|key| library.has_option(key));
    assert_eq!(accepted.cloned().collect::<BTreeSet<_>>(), documented);
}
