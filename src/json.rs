//! A strict reader for one JSON object: the configuration, the request or the API response.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::secret::Secret;
use crate::status::JsonType;

/// The text of a value. It is valid JSON without surrounding white space, but not decoded yet.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a>(&'a str);

/// The reason why a text is not one JSON object. The messages never quote the text, which may
/// contain secrets.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("is empty")]
    Empty,
    #[error("starts with a byte order mark")]
    ByteOrderMark,
    #[error("must be a JSON object")]
    NotAnObject,
    #[error("ends before the JSON object is complete")]
    Incomplete,
    #[error("has text after the JSON object")]
    Trailing,
    #[error("is not valid JSON at line {line}, column {column}")]
    Syntax { line: usize, column: usize },
}

/// The problems with the member names of an object.
#[derive(Debug, Default)]
pub struct KeyProblems<'a> {
    /// The first name that is unknown.
    pub unknown: Option<Cow<'a, str>>,
    /// The first name that is a duplicate.
    pub duplicate: Option<&'static str>,
}

/// Parses `text`, which must be one JSON object. The value of the member `names[i]` is stored in
/// `values[i]`.
pub fn read<'a>(
    text: &'a str,
    names: &[&'static str],
    values: &mut [Option<Value<'a>>],
) -> Result<KeyProblems<'a>, Malformed> {
    if text.starts_with('\u{feff}') {
        return Err(Malformed::ByteOrderMark);
    }
    let mut problems = KeyProblems::default();
    each_member(text, &mut |name, value| {
        let mut slots = names.iter().zip(values.iter_mut());
        match slots.find(|(known, _)| **known == name) {
            Some((_, slot @ None)) => *slot = Some(value),
            Some((known, Some(_))) => problems.duplicate = problems.duplicate.or(Some(known)),
            None if problems.unknown.is_none() => problems.unknown = Some(name),
            None => {}
        }
    })?;
    Ok(problems)
}

/// Receives the members of an object.
type Visit<'v, 'a> = dyn FnMut(Cow<'a, str>, Value<'a>) + 'v;

/// Parses `text`, which must be one JSON object, and passes each member to `visit`. `visit` is not
/// a type parameter: with several copies of this function, the compiler would not inline the parser
/// of serde_json into it.
pub fn each_member<'a>(text: &'a str, visit: &mut Visit<'_, 'a>) -> Result<(), Malformed> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(ObjectVisitor(visit)).map_err(|e| match e.classify() {
        Category::Eof if text.trim_ascii().is_empty() => Malformed::Empty,
        Category::Eof => Malformed::Incomplete,
        Category::Data => Malformed::NotAnObject,
        Category::Syntax | Category::Io => Malformed::Syntax { line: e.line(), column: e.column() },
    })?;
    deserializer.end().map_err(|_| Malformed::Trailing)
}

struct ObjectVisitor<'v, 'f, 'a>(&'v mut Visit<'f, 'a>);

impl<'a> Visitor<'a> for ObjectVisitor<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        while let Some((Name(name), value)) = map.next_entry::<Name<'a>, &'a RawValue>()? {
            (self.0)(name, Value(value.get()));
        }
        Ok(())
    }
}

/// Writes an object with `members` and without white space between tokens. `capacity` is the size
/// of the buffer; it must be at least [`compact_len`].
pub fn compact<'a>(
    members: impl Iterator<Item = (&'a str, Value<'a>)>,
    capacity: usize,
) -> Vec<u8> {
    let mut document = Vec::with_capacity(capacity);
    for (name, value) in members {
        push_name(&mut document, name);
        document.extend_from_slice(value.0.as_bytes());
    }
    document.extend_from_slice(if document.is_empty() { b"{}" } else { b"}" });
    document
}

/// The length of the output of [`compact`].
pub fn compact_len<'a>(members: impl Iterator<Item = (&'a str, Value<'a>)>) -> usize {
    let len = |(name, value): (&str, Value<'_>)| "\"\":,".len() + name.len() + value.0.len();
    // `len` counts a comma for each member, one too many; the two braces add two.
    members.map(len).reduce(|a, b| a + b).map_or("{}".len(), |sum| sum + 1)
}

fn push_name(document: &mut Vec<u8>, name: &str) {
    document.extend_from_slice(if document.is_empty() { b"{\"" } else { b",\"" });
    document.extend_from_slice(name.as_bytes());
    document.extend_from_slice(b"\":");
}

/// Returns `text` as a string literal. The text may be a secret.
pub fn string_literal(text: &str) -> Secret {
    // A byte is escaped as at most six bytes, so this buffer is not reallocated.
    let mut literal = Vec::with_capacity(text.len() * "\\u0000".len() + "\"\"".len());
    // Writing to a buffer cannot fail.
    let _ = serde_json::to_writer(&mut literal, text);
    Secret::new(literal)
}

impl<'a> Value<'a> {
    /// `text` must be one valid JSON value. White space around it is permitted.
    pub fn of_valid(text: &'a str) -> Self {
        Self(text.trim_ascii())
    }

