//! Reasons, configuration keys and options: the sources have the names, and the library, called through the C
//! ABI, accepts or refuses each.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{CALLS, names, quoted, read, rows};
use crate::harness::driver::{Process, Reply};
use crate::rust_driver_command;
use crate::scenario::backend::UNISSUED_TICKET;
use crate::support::{ROOT, unused_address};

/// The string literals of a source file or of the files in a folder.
fn literals(path: &str) -> BTreeSet<String> {
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
struct Library(Process);

impl Library {
    fn start() -> Self {
        Self(Process::start(&mut rust_driver_command()))
    }

    fn config(&mut self, config: &Value) -> Reply {
        self.0.command("client", config.to_string().as_bytes()).expect("a reply")
    }

    /// The error for a valid config with this key.
    fn error(&mut self, key: &str, value: Value) -> String {
        let mut config = json!({ "baseUrl": "https://h", "serviceId": "1", "accessToken": "t" });
        config[key] = value;
        self.config(&config).text("error").to_owned()
    }

    fn has_key(&mut self, key: &str) -> bool {
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

#[test]
fn reasons_of_the_guide_are_those_of_the_reference() {
    let guide = read("docs/guide/reasons.md");
    for (call, heading) in CALLS {
        let is_about_call = |section: &&str| section.contains(&format!("Call `{call}`"));
        let mut guided: BTreeSet<_> = guide
            .split("\n## ")
            .filter(is_about_call)
            .flat_map(|section| rows("guide/reasons", section.lines().next().expect("a heading")))
            .map(|row| row.last().expect("a cell").split(' ').next().expect("a word").to_owned())
            .collect();
        // For situations that the guide does not list.
        guided.insert("UNKNOWN".to_owned());
        let mut documented = documented_reasons(heading);
        documented.insert("UNKNOWN".to_owned());
        assert_eq!(guided, documented, "{call}");
    }
}

fn is_key(name: &str) -> bool {
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
    candidates.extend(documented.iter().cloned());
    let accepted = candidates.iter().filter(|key| library.has_option(key));
    assert_eq!(accepted.cloned().collect::<BTreeSet<_>>(), documented);
}

#[test]
fn keys_are_those_of_the_library() {
    let mut library = Library::start();
    let mut candidates = literals("src/config");
    candidates.retain(|name| is_key(name));
    let rows = rows("reference/configuration", "# Configuration");
    let documented: BTreeSet<_> = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    candidates.extend(documented.iter().cloned());
    let accepted = candidates.iter().filter(|key| library.has_key(key));
    assert_eq!(accepted.cloned().collect::<BTreeSet<_>>(), documented);
}

#[test]
fn values_of_keys_are_those_of_the_library() {
    let mut library = Library::start();
    for row in rows("reference/configuration", "# Configuration") {
        let [keys, default, values] = &row[..] else { panic!("{row:?}") };
        let default = serde_json::from_str(&default.replace('`', "")).unwrap_or(Value::Null);
        for key in quoted(keys) {
            match &default {
                Value::Number(number) => {
                    let error = library.error(&key, json!(u32::MAX));
                    let (_, range) = error.split_once("an integer from ").expect("a range");
                    let (_, maximum) = range.split_once(" to ").expect("a range");
                    let is_range =
                        values.contains(range) || values.contains(&format!("or {maximum}"));
                    assert!(is_range, "{key}: {range}");
                    assert!(is_in_source(&key, &number.to_string()), "{key}: {number}");
                }
                Value::String(choice) => {
                    let error = library.error(&key, json!("?"));
                    let choices: Vec<_> = error.split('"').skip(3).step_by(2).collect();
                    assert!(choices.contains(&choice.as_str()), "{key}: {error}");
                    for choice in choices {
                        assert!(row.iter().any(|cell| cell.contains(choice)), "{key}: {choice}");
                    }
                }
                Value::Bool(_) => {
                    let error = library.error(&key, json!("?"));
                    assert!(error.ends_with("must be true or false"), "{error}");
                }
                _ => {}
            }
        }
    }
}

/// Whether `number` follows `key` in `src/config`: the library does not show its defaults.
fn is_in_source(key: &str, number: &str) -> bool {
    let folder = fs::read_dir(Path::new(ROOT).join("src/config")).expect("the folder");
    folder.map(|entry| entry.expect("an entry").path()).any(|file| {
        let source = fs::read_to_string(file).expect("a source file").replace('_', "");
        source.split(&format!("\"{key}\"")).skip(1).any(|rest| {
            let start: String = rest.chars().take(100).collect();
            start.split(|c: char| !c.is_ascii_digit()).any(|digits| digits == number)
        })
    })
}
