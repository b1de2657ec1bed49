//! API responses with any document: the response for the OAuth client contains Authlete's text
//! verbatim.

#![no_main]

use std::sync::LazyLock;

use authlete_fail::ffi::Status;
use authlete_fail_fuzz::{CANARY, Call, Client, Playback, call_from_number};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

const STATUSES: [u16; 16] =
    [200, 200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 429, 500, 503, 599];

static SERVER: LazyLock<(Playback, Client)> = LazyLock::new(|| {
    let server = Playback::start();
    let client = server.client("");
    (server, client)
});

fuzz_target!(|input: &[u8]| {
    let Some((control, body)) = input.split_first() else { return };
    let (server, client) = &*SERVER;
    let (call, request) = call_from_number(*control);
    let http_status = STATUSES[usize::from(control >> 4)];
    server.play_document(http_status, body);
    let reply = client.call(call, request);
    match reply.status() {
        Status::Ok | Status::Protocol => assert!((200..300).contains(&http_status)),
        Status::Http => assert!(!(200..300).contains(&http_status)),
        // 204 has no body (RFC 9110, 15.3.5): its bytes are read as the next response.
        Status::Network if http_status == 204 => {}
        status => panic!("{status:?}: {}", reply.error()),
    }
    assert!(reply.http_status() == i32::from(http_status) || http_status == 204);
    if http_status == 204 {
        return;
    }
    if !reply.json().is_empty() {
        assert_eq!(reply.json().as_bytes(), body, "the document byte for byte");
    }
    if reply.status() != Status::Ok {
        return;
    }
    assert!(!reply.json().is_empty());
    // Half a surrogate pair is text to serde_json's parser of raw values, and none to this one.
    let Ok(document) = serde_json::from_slice::<Map<String, Value>>(body) else { return };
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let action = text("action").filter(|action| !action.contains('\0')).unwrap_or_default();
    assert_eq!(reply.action(), action);
    let expected = match (call, action) {
        (Call::Authorization, "LOCATION") => 302,
        (Call::Authorization, "FORM") => 200,
        (Call::BackchannelAuthentication, "FORBIDDEN") => 403,
        (_, "BAD_REQUEST") => 400,
        _ => 500,
    };
    assert_eq!(reply.response_status(), expected);
    let is_known = expected != 500 || action == "INTERNAL_SERVER_ERROR";
    match text("responseContent") {
        Some(content) if expected == 302 => assert_eq!(reply.headers()[0], ("Location", content)),
        Some(content) if is_known => assert_eq!(reply.body(), content),
        None if is_known => panic!("a response without Authlete's content"),
        _ => assert!(!reply.body().contains(CANARY)),
    }
});
