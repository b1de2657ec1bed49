//! A log line, in logfmt.

use std::collections::BTreeSet;

/// The names of the fields, in their order.
const NAMES: &[&str] = &[
    "endpoint",
    "host",
    "status",
    "http",
    "code",
    "action",
    "outcome",
    "ticket",
    "attempts",
    "duration_us",
    "request_id",
    "retry_cause",
    "error",
    // The level debug adds the others.
    "connection",
    "peer",
    "tls",
    "dns_us",
    "tcp_us",
    "proxy_us",
    "tls_us",
    "wait_us",
    "body_us",
];

/// A parsed log line.
#[derive(Debug)]
pub struct LogLine {
    pub level: &'static str,
    pub text: String,
    fields: Vec<(String, String)>,
}

impl LogLine {
    /// Parses a line that follows the number of its level. Asserts that it is well-formed, and that only
    /// the values that need quotes have them.
    pub fn parse(recorded: &str) -> Self {
        let (number, text) = recorded.split_once(' ').unwrap();
        let number: usize = number.parse().unwrap();
        let mut fields = Vec::new();
        let mut rest = text;
        while let Some((name, after)) = rest.split_once('=') {
            let (value, after) = value(after);
            fields.push((name.to_owned(), value));
            rest = after.strip_prefix(' ').unwrap_or(after);
        }
        assert!(rest.is_empty() && !text.ends_with(' '), "{text}");
        let level = ["ERROR", "WARN", "INFO", "DEBUG"][number - 1];
        Self { level, text: text.to_owned(), fields }
    }

    /// The value of a field; "" if it is absent. No field of a call is empty.
    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|field| field.0 == name).map_or("", |field| &field.1)
    }

    /// Asserts that this is the line of a call: known names, in their order, none twice or empty.
    pub fn check(&self) {
        let position = |name| NAMES.iter().position(|known| *known == name);
        let positions: Vec<_> = self.fields.iter().map(|(name, _)| position(name)).collect();
        let sorted: Vec<_> =
            positions.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        assert!(!positions.contains(&None) && positions == sorted, "{}", self.text);
        assert!(self.fields.iter().all(|(_, value)| !value.is_empty()), "{}", self.text);
    }
}

/// Splits off the value at the start of `text`, which ends at a space or at the end.
fn value(text: &str) -> (String, &str) {
    let is_special = |c: char| c.is_control() || matches!(c, ' ' | '"' | '=' | '\\');
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find(' ').unwrap_or(text.len()));
        assert!(!value.is_empty() && !value.contains(is_special), "needs quotes: {text}");
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next() {
            Some('"') => break,
            Some('\\') => value.extend(chars.next()),
            Some(c) => value.push(c),
            None => panic!("no closing quote: {text}"),
        }
    }
    assert!(value.is_empty() || value.contains(is_special), "needs no quotes: {text}");
    (value, chars.as_str())
}
