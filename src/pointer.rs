//! JSON Pointer (RFC 6901), which identifies one value in a JSON document.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::{self, Value};

/// The maximum number of tokens in a pointer. Each token takes time in proportion to the length of
/// the document. Authlete's documents have far fewer levels.
const MAX_TOKENS: usize = 128;

/// Returns the value that `pointer` identifies in `document`, which is empty or an object that
/// [`json::read`](crate::json::read) has accepted. `None` if there is no such value, or if
/// `pointer` is malformed or has too many tokens.
pub fn find<'a>(document: &'a str, pointer: &str) -> Option<Value<'a>> {
    if document.is_empty() {
        return None;
    }
    let document = Value::of_valid(document);
    if pointer.is_empty() {
        return Some(document);
    }
    if pointer.matches('/').count() > MAX_TOKENS {
        return None;
    }
    let mut tokens = pointer.strip_prefix('/')?.split('/');
    tokens.try_fold(document, |value, token| match value.text().as_bytes().first()? {
        b'{' => member(value, &unescape(token)?),
        b'[' => element(value, index(token)?),
        _ => None,
    })
}

/// Returns the last member `name` of an object.
fn member<'a>(object: Value<'a>, name: &str) -> Option<Value<'a>> {
    let mut found = None;
    let mut visit = |candidate: Cow<'a, str>, value| {
        if candidate == name {
            found = Some(value);
        }
    };
    json::each_member(object.text(), &mut visit).ok()?;
    found
}

/// Returns the element `index` of an array.
fn element(array: Value<'_>, index: usize) -> Option<Value<'_>> {
    let mut deserializer = serde_json::Deserializer::from_str(array.text());
    deserializer.deserialize_seq(ElementVisitor(index)).ok()?
}

struct ElementVisitor(usize);

impl<'a> Visitor<'a> for ElementVisitor {
    type Value = Option<Value<'a>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        let mut index = 0;
        while let Some(element) = seq.next_element::<&'a RawValue>()? {
            if index == self.0 {
                found = Some(Value::of_valid(element.get()));
            }
            index += 1;
        }
        Ok(found)
    }
}

/// Decodes `~1` to `/` and `~0` to `~` (section 4). No other escape is valid.
fn unescape(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut name = parts.next()?.to_owned();
    for part in parts {
        name.push(match part.as_bytes().first()? {
            b'0' => '~',
            b'1' => '/',
            _ => return None,
        });
        name.push_str(part.get(1..)?);
    }
    Some(name)
}

/// An array index: digits without leading zeros (section 4).
fn index(token: &str) -> Option<usize> {
    let is_index = token == "0" || !token.starts_with(['0', '+']);
    token.parse().ok().filter(|_| is_index)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn pointers_of_the_rfc_find_their_values() {
        // The example of RFC 6901, section 5.
        let document = r#" {"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,
            "i\\j":5,"k\"l":6," ":7,"m~n":8} "#;
        for (pointer, expected) in [
            ("", document.trim()),
            ("/foo", r#"["bar","baz"]"#),
            ("/foo/0", "\"bar\""),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
        ] {
            assert_eq!(find(document, pointer).unwrap().text(), expected, "{pointer}");
        }
        for pointer in [
            "foo",
            "/foo/",
            "/foo/2",
            "/foo/-",
            "/foo/00",
            "/foo/+1",
            "/foo/01",
            "/foo/0/0",
            "/m~n",
            "/m~",
            "/m~2n",
            "/x",
            "/foo/18446744073709551616",
        ] {
            assert!(find(document, pointer).is_none(), "{pointer}");
        }
        assert!(find("", "").is_none());

        let nested = "{\"a\":".repeat(129) + "1" + &"}".repeat(129);
        assert_eq!(find(&nested, &"/a".repeat(128)).unwrap().text(), "{\"a\":1}");
        assert!(find(&nested, &"/a".repeat(129)).is_none());
    }
}
