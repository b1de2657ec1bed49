//! Limits and defaults that pages and the header mention in their text are those of the source.

use std::fs;
use std::path::Path;

use super::configuration::keys;
use super::{quoted, read};
use crate::support::ROOT;

/// Source file, constant, unit, and sentences in which `{}` is its value in that unit.
const LIMITS: &[(&str, &str, u64, &[&str])] = &[
    (
        "request.rs",
        "MAX_LEN",
        1024,
        &["request to a fail endpoint {} KiB", "the limit is {} KiB for a fail call"],
    ),
    (
        "request.rs",
        "MAX_OTHER_LEN",
        1024 * 1024,
        &[
            "any other request {} MiB",
            "is a JSON object of at most {} MiB",
            "and {} MiB for `call`",
        ],
    ),
    (
        "request.rs",
        "MAX_TEXT_LEN",
        1,
        &["have up to {} bytes of UTF-8", "(at most {} bytes)", "(at most {} bytes each)"],
    ),
    (
        "path.rs",
        "MAX_LEN",
        1,
        &["has at most {} bytes, including a query", "at most {} bytes; letters"],
    ),
    (
        "options.rs",
        "MAX_HEADERS",
        1,
        &["at most {} additional request headers", "There are more than {} headers"],
    ),
    ("options.rs", "MAX_HEADERS_LEN", 1024, &["additional request headers, {} KiB in total"]),
    (
        "options.rs",
        "MAX_HEADERS_LEN",
        1,
        &["All headers together are too long: the limit is {} bytes"],
    ),
    (
        "config/credentials.rs",
        "MAX_CREDENTIAL_LEN",
        1,
        &["up to {} visible ASCII characters without spaces", "and {} for a credential"],
    ),
    ("config/base_url.rs", "MAX_LEN", 1, &["The limit is {} bytes for `baseUrl`"]),
    ("pointer.rs", "MAX_TOKENS", 1, &["has more than {} tokens"]),
    (
        "response.rs",
        "MAX_LOCATION_LEN",
        1,
        &[
            "A location that consists of 1 to {} visible",
            "verbatim if it consists of 1 to {} visible",
            "could make the Location exceed {} bytes",
            "would be unsafe, or longer than {} characters",
        ],
    ),
    (
        "dpop/nonce.rs",
        "MAX_NONCE_LEN",
        1,
        &["and has at most {} characters", "A nonce has 1 to {} characters"],
    ),
    ("dpop/jwk.rs", "MAX_KID_LEN", 1, &["(up to {} bytes)"]),
    ("transport/output.rs", "MAX_HEAD_LEN", 1024, &["request headers {} KiB"]),
    ("transport/input.rs", "MAX_HEADERS_LEN", 1024, &["response headers {} KiB"]),
    (
        "transport/body.rs",
        "MAX_BODY_LEN",
        1024 * 1024,
        &[
            "API response {} MiB",
            "must be one JSON object of at most {} MiB",
            "The body is too large: the limit is {} MiB",
        ],
    ),
    ("transport/resolver.rs", "STACK_LEN", 1024, &["thread with a stack of {} KiB"]),
    ("transport/resolver.rs", "TTL", 1, &["cached for {} seconds"]),
    ("transport/resolver.rs", "LOOKUP_WAIT", 1, &["waits up to {} ms for a lookup"]),
    ("transport/resolver.rs", "MAX_LOOKUPS", 1, &["runs at most {} lookups at a time"]),
    ("transport/resolver.rs", "MAX_LOOKUPS_PER_HOST", 1, &["and at most {} for one host"]),
    ("transport/socket.rs", "KEEP_ALIVE_INTERVAL", 1, &["probe every {} seconds"]),
    ("transport/socket.rs", "MAX_ACKNOWLEDGEMENT_DELAY", 1, &["but at least {} ms"]),
    (
        "transport/lifetime.rs",
        "MIN_AGE",
        60,
        &[
            "a random time from {} to 30 minutes",
            "at an age of {} to 30 minutes",
            "| 5 minutes | {} to 30 minutes, random",
        ],
    ),
    ("retry.rs", "MIN_REMAINING", 1, &["at least {} ms of it are left"]),
];

