//! The reference of the configuration: the library, called through the C ABI, accepts the keys, the limits of their
//! values and the examples, and refuses any other key and the values next to the limits. A test in `src/config`
//! compares the defaults.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};

use super::library::{Library, is_key, literals};
use super::{quoted, read, table};
use crate::harness::driver::Process;
use crate::rust_driver_command;
use crate::support::{ROOT, scratch};

const PAGE: &str = "docs/reference/configuration.md";

/// The rows of all tables of keys: keys, default, values, meaning.
pub fn keys() -> Vec<[String; 4]> {
    let page = read(PAGE);
    let tables = page.split("\n### ").skip(1);
    let rows = tables.flat_map(|section| table(section, "| key "));
    rows.map(|row| row.try_into().expect("four cells")).collect()
}

#[test]
fn keys_are_those_of_the_library() {
    let mut library = Library::start();
    let mut candidates = literals("src/config");
    candidates.retain(|name| is_key(name));
    let documented: BTreeSet<_> = keys().iter().flat_map(|row| quoted(&row[0])).collect();
    candidates.extend(documented.iter().cloned());
    let accepted = candidates.iter().filter(|key| library.has_key(key));
    assert_eq!(accepted.cloned().collect::<BTreeSet<_>>(), documented);
}

/// The text with `length` bytes that is valid for a key, as far as the length is.
fn text(key: &str, length: u64) -> String {
    let start = if key == "baseUrl" { "https://h/" } else { "" };
    let rest = usize::try_from(length).expect("small").saturating_sub(start.len());
    start.to_owned() + &"a".repeat(rest)
}

/// A valid config for v2 or v3 with this key.
fn config_with(key: &str, value: &Value) -> Value {
    let is_v2 = key == "apiKey" || key == "apiSecret";
    let mut config = match is_v2 {
        true => {
            json!({ "baseUrl": "https://h", "apiVersion": "v2", "apiKey": "k", "apiSecret": "s" })
        }
        false => json!({ "baseUrl": "https://h", "serviceId": "1", "accessToken": "t" }),
    };
    if (key, value) == ("apiVersion", &json!("v2")) {
        config.as_object_mut().expect("an object").remove("serviceId");
    }
    config[key] = value.clone();
    config
}

/// The lowest and the highest number of "1 to 600000", "1 to 64 bytes".
fn range(values: &str) -> Option<(u64, u64)> {
    let (low, high) = values.split_once(" to ")?;
    Some((low.parse().ok()?, high.trim_end_matches(" bytes").parse().ok()?))
}

#[test]
fn values_are_those_of_the_library() {
    let mut library = Library::start();
    let mut status = |key: &str, value: &Value| {
        let reply = library.config(&config_with(key, value));
        (reply.text("status").to_owned(), reply.text("error").to_owned())
    };
    let ok = ("OK".to_owned(), String::new());
    for [keys, default, values, _] in keys() {
        for key in quoted(&keys) {
            if let Ok(default) = serde_json::from_str::<Value>(&default.replace('`', "")) {
                assert_eq!(status(&key, &default), ok, "{key}: {default}");
            }
            let choices: Vec<Value> =
                quoted(&values).map(|text| serde_json::from_str(&text).expect(&text)).collect();
            let (accepted, refused) = match (range(&values), values.ends_with(" bytes")) {
                (Some((low, high)), false) => {
                    let below = low.checked_sub(1).map_or(json!(-1), |number| json!(number));
                    (vec![json!(low), json!(high)], vec![below, json!(high + 1), json!("1")])
                }
                (Some((low, high)), true) => {
                    let low =
                        if key == "baseUrl" { json!("https://h") } else { json!(text(&key, low)) };
                    let refused = vec![json!(""), json!(text(&key, high + 1)), json!(1)];
                    (vec![low, json!(text(&key, high))], refused)
                }
                (None, _) if values == "text" => (vec![], vec![json!(1), json!("")]),
                (None, _) => (choices, vec![json!("?"), json!(1), Value::Null]),
            };
            assert!(!refused.is_empty() && (values == "text" || accepted.len() > 1), "{key}");
            for value in accepted {
                assert_eq!(status(&key, &value), ok, "{key}: {value}");
            }
            for value in refused {
                let (status, error) = status(&key, &value);
                assert_eq!(status, "INVALID_CONFIG", "{key}: {value}");
                assert!(error.starts_with(&format!("config: \"{key}\" ")), "{error}");
            }
        }
    }
}

