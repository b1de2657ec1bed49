//! The request document: what is accepted goes out unchanged in meaning, what is refused is named
//! without quoting a secret, and nothing is sent.

#![no_main]

use std::sync::LazyLock;

use authlete_fail::ffi::{Status, TicketState};
use authlete_fail_fuzz::{Call, Client, Peer};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

static STRICT: LazyLock<(Peer, Client)> = LazyLock::new(|| world(""));
static LENIENT: LazyLock<(Peer, Client)> = LazyLock::new(|| world(",\"allowUnknownReasons\":true"));

fn world(members: &str) -> (Peer, Client) {
    let peer = Peer::start();
    peer.play_document(200, b"{\"action\":\"BAD_REQUEST\",\"responseContent\":\"{}\"}");
    let client = Client::of_peer(&peer, members);
    (peer, client)
}

fuzz_target!(|input: &[u8]| {
    let Some((control, request)) = input.split_first() else { return };
    let call = Call::from_number(*control);
    let is_lenient = control & 4 != 0;
    let (peer, client) = if is_lenient { &*LENIENT } else { &*STRICT };
    let reply = client.call(call, request);
    let sent = peer.take_body();
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

fn check_accepted(call: Call, is_lenient: bool, request: &[u8], sent: &[u8]) {
    assert!(request.len() <= 128 * 1024);
    assert!(sent.len() <= request.len(), "what goes out is compact");
    let mut request: Map<String, Value> =
        serde_json::from_slice(request).expect("what is accepted is an object");
    request.retain(|_, value| !value.is_null());
    let is_ciba = call == Call::BackchannelAuthentication;
    for name in ["ticket", "reason"] {
        match request.get(name) {
            None => assert!(is_ciba, "{name} is missing"),
            Some(value) => assert_ne!(value.as_str(), Some("")),
        }
    }
    for (name, value) in &request {
        let is_known = match call {
            Call::Authorization => ["ticket", "reason", "description"].contains(&name.as_str()),
            Call::Token => ["ticket", "reason"].contains(&name.as_str()),
            Call::BackchannelAuthentication => {
                ["ticket", "reason", "errorDescription", "errorUri"].contains(&name.as_str())
            }
        };
        assert!(is_known, "{name} is unknown");
        assert!(!value.as_str().expect("strings only").contains('\0'));
    }
    if let (false, Some(reason)) = (is_lenient, request.get("reason").and_then(Value::as_str)) {
        assert!(reason.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'), "{reason}");
    }
    let sent: Map<String, Value> = serde_json::from_slice(sent).expect("JSON goes out");
    assert_eq!(sent, request, "what was asked for and what went out");
}