/// All pages of the documentation, SECURITY.md, the header and the Python client, on one line.
fn text() -> String {
    let more =
        ["SECURITY.md", "include/authlete_fail.h", "bindings/python/authlete_fail/client.py"];
    let mut files = more.map(str::to_owned).to_vec();
    files.extend(pages());
    let text: String = files.iter().map(|file| read(file).replace("///", " ") + "\n").collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn pages() -> Vec<String> {
    let mut pages = vec!["bindings/python/README.md".to_owned()];
    for folder in ["start", "guide", "reference", "about"] {
        let folder = format!("docs/{folder}");
        let entries = fs::read_dir(Path::new(ROOT).join(&folder)).expect("the folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        pages.extend(names.map(|name| format!("{folder}/{}", name.to_string_lossy())));
    }
    pages
}

/// The value of a constant: a number, a product, or a duration of them.
fn constant(file: &str, name: &str) -> u64 {
    let source = read(&format!("src/{file}"));
    let (_, rest) = source.split_once(&format!("const {name}: ")).expect(name);
    let (_, value) = rest.split_once(" = ").expect("a value");
    let value = value.split(';').next().expect("its end").replace('_', "");
    let numbers =
        value.split(|c: char| !c.is_ascii_digit()).filter_map(|text| text.parse::<u64>().ok());
    numbers.product()
}

/// With commas between groups of three digits.
fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}

#[test]
fn limits_are_those_of_the_source() {
    let text = text();
    for (file, name, unit, sentences) in LIMITS {
        let value = constant(file, name);
        assert_eq!(value % unit, 0, "{file}: {name}");
        let expected = grouped(value / unit);
        for sentence in *sentences {
            let stated = numbers(&text, sentence);
            assert!(!stated.is_empty(), "{file}: {name}: no page says: {sentence}");
            let is_wrong = stated.iter().find(|number| **number != expected);
            assert_eq!(is_wrong, None, "{file}: {name} is {expected}: {sentence}");
        }
    }
}

/// The numbers at `{}` wherever `sentence` occurs in `text`.
fn numbers<'a>(text: &'a str, sentence: &str) -> Vec<&'a str> {
    let (before, after) = sentence.split_once("{}").expect(sentence);
    let rests = text.split(before).skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',')?;
        rest[end..].starts_with(after).then(|| &rest[..end])
    });
    rests.collect()
}

/// "`timeoutMs` (default: 10 seconds)" or "`timeoutMs` (10 s by default)"
#[test]
fn defaults_in_the_text_are_those_of_the_reference() {
    let text = text();
    let mut count = 0;
    for [names, default, ..] in keys() {
        for key in quoted(&names) {
            let snake: String = key
                .chars()
                .map(|c| {
                    if c.is_ascii_uppercase() {
                        format!("_{}", c.to_lowercase())
                    } else {
                        c.to_string()
                    }
                })
                .collect();
            for name in [&key, &snake] {
                for rest in text.split(&format!("`{name}` (")).skip(1) {
                    let stated = rest.split(')').next().expect("a word").replace('`', "");
                    // "default: 64, at most 1,024"
                    let before = stated.strip_prefix("default: ");
                    let before = before.and_then(|text| text.split([',', ';']).next());
                    let Some(stated) = before.or_else(|| stated.strip_suffix(" by default")) else {
                        continue;
                    };
                    let in_seconds =
                        stated.strip_suffix(" seconds").or_else(|| stated.strip_suffix(" s"));
                    let stated = match in_seconds {
                        Some(seconds) => format!("{seconds}000"),
                        None => stated.to_owned(),
                    };
                    assert_eq!(stated, default.replace('`', ""), "{name}");
                    count += 1;
                }
            }
        }
    }
    assert!(count >= 7, "{count}");
}

#[test]
fn sizes_of_the_async_client_are_those_of_the_source() {
    let source = read("bindings/python/authlete_fail/async_client.py");
    let text = text();
    for (sentence, start) in [
        ("`max_threads` (default: {})", "max_threads: int = "),
        ("room for {} calls per thread", "QUEUED_PER_THREAD = "),
    ] {
        let (_, rest) = source.split_once(start).expect(start);
        let expected = rest.split(|c: char| !c.is_ascii_digit()).next().expect("a number");
        let stated = numbers(&text, sentence);
        assert!(!stated.is_empty() && stated.iter().all(|n| *n == expected), "{stated:?}");
    }
}
