//! The log lines, the statistics and the diagnostics of calls that send nothing.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;

use authlete_fail::ffi::call::authlete_fail_call;
use authlete_fail::ffi::{Status, client};
use serde_json::{Value, json};

use super::harness::CANARY;
use super::harness::client::{Client, Reply};
use super::harness::log::{keep_line, take_lines};
use super::{CONFIG, REQUEST, call, check, new_client};

#[test]
fn refused_calls_are_counted_and_have_diagnostics() {
    let client = new_client();
    let mut replies = vec![call(&client, ""), client.general_call("c4n4ry", "{}", "")];
    client.shutdown();
    replies.push(call(&client, REQUEST));
    replies.push(client.general_call("/client/get/c4n4ry", "", "{\"method\":\"GET\"}"));
    replies.push(client.connect());
    let expected = [
        ("/backchannel/authentication/fail", json!("POST")),
        ("other", json!(null)),
        ("/backchannel/authentication/fail", json!("POST")),
        ("other", json!("GET")),
        ("connect", json!(null)),
    ];
    for (reply, (endpoint, method)) in replies.iter().zip(expected) {
        let expected = json!({
            "endpoint": endpoint, "method": method, "serverAddress": "127.0.0.1", "serverPort": 1,
            "durationUs": reply.duration_us(), "retryCause": null, "attempts": [],
        });
        let diagnostics = reply.diagnostics();
        assert_eq!(serde_json::from_str::<Value>(diagnostics).unwrap(), expected);
        assert_eq!(reply.diagnostics().as_ptr(), diagnostics.as_ptr());
    }
    let calls = json!({
        "INVALID_ARGUMENT": { "NO_API_RESPONSE": 1 },
        "INVALID_REQUEST": { "NO_API_RESPONSE": 1 },
        "SHUTDOWN": { "NO_API_RESPONSE": 2 },
    });
    let stats: Value = serde_json::from_str(&client.stats()).unwrap();
    assert_eq!(stats["calls"], calls);
    let (_, reply) = Client::new(CONFIG, None);
    assert_eq!(reply.diagnostics(), "");
    assert_eq!(Reply::of_connect(None).diagnostics(), "");
}

#[test]
fn calls_with_invalid_arguments_are_logged() {
    let client = Client::accepted(CONFIG, Some(keep_line));
    take_lines();
    let (request, len) = (REQUEST.as_ptr().cast::<c_char>(), REQUEST.len());
    let [path, bad] = [c"/auth/token".as_ptr(), c"c4n4ry\xff".as_ptr()];
    let null = ptr::null();
    for (path, request, request_len, options, options_len, name, subject) in [
        (null, request, len, null, 0, "other", "path"),
        (bad, request, len, null, 0, "other", "path"),
        (path, null, 1, null, 0, "/auth/token", "request"),
        (path, bad, 7, null, 0, "/auth/token", "request"),
        (path, request, len, null, 1, "/auth/token", "options"),
        (path, request, len, bad, 7, "/auth/token", "options"),
        (path, request, len, null, 0, "/auth/token", "reply"),
    ] {
        let mut reply = MaybeUninit::uninit();
        let out = (subject != "reply").then_some(&mut reply);
        // SAFETY: each text is a constant, or NULL, which is refused without a read.
        let status = unsafe {
            authlete_fail_call(client.get(), path, request, request_len, options, options_len, out)
        };
        assert_eq!(status, Status::InvalidArgument);
        if subject != "reply" {
            // SAFETY: the call has written it.
            check(&unsafe { Reply::take(reply, status) }, status);
        }
        let lines = take_lines();
        let [line] = lines.as_slice() else { panic!("{subject}: {lines:?}") };
        let start = format!("2 endpoint={name} host=127.0.0.1:1 status=INVALID_ARGUMENT ");
        let error = format!("error=\"argument: \\\"{subject}\\\" is ");
        assert!(line.starts_with(&start) && line.contains(&error), "{line}");
        assert!(!line.contains(CANARY), "{line}");
    }
    // Without a client, there is no callback to receive the line.
    check(&Reply::of_general_call(None, "/auth/token", b"{}", b""), Status::InvalidArgument);
    assert!(take_lines().is_empty());
}

/// After shutdown, a call or `connect` does everything except for network access.
#[test]
fn calls_after_shutdown_are_logged() {
    let client = Client::accepted(CONFIG, Some(keep_line));
    client.shutdown();
    client.shutdown();
    let replies = [
        call(&client, REQUEST),
        client.connect(),
        client.general_call("/auth/token", REQUEST, ""),
        client.general_call(
            "/client/get/c4n4ry",
            "",
            "{\"method\":\"GET\",\"accessToken\":\"c4n4ry\"}",
        ),
    ];
    assert_eq!(
        client::authlete_fail_client_connect(client.get(), None),
        Status::Shutdown,
        "the reply may be NULL"
    );
    drop(client);
    // Replies stay valid without their client.
    for reply in &replies {
        check(reply, Status::Shutdown);
    }
    let lines = take_lines();
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(lines[0].starts_with("4 event=client_new host=127.0.0.1:1 version="), "{lines:?}");
    let names = ["/backchannel/authentication/fail", "connect", "/auth/token", "other", "connect"];
    for (line, name) in lines[1..].iter().zip(names) {
        let start = format!("2 endpoint={name} host=127.0.0.1:1 status=SHUTDOWN outcome=");
        assert!(line.starts_with(&start), "{lines:?}");
    }
    assert!(lines.iter().all(|line| !line.contains(CANARY)), "{lines:?}");
}
