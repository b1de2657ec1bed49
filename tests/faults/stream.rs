//! Cases of TLS: what goes wrong in the handshake, in a record, and at the end of the stream.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;

use crate::harness::server::{Kind, Server};
use crate::harness::{FaultCase, Harness, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(no_handshake_comes_about),
        case!(a_handshake_that_breaks_off),
        case!(the_end_of_a_stream),
        case!(a_record_that_was_tampered_with),
        case!(half_a_record_of_an_answer),
    ]
}

fn no_handshake_comes_about(harness: &Harness) {
    let alert: &[u8] = &[21, 3, 3, 0, 2, 2, 40];
    let endless: Vec<u8> = [22, 3, 3, 64, 0].into_iter().chain([0; 400]).collect();
    for (bytes, says) in [
        (&b"\0\0\0\0\0\0\0\0\0\0 garbage, and no TLS"[..], "does not speak TLS on this port"),
        (
            b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
            "does not speak TLS on this port",
        ),
        (alert, "the alert HandshakeFailure"),
    ] {
        let server = Server::start(Kind::Handshake, move |peer| {
            peer.read_some()?;
            peer.send(bytes)?;
            peer.hold()
        });
        harness.run(|host| {
            host.client(&server, json!({}));
            host.call().is("TLS", "UNTOUCHED", 1).says(says).says("; nothing was sent");
        });
    }
    // A record that never ends, and nothing at all.
    for bytes in [endless, Vec::new()] {
        let server = Server::start(Kind::Handshake, move |peer| {
            peer.send(&bytes)?;
            peer.hold()
        });
        harness.run(|host| {
            host.client(&server, json!({ "timeoutMs": 300 }));
            host.call().is("TIMEOUT", "UNTOUCHED", 1).says("did not finish the TLS handshake");
        });
    }
}

/// It is tried again once.
fn a_handshake_that_breaks_off(harness: &Harness) {
    for is_reset in [false, true] {
        let breaking = Server::start(Kind::Handshake, move |peer| {
            peer.read_some()?;
            if is_reset { peer.reset() } else { Ok(()) }
        });
        let every_other = Server::start(Kind::Handshake, move |peer| match peer.number % 2 {
            0 => peer.read_some().and_then(|_| if is_reset { peer.reset() } else { Ok(()) }),
            _ => peer.upgrade().and_then(|()| peer.serve()),
        });
        harness.run(|host| {
            host.client(&breaking, json!({}));
            host.call().is("TLS", "UNTOUCHED", 2).says("ended the TLS handshake");
            host.client(&breaking, json!({ "retry": "none" }));
            host.call().is("TLS", "UNTOUCHED", 1).says("ended the TLS handshake");
            host.client(&every_other, json!({ "maxIdleConnections": 0 }));
            host.call().is("OK", "CONSUMED", 2);
        });
    }
}

/// Without a length, only the announced end of the stream is the end of the answer.
fn the_end_of_a_stream(harness: &Harness) {
    let cases: [(&str, bool, bool, &str, &str); 5] = [
        ("framed, complete", true, false, "OK", "CONSUMED"),
        ("framed, cut", true, false, "NETWORK", "UNKNOWN"),
        ("framed, cut, but announced", true, true, "NETWORK", "UNKNOWN"),
        ("unframed, announced", false, true, "OK", "CONSUMED"),
        ("unframed, not announced", false, false, "NETWORK", "UNKNOWN"),
    ];
    for (name, is_framed, is_announced, status, ticket_state) in cases {
        let server = Server::start(Kind::Tls, move |peer| {
            let request = peer.request()?;
            let mut answer = match is_framed {
                true => request.answer(),
                false => format!("HTTP/1.1 200 OK\r\n\r\n{}", request.document()).into_bytes(),
            };
            if name.contains("cut") {
                answer.truncate(answer.len() - 5);
            }
            peer.send(answer)?;
            if is_announced {
                peer.close_notify()?;
            }
            peer.fin()?;
            peer.hold()
        });
        harness.run(|host| {
            host.client(&server, json!({}));
            host.call().is(status, ticket_state, 1);
        });
    }
}

/// What a relay does to a piece of what comes from the server: how much of it goes on, changed.
type Harm = fn(&mut [u8]) -> usize;

fn flip_a_bit(bytes: &mut [u8]) -> usize {
    let len = bytes.len();
    bytes[len - 1] ^= 1;
    len
}

fn cut_in_two(bytes: &mut [u8]) -> usize {
    bytes.len() / 2
}

/// A relay that harms what comes from the server once it has been told to; the connection ends with
/// a piece that did not go on whole.
struct Relay {
    port: u16,
}

impl Relay {
    fn start(to: u16, is_harming: Arc<AtomicBool>, harm: Harm) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // Ends with the process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
                let never = Arc::new(AtomicBool::new(false));
                copy(client.try_clone().unwrap(), server.try_clone().unwrap(), never, harm);
                copy(server, client, Arc::clone(&is_harming), harm);
            }
        });
        Self { port }
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, is_harming: Arc<AtomicBool>, harm: Harm) {
    thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(len @ 1..) = from.read(&mut bytes) {
            let is_harming = is_harming.load(Ordering::Acquire);
            let kept = if is_harming { harm(&mut bytes[..len]) } else { len };
            if to.write_all(&bytes[..kept]).is_err() || kept < len {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

/// The last of so many calls on one connection gets an answer that was harmed.
fn harmed(harness: &Harness, calls_before: usize, harm: Harm, says: &str) {
    let is_harming = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&is_harming);
    let server = Server::start(Kind::Tls, move |peer| {
        for served in 0.. {
            let request = peer.request()?;
            switch.store(served == calls_before, Ordering::Release);
            peer.send(request.answer())?;
        }
        Ok(())
    });
    let relay = Relay::start(server.port(), Arc::clone(&is_harming), harm);
    harness.run(|host| {
        is_harming.store(false, Ordering::Release);
        let base_url = format!("https://127.0.0.1:{}", relay.port);
        host.client(&server, json!({ "baseUrl": base_url }));
        for _ in 0..calls_before {
            host.good();
        }
        host.call().is("NETWORK", "UNKNOWN", 1).says(says);
    });
}

fn a_record_that_was_tampered_with(harness: &Harness) {
    for calls_before in [0, 1] {
        harmed(harness, calls_before, flip_a_bit, "the TLS connection failed");
    }
}

/// Nothing of it can be decrypted, but Authlete has begun to answer: no second attempt.
fn half_a_record_of_an_answer(harness: &Harness) {
    for calls_before in [0, 1] {
        harmed(harness, calls_before, cut_in_two, "lost the connection to");
    }
}
