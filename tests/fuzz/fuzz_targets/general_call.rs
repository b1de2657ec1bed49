//! General calls: an accepted one is sent to exactly its path with exactly its request and headers; a
//! rejected one is not sent. A JSON Pointer finds the same value as serde_json does.

#![no_main]

use std::sync::LazyLock;

use authlete_fail::ffi::{JsonType, Status};
use authlete_fail_fuzz::{Client, Playback};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static SERVER: LazyLock<(Playback, Client)> = LazyLock::new(|| {
    let server = Playback::start();
    let client = server.client("");
    (server, client)
});

/// The headers of every request, and those of the options.
const HEADERS: &[&str] = &[
    "host",
    "content-length",
    "content-type",
    "accept",
    "user-agent",
    "authorization",
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
];

// The path, the options, the request, a JSON Pointer and the document of the API response, separated by
// NUL. The document may contain further ones.
fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(5, |b| *b == 0).map(<[u8]>::to_vec);
    let mut part = || parts.next().unwrap_or_default();
    let (path, options, request, pointer, document) = (part(), part(), part(), part(), part());
    // With a short timeout, the call would depend on the speed of the machine.
    if options.windows(9).any(|name| name.eq_ignore_ascii_case(b"timeoutms")) {
        return;
    }
    let (server, client) = &*SERVER;
    server.play_document(200, &document);
    let reply = client.general_call(path.clone(), &request, &options);
    let (head, body) = server.take_request();
    if matches!(reply.status(), Status::InvalidArgument | Status::InvalidRequest) {
        assert_eq!(reply.attempts(), 0);
        assert_eq!((head.as_str(), body.as_str()), ("", ""), "sent although it was refused");
        return;
    }
    assert!(matches!(reply.status(), Status::Ok | Status::Protocol), "{}", reply.error());
    let path = String::from_utf8(path).expect("an accepted path is text");
    // Not the space before an empty value of the last header.
    let mut lines = head.trim_end_matches(['\r', '\n']).lines();
    let line = lines.next().expect("a request line");
    let method = line.strip_suffix(&format!(" /api/1{path} HTTP/1.1")).expect("the path");
    assert!(matches!(method, "POST" | "GET" | "DELETE"), "{line:?}");
    for header in lines {
        let (name, _) = header.split_once(": ").expect("a header");
        let name = name.to_ascii_lowercase();
        assert!(HEADERS.contains(&&*name) || name.starts_with("x-"), "{header:?}");
        assert!(!name.starts_with("x-http-method"), "{header:?}");
    }
    // The request of a fail endpoint may be rewritten.
    if !path.ends_with("/fail") {
        assert_eq!(body.as_bytes(), request);
    }
    assert!(method == "POST" || body.is_empty());

    let found = reply.value(pointer.clone());
    let Ok(document) = serde_json::from_str::<Value>(reply.json()) else { return };
    let Ok(pointer) = String::from_utf8(pointer) else {
        assert_eq!(found.0, JsonType::Absent);
        return;
    };
    // serde_json treats a "~" that begins no escape as a literal character.
    if !pointer.replace("~0", "").replace("~1", "").contains('~') {
        assert_eq!(found.0, json_type(document.pointer(&pointer)), "{pointer:?}");
        if found.0 == JsonType::String {
            assert_eq!(document.pointer(&pointer).and_then(Value::as_str), Some(&*found.1));
        }
    }
});

fn json_type(value: Option<&Value>) -> JsonType {
    match value {
        None => JsonType::Absent,
        Some(Value::Null) => JsonType::Null,
        Some(Value::Bool(_)) => JsonType::Boolean,
        Some(Value::Number(_)) => JsonType::Number,
        Some(Value::String(text)) if text.contains('\0') => JsonType::Absent,
        Some(Value::String(_)) => JsonType::String,
        Some(Value::Array(_)) => JsonType::Array,
        Some(Value::Object(_)) => JsonType::Object,
    }
}