    pub fn json_type(self) -> JsonType {
        match self.0.as_bytes().first() {
            Some(b'"') => JsonType::String,
            Some(b'{') => JsonType::Object,
            Some(b'[') => JsonType::Array,
            Some(b't' | b'f') => JsonType::Boolean,
            Some(b'n') => JsonType::Null,
            _ => JsonType::Number,
        }
    }

    /// The type of the value, for an error message.
    pub fn kind(self) -> &'static str {
        match self.json_type() {
            JsonType::String => "a string",
            JsonType::Object => "an object",
            JsonType::Array => "an array",
            JsonType::Boolean => "a boolean",
            JsonType::Null => "null",
            _ => "a number",
        }
    }

    /// The type and the text of the value: a string decoded, any other value as JSON. `None` for a
    /// string that a C string cannot represent.
    pub fn decode(self) -> Option<(JsonType, Cow<'a, str>)> {
        let text = match self.json_type() {
            JsonType::String => self.string().filter(|text| !text.contains('\0'))?,
            _ => self.text().into(),
        };
        Some((self.json_type(), text))
    }

    /// The JSON text of the value.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// The error message for a value for which [`Self::string`] returns `None`.
    pub fn string_error(self) -> String {
        match self.kind() {
            "a string" => "contains an unpaired surrogate".to_owned(),
            kind => format!("must be a string, not {kind}"),
        }
    }

    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// The decoded string. `None` if the value is not a string or contains an unpaired surrogate.
    pub fn string(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if memchr::memchr(b'\\', inner.as_bytes()).is_some() {
            unescape(inner).map(Cow::Owned)
        } else {
            Some(inner.into())
        }
    }

    /// The text of a number. `None` if the value is not a number.
    pub fn number(self) -> Option<&'a str> {
        match self.0.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => Some(self.0),
            _ => None,
        }
    }

    pub fn boolean(self) -> Option<bool> {
        self.0.parse().ok()
    }
}

/// Decodes the inside of a string that the parser has accepted. serde_json is not used for this: it
/// decodes into a growing buffer that it does not wipe, and the text may be a private key.
fn unescape(inner: &str) -> Option<String> {
    // The decoded text is never longer than the escaped text, so this buffer does not grow.
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let (character, len) = match escape.as_bytes().first()? {
            b'b' => ('\u{8}', 1),
            b'f' => ('\u{c}', 1),
            b'n' => ('\n', 1),
            b'r' => ('\r', 1),
            b't' => ('\t', 1),
            b'u' => {
                let unit =
                    |start: usize| u16::from_str_radix(escape.get(start..start + 4)?, 16).ok();
                let first = unit(1)?;
                match char::from_u32(first.into()) {
                    Some(character) => (character, 5),
                    // A surrogate: the other half of the pair must follow.
                    None if escape.get(5..7)? == "\\u" => {
                        (char::decode_utf16([first, unit(7)?]).next()?.ok()?, 11)
                    }
                    None => return None,
                }
            }
            itself => (char::from(*itself), 1),
        };
        text.push(character);
        rest = escape.get(len..)?;
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_malformed_text_has_its_error() {
        for (text, expected) in [
            ("", Malformed::Empty),
            (" \n", Malformed::Empty),
            ("\u{feff}{}", Malformed::ByteOrderMark),
            ("[]", Malformed::NotAnObject),
            ("\"{}\"", Malformed::NotAnObject),
            ("null", Malformed::NotAnObject),
            ("{\"a\":", Malformed::Incomplete),
            ("{} {}", Malformed::Trailing),
            ("{}\0", Malformed::Trailing),
            ("{\"a\" 1}", Malformed::Syntax { line: 1, column: 6 }),
            ("{\n'a':1}", Malformed::Syntax { line: 2, column: 1 }),
        ] {
            assert_eq!(read(text, &[], &mut []).err(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn values_are_stored_by_name() {
        let text = r#"{"b":"\u0041","x":[1,{"a":null}],"\u0061":2.50,"y":0,"b":null}"#;
        let mut values = [None; 3];
        let problems = read(text, &["a", "b", "c"], &mut values).unwrap();
        let [a, b, c] = values;
        assert_eq!(a.unwrap().number(), Some("2.50"));
        assert_eq!(b.unwrap().string().unwrap(), "A");
        assert!(c.is_none());
        assert_eq!((problems.unknown.as_deref(), problems.duplicate), (Some("x"), Some("b")));
    }

    #[test]
    fn strings_are_decoded_as_serde_json_does() {
        for text in [
            r#""""#,
            r#""plain \u00e9 é 😀""#,
            r#""\"\\\/\b\f\n\r\t\u0000\uFFFF""#,
            r#""\ud83d\ude00 and \uD83D\uDE00.""#,
            r#""\\u0041 \\\\n""#,
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800\ud800""#,
            r#""\ud800\n""#,
            r#""\ud800x""#,
        ] {
            let document = format!("{{\"a\":{text}}}");
            let mut values = [None];
            read(&document, &["a"], &mut values).unwrap();
            let decoded = values.first().unwrap().unwrap().string().map(Cow::into_owned);
            assert_eq!(decoded, serde_json::from_str::<String>(text).ok(), "{text}");
        }
    }
}
