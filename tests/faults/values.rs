//! Cases of values in large documents: reading them takes linear time and little stack.

use serde_json::Value;

use crate::harness::{Kind, Server, http};
use crate::runner::{FaultCase, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_document_with_deep_nesting),
        case!(a_document_with_many_members),
        case!(a_document_with_many_elements),
        case!(a_document_with_long_strings),
    ]
}

/// The lengths of the documents. The large one is almost 1 MiB, the limit.
const LARGE: usize = (1 << 20) - 256;
const FACTOR: usize = 8;

const ABSENT: &str = "0";
const NUMBER: &str = "3";
const STRING: &str = "4";
const ARRAY: &str = "5";
const OBJECT: &str = "6";

/// Reads values from a small and a large document.
fn read(runner: &Runner, document: fn(usize) -> String, pointers: &[(&str, &str)]) {
    let documents = [LARGE / FACTOR, LARGE].map(document);
    for document in &documents {
        assert!(document.len() <= 1 << 20, "{} bytes", document.len());
    }
    let server = Server::start(Kind::Plain, move |peer| {
        for number in 0.. {
            peer.request()?;
            peer.send(http("200 OK", &[], documents[number % 2].as_bytes()))?;
        }
        Ok(())
    });
    let extra: Vec<&str> =
        pointers.iter().flat_map(|(pointer, json_type)| [*pointer, *json_type]).collect();
    let program = runner
        .program("general", "values")
        .client(&server, Value::Object([].into_iter().collect()));
    program.number(FACTOR).extra(&extra).run();
}

fn a_document_with_deep_nesting(runner: &Runner) {
    let arrays = |len: usize| {
        format!(r#"{{"a":{}{},"z":1}}"#, "[".repeat(len / 2 - 20), "]".repeat(len / 2 - 20))
    };
    let deep = "/a".to_owned() + &"/0".repeat(20);
    read(
        runner,
        arrays,
        &[("/a", ARRAY), ("/z", NUMBER), (&deep, ARRAY), ("/b", ABSENT), ("/a/1", ABSENT)],
    );
    let objects = |len: usize| {
        let depth = len / 6 - 20;
        format!(r#"{{"a":{}1{},"z":1}}"#, r#"{"b":"#.repeat(depth), "}".repeat(depth))
    };
    let deep = "/a".to_owned() + &"/b".repeat(20);
    read(runner, objects, &[("/a", OBJECT), ("/z", NUMBER), (&deep, OBJECT), ("/a/c", ABSENT)]);
}

fn a_document_with_many_members(runner: &Runner) {
    let members = |len: usize| {
        let members: String = (0..len / 13 - 3).map(|i| format!(r#""m{i:07}":1,"#)).collect();
        format!(r#"{{{members}"z":1}}"#)
    };
    read(runner, members, &[("/m0000000", NUMBER), ("/z", NUMBER), ("/absent", ABSENT)]);
    let same = |len: usize| format!(r#"{{{}"z":"last"}}"#, r#""z":1,"#.repeat(len / 6 - 10));
    read(runner, same, &[("/z", STRING)]);
}

fn a_document_with_many_elements(runner: &Runner) {
    let elements = |len: usize| format!(r#"{{"a":[{}0]}}"#, "0,".repeat(len / 2 - 20));
    read(runner, elements, &[("/a/0", NUMBER), ("/a/60000", NUMBER), ("/a/9999999", ABSENT)]);
    let objects = |len: usize| format!(r#"{{"a":[{}0]}}"#, r#"{"b":[1]},"#.repeat(len / 10 - 5));
    read(runner, objects, &[("/a/10000/b/0", NUMBER), ("/a/0/c", ABSENT)]);
}

fn a_document_with_long_strings(runner: &Runner) {
    let plain = |len: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(len - 20));
    read(runner, plain, &[("/a", STRING), ("/b", ABSENT)]);
    let escaped = |len: usize| format!(r#"{{"a":"{}"}}"#, "\\u00e9".repeat(len / 6 - 20));
    read(runner, escaped, &[("/a", STRING), ("/b", ABSENT)]);
    let name = |len: usize| format!(r#"{{"{}":1,"z":1}}"#, "\\\"".repeat(len / 2 - 20));
    read(runner, name, &[("/z", NUMBER)]);
}
