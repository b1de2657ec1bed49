//! Any bytes in place of an HTTP response, through the real transport: the call returns before its
//! deadline, with a reply that fits the bytes.

#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use authlete_fail::ffi::{Outcome, Status, TicketState};
use authlete_fail_fuzz::{Client, Playback, call_from_number};
use libfuzzer_sys::fuzz_target;

/// The clients of one server, with connection reuse and without.
struct Clients {
    server: Playback,
    reusing: Client,
    not_reusing: Client,
}

static CLIENTS: LazyLock<Clients> = LazyLock::new(|| {
    let server = Playback::start();
    let reusing = server.client("");
    let not_reusing = server.client(",\"maxIdleConnections\":0,\"retry\":\"none\"");
    Clients { server, reusing, not_reusing }
});

fuzz_target!(|input: &[u8]| {
    let Some((control, stream)) = input.split_first() else { return };
    let Clients { server, reusing, not_reusing } = &*CLIENTS;
    let (call, request) = call_from_number(*control);
    server.play_and_close(stream);
    let started = Instant::now();
    let client = if control & 4 == 0 { not_reusing } else { reusing };
    let reply = client.call(call, request);
    // The stream ends, so the call does not wait for its deadline.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    match reply.status() {
        Status::Ok | Status::Http | Status::Protocol | Status::Network => {}
        status => panic!("{status:?}: {}", reply.error()),
    }
    let is_untouched = reply.ticket_state() == TicketState::Untouched;
    assert!(
        !is_untouched || reply.status() == Status::Http,
        "the request was sent, so the ticket may be used"
    );
    assert!(reply.attempts() == 1 || (reply.attempts() == 2 && control & 4 != 0));
    if reply.status() == Status::Ok {
        assert!((200..300).contains(&reply.http_status()));
        assert_ne!(reply.outcome(), Outcome::NoApiResponse);
        // The stream contains the document, unless it was sent in chunks.
        let is_verbatim =
            stream.windows(reply.json().len()).any(|it| it == reply.json().as_bytes());
        let text = String::from_utf8_lossy(stream).to_ascii_lowercase();
        assert!(is_verbatim || text.contains("chunked"));
    }
});
