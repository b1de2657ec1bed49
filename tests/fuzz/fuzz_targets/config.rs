//! Configurations: an accepted one is accepted again and satisfies the documented rules; the error for
//! a refused one quotes no secret.

#![no_main]

use std::net::IpAddr;

use authlete_fail::ffi::Status;
use authlete_fail_fuzz::Client;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|input: &[u8]| {
    let document = serde_json::from_slice::<Map<String, Value>>(input);
    // No files: the result would depend on this machine, and reading /dev/stdin would block.
    if document.as_ref().is_ok_and(|document| document.keys().any(|key| key.ends_with("File"))) {
        return;
    }
    let (client, reply) = Client::new(input, None);
    match reply.status() {
        Status::Ok => {
            drop(client);
            let document = document.expect("an accepted configuration is an object");
            check_accepted(&document);
            let again = Value::Object(document).to_string();
            let (client, reply) = Client::new(again, None);
            assert!(client.is_some(), "accepted, then refused: {}", reply.error());
        }
        Status::InvalidConfig => {}
        Status::InvalidArgument => assert!(std::str::from_utf8(input).is_err()),
        status => panic!("{status:?}: {}", reply.error()),
    }
});

/// The rules of the documentation, in another implementation.
fn check_accepted(document: &Map<String, Value>) {
    assert!(document.values().all(|value| !value.is_null()));
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let base_url = text("baseUrl").expect("a base URL");
    assert!(base_url.bytes().all(|b| (0x21..=0x7e).contains(&b)));
    let (scheme, rest) = base_url.split_once("://").expect("a scheme");
    let authority = rest.split('/').next().unwrap_or_default();
    assert!(!rest.contains(['@', '?', '#', '\\', '%']), "{base_url}");
    assert!(!rest.trim_end_matches('/').ends_with("/api"), "{base_url}");
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if let Some(port) = port {
        assert_ne!(port.parse::<u16>().expect("a port"), 0);
    }
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    if scheme.eq_ignore_ascii_case("http") {
        let is_loopback = address.is_some_and(|address| address.is_loopback())
            || host.eq_ignore_ascii_case("localhost");
        assert!(is_loopback || document.get("allowInsecureHttp") == Some(&Value::Bool(true)));
    } else {
        assert!(scheme.eq_ignore_ascii_case("https"));
    }
    // A host that getaddrinfo would read as an address, such as "127.1" or "0x7f000001", must be one.
    let last_label = host.rsplit('.').next().unwrap_or_default();
    let is_number =
        |label: &str| label.bytes().all(|b| b.is_ascii_digit()) || label.starts_with("0x");
    assert!(!is_number(last_label) || address.is_some(), "{base_url}");

    let is_v3 = text("apiVersion").unwrap_or("v3") == "v3";
    assert_eq!(is_v3, document.contains_key("serviceId"));
    let credentials: usize = ["accessToken", "apiKey"].into_iter().filter_map(text).count();
    assert_eq!(credentials, 1);
    for name in ["accessToken", "apiKey", "apiSecret"] {
        if let Some(credential) = text(name) {
            assert!(!credential.is_empty() && credential.bytes().all(|b| b.is_ascii_graphic()));
        }
    }
    let timeout = document.get("timeoutMs").map_or(Some(10_000), Value::as_u64);
    assert!(timeout.is_some_and(|timeout| (1..=600_000).contains(&timeout)));
}
