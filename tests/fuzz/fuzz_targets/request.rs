//! Request documents: an accepted one is sent with the same members; a refused one is not sent, and the
//! error quotes no secret.

#![no_main]

use std::sync::LazyLock;

use authlete_fail::ffi::{Status, TicketState};
use authlete_fail_fuzz::{Call, Client, Playback, call_from_number};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

static STRICT: LazyLock<(Playback, Client)> = LazyLock::new(|| server(""));
static LENIENT: LazyLock<(Playback, Client)> =
    LazyLock::new(|| server(",\"allowUnknownReasons\":true"));

fn server(members: &str) -> (Playback, Client) {
    let server = Playback::start();
    server.play_document(200, b"{\"action\":\"BAD_REQUEST\",\"responseContent\":\"{}\"}");
    let client = server.client(members);
    (server, client)
}

fuzz_target!(|input: &[u8]| {
    let Some((control, request)) = input.split_first() else { return };
    let (call, _) = call_from_number(*control);
    let is_lenient = control & 4 != 0;
    let (server, client) = if is_lenient { &*LENIENT } else { &*STRICT };
    let reply = client.call(call, request);
    let sent = server.take_body();
    match reply.status() {
        Status::Ok => check_accepted(call, is_lenient, request, &sent),
        Status::InvalidRequest | Status::InvalidArgument => {
            let is_text = std::str::from_utf8(request).is_ok();
            assert_eq!(reply.status() == Status::InvalidArgument, !is_text);
            assert_eq!(reply.ticket_state(), TicketState::Untouched);
            assert_eq!(reply.attempts(), 0);
            assert!(sent.is_empty(), "sent although it was refused");
        }
        status => panic!("{status:?}: {}", reply.error()),
    }
});

fn check_accepted(call: Call, is_lenient: bool, request: &[u8], sent: &str) {
    assert!(request.len() <= 128 * 1024);
    assert!(sent.len() <= request.len(), "the sent document is compact");
    let mut request: Map<String, Value> =
        serde_json::from_slice(request).expect("an accepted request is an object");
    request.retain(|_, value| !value.is_null());
    let is_ciba = call == Call::BackchannelAuthentication;
    for name in ["ticket", "reason"] {
        match request.get(name) {
            None => assert!(is_ciba, "{name} is missing"),
            Some(value) => assert_ne!(value.as_str(), Some("")),
        }
    }
    for (name, value) in &request {
        let known: &[_] = match call {
            Call::Authorization => &["ticket", "reason", "description"],
            Call::Token => &["ticket", "reason"],
            Call::BackchannelAuthentication => {
                &["ticket", "reason", "errorDescription", "errorUri"]
            }
        };
        assert!(known.contains(&name.as_str()), "{name} is unknown");
        assert!(!value.as_str().expect("strings only").contains('\0'));
    }
    if let (false, Some(reason)) = (is_lenient, request.get("reason").and_then(Value::as_str)) {
        assert!(reason.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'), "{reason}");
    }
    let sent: Map<String, Value> = serde_json::from_str(sent).expect("JSON is sent");
    assert_eq!(sent, request, "the sent members are the given ones");
}