/// The examples on the page are accepted, with PEM files where they name some.
#[test]
fn examples_are_accepted() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["authlete.internal.example".to_owned()])
            .expect("a certificate");
    let folder = scratch();
    for (name, pem) in [
        ("ca.pem", cert.pem()),
        ("client.pem", cert.pem()),
        ("client.key", signing_key.serialize_pem()),
    ] {
        fs::write(folder.join(name), pem).expect("scratch is writable");
    }
    let mut library = Library::start();
    let snippets = Path::new(ROOT).join("docs/snippets/config");
    let mut count = 0;
    for entry in fs::read_dir(&snippets).expect("the folder") {
        let path = entry.expect("an entry").path();
        let example = fs::read_to_string(&path).expect("a file");
        let example = example.replace("/etc/example", folder.to_str().expect("UTF-8"));
        if path.extension().is_some_and(|extension| extension == "json") {
            let config = serde_json::from_str(&example).expect("JSON");
            let reply = library.config(&config);
            assert_eq!(
                (reply.text("status"), reply.text("error")),
                ("OK", ""),
                "{}",
                path.display()
            );
        } else {
            let mut command = rust_driver_command();
            for line in example.lines() {
                let (name, value) = line.split_once('=').expect(line);
                command.env(name, value.trim_matches('\''));
            }
            let reply = Process::start(&mut command).command("client", b"").expect("a reply");
            assert_eq!((reply.text("status"), reply.text("error")), ("OK", ""));
        }
        count += 1;
    }
    assert_eq!(count, 5);
}

/// The messages on the page, each with a configuration that causes it.
#[test]
fn mistakes_have_the_messages_of_the_library() {
    let page = read(PAGE);
    let (_, section) = page.split_once("\n## Mistakes\n").expect("the section");
    let mut documented: BTreeSet<_> =
        section.lines().filter_map(|line| line.strip_prefix("    ")).map(str::to_owned).collect();
    let mut driver = Process::start(&mut rust_driver_command());
    let mut seen = |text: &str| {
        let start = r#"{"baseUrl": "https://h", "serviceId": "1", "accessToken": "t""#;
        let config =
            if text.starts_with('{') { text.to_owned() } else { format!("{start}, {text}}}") };
        let reply = driver.command("client", config.as_bytes()).expect("a reply");
        let error = reply.text("error").to_owned();
        assert!(documented.remove(&error), "{error}");
    };
    seen(r#""timeout": 1"#);
    seen(r#""timeoutMs": 0"#);
    seen(r#""timeoutMs": null"#);
    seen(r#""timeoutMs": 1, "timeoutMs": 2"#);
    seen(r#"{"baseUrl": "https://us.authlete.com/api", "serviceId": "1", "accessToken": "t"}"#);
    seen(r#""caFile": "/", "caPem": """#);
    let mut command = rust_driver_command();
    command.env("AUTHLETE_BASE_URL", "https://h").env("AUTHLETE_SERVICE_APIKEY", "1");
    command.env("AUTHLETE_SERVICE_ACCESSTOKEN", "t");
    command.env("AUTHLETE_FAIL_CONFIG_JSON", r#"{"accessToken": "t"}"#);
    let reply = Process::start(&mut command).command("client", b"").expect("a reply");
    assert!(documented.remove(reply.text("error")), "{}", reply.text("error"));
    assert!(documented.is_empty(), "{documented:?}");
}

/// The variables that the library refuses, also if they are empty.
#[test]
fn unsupported_variables_are_those_of_the_library() {
    let documented: Vec<_> = table(&read(PAGE), "| unsupported variable ")
        .iter()
        .flat_map(|row| quoted(&row[0]))
        .collect();
    let names = literals("src/config/keys.rs");
    let supported = table(&read(PAGE), "| variable ");
    let supported: BTreeSet<_> = supported.iter().flat_map(|row| quoted(&row[0])).collect();
    let mut all = names;
    all.retain(|name| name.starts_with("AUTHLETE_"));
    assert_eq!(all, supported.iter().chain(&documented).cloned().collect());
    // The README of the Python package lists the variables for readers of PyPI.
    let readme = read("bindings/python/README.md");
    assert!(supported.iter().all(|name| readme.contains(&format!("`{name}`"))));
    for variable in documented {
        let mut command = rust_driver_command();
        command.env("AUTHLETE_BASE_URL", "https://h").env("AUTHLETE_SERVICE_APIKEY", "1");
        command.env("AUTHLETE_SERVICE_ACCESSTOKEN", "t").env(&variable, "");
        let reply = Process::start(&mut command).command("client", b"").expect("a reply");
        let error = format!("environment: {variable} is not supported; unset it");
        assert_eq!(reply.text("error"), error);
    }
}
