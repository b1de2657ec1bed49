//! Cases of interim responses (RFC 9110, 15.2) before the final one.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Kind, Server};
use crate::runner::{FaultCase, Runner, case};

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
fn before_each_response(runner: &Runner, interim: &str, piece_len: usize) {
    for kind in [Kind::Plain, Kind::Tls] {
        let interim = interim.to_owned();
        let server = Server::start(kind, move |peer| {
            loop {
                let request = peer.request()?;
                let bytes = [interim.as_bytes(), &request.response()].concat();
                for piece in bytes.chunks(piece_len) {
                    peer.send(piece)?;
                    if piece_len < bytes.len() {
                        // Time for the client to read it by itself.
                        thread::sleep(Duration::from_micros(200));
                    }
                }
            }
        });
        runner.run(|host| {
            host.client(&server, json!({}));
            host.good();
            host.good();
        });
    }
}

const WHOLE: usize = usize::MAX;

fn a_continue_with_headers(runner: &Runner) {
    before_each_response(runner, CONTINUE, WHOLE);
}

fn a_processing_with_headers(runner: &Runner) {
    before_each_response(runner, PROCESSING, WHOLE);
}

fn early_hints(runner: &Runner) {
    before_each_response(runner, EARLY_HINTS, WHOLE);
}

fn several_interim_responses(runner: &Runner) {
    before_each_response(
        runner,
        &[BARE_CONTINUE, PROCESSING, EARLY_HINTS, EARLY_HINTS].concat(),
        WHOLE,
    );
    before_each_response(runner, &[CONTINUE, EARLY_HINTS, CONTINUE].concat(), WHOLE);
}

fn interim_responses_in_pieces(runner: &Runner) {
    for piece_len in [1, 7, CONTINUE.len()] {
        before_each_response(runner, &[CONTINUE, EARLY_HINTS].concat(), piece_len);
    }
}
