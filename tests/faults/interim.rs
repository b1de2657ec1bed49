//! Cases of interim responses (RFC 9110, 15.2) before the final one.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::server::{Kind, Server};
use crate::harness::{FaultCase, Harness, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_continue_with_headers),
        case!(a_processing_with_headers),
        case!(early_hints),
        case!(several_interim_responses),
        case!(interim_responses_in_pieces),
    ]
}

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\nDate: Sat, 21 Nov 2026 16:00:00 GMT\r\n\r\n";
const BARE_CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
const PROCESSING: &str = "HTTP/1.1 102 Processing\r\nServer: proxy\r\nX-Id: 1\r\n\r\n";
const EARLY_HINTS: &str =
    "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n";

/// Every response comes after `interim`, in pieces of so many bytes.
fn before_each_response(harness: &Harness, interim: &str, piece_len: usize) {
    for kind in [Kind::Plain, Kind::Tls] {
        let interim = interim.to_owned();
        let server = Server::start(kind, move |peer| {
            loop {
                let request = peer.request()?;
                let bytes = [interim.as_bytes(), &request.answer()].concat();
                for piece in bytes.chunks(piece_len) {
                    peer.send(piece)?;
                    if piece_len < bytes.len() {
                        // Time for the client to read it by itself.
                        thread::sleep(Duration::from_micros(200));
                    }
                }
            }
        });
        harness.run(|host| {
            host.client(&server, json!({}));
            host.good();
            host.good();
        });
    }
}

const WHOLE: usize = usize::MAX;

fn a_continue_with_headers(harness: &Harness) {
    before_each_response(harness, CONTINUE, WHOLE);
}

fn a_processing_with_headers(harness: &Harness) {
    before_each_response(harness, PROCESSING, WHOLE);
}

fn early_hints(harness: &Harness) {
    before_each_response(harness, EARLY_HINTS, WHOLE);
}

fn several_interim_responses(harness: &Harness) {
    before_each_response(
        harness,
        &[BARE_CONTINUE, PROCESSING, EARLY_HINTS, EARLY_HINTS].concat(),
        WHOLE,
    );
    before_each_response(harness, &[CONTINUE, EARLY_HINTS, CONTINUE].concat(), WHOLE);
}

fn interim_responses_in_pieces(harness: &Harness) {
    for piece_len in [1, 7, CONTINUE.len()] {
        before_each_response(harness, &[CONTINUE, EARLY_HINTS].concat(), piece_len);
    }
}
