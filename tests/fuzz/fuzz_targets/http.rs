//! A stream of bytes where an HTTP response should be, through the real transport: it ends in a
//! reply, before the deadline, and never in a defect of this library.

#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use authlete_fail::ffi::{Outcome, Status, TicketState};
use authlete_fail_fuzz::{Call, Client, Peer};
use libfuzzer_sys::fuzz_target;

struct World {
    peer: Peer,
    pooling: Client,
    not_pooling: Client,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let peer = Peer::start();
    let pooling = Client::of_peer(&peer, "");
    let not_pooling = Client::of_peer(&peer, ",\"maxIdleConnections\":0,\"retry\":\"none\"");
    World { peer, pooling, not_pooling }
});

fuzz_target!(|input: &[u8]| {
    let Some((control, stream)) = input.split_first() else { return };
    let World { peer, pooling, not_pooling } = &*WORLD;
    let call = Call::from_number(*control);
    peer.play_and_close(stream);
    let started = Instant::now();
    let client = if control & 4 == 0 { not_pooling } else { pooling };
    let reply = client.call(call, call.request());
    // The stream ends, so nothing is waited for.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    match reply.status() {
        Status::Ok | Status::Http | Status::Protocol | Status::Network => {}
        status => panic!("{status:?}: {}", reply.error()),
    }
    let is_untouched = reply.ticket_state() == TicketState::Untouched;
    assert!(
        !is_untouched || reply.status() == Status::Http,
        "it was sent, so the ticket may be used"
    );
    assert!(reply.attempts() == 1 || (reply.attempts() == 2 && control & 4 != 0));
    if reply.status() == Status::Ok {
        assert!((200..300).contains(&reply.http_status()));
        assert_ne!(reply.outcome(), Outcome::NoApiResponse);
        // The document is in the stream, unless it came in chunks.
        let is_verbatim =
            stream.windows(reply.json().len()).any(|it| it == reply.json().as_bytes());
        let text = String::from_utf8_lossy(stream).to_ascii_lowercase();
        assert!(is_verbatim || text.contains("chunked"));
    }
});
