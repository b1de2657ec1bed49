//! TLS stream cases: damaged records, and the end of the stream.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;

use crate::harness::{Kind, Server};
use crate::runner::{FaultCase, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(the_end_of_a_stream),
        case!(a_record_that_was_tampered_with, damaged(flip_a_bit, "the TLS connection failed")),
        // The record cannot be decrypted, but Authlete has begun to respond: there is no second attempt.
        case!(half_a_record_of_a_response, damaged(cut_in_two, "lost the connection to")),
    ]
}

/// Without a Content-Length, only close_notify ends the response.
fn the_end_of_a_stream(runner: &Runner) {
    let cases: [(&str, bool, bool, &str, &str); 5] = [
        ("framed, complete", true, false, "OK", "CONSUMED"),
        ("framed, truncated", true, false, "NETWORK", "UNKNOWN"),
        ("framed, truncated, close_notify", true, true, "NETWORK", "UNKNOWN"),
        ("unframed, close_notify", false, true, "OK", "CONSUMED"),
        ("unframed, no close_notify", false, false, "NETWORK", "UNKNOWN"),
    ];
    for (name, is_framed, has_close_notify, status, ticket_state) in cases {
        let server = Server::start(Kind::Tls, move |peer| {
            let request = peer.request()?;
            let mut response = match is_framed {
                true => request.response(),
                false => format!("HTTP/1.1 200 OK\r\n\r\n{}", request.document()).into_bytes(),
            };
            if name.contains("truncated") {
                response.truncate(response.len() - 5);
            }
            peer.send(response)?;
            if has_close_notify {
                peer.close_notify()?;
            }
            peer.fin()?;
            peer.hold()
        });
        runner.run(|host| {
            host.client(&server, json!({}));
            host.call().is(status, ticket_state, 1);
        });
    }
}

/// Changes bytes from the server, and returns how many of them are forwarded.
type Damage = fn(&mut [u8]) -> usize;

fn flip_a_bit(bytes: &mut [u8]) -> usize {
    let len = bytes.len();
    bytes[len - 1] ^= 1;
    len
}

fn cut_in_two(bytes: &mut [u8]) -> usize {
    bytes.len() / 2
}

/// The port of a relay that damages bytes from the server once `is_damaging` is true. If it does not
/// forward all of them, it closes the connection.
fn relay(to: u16, is_damaging: Arc<AtomicBool>, damage: Damage) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Ends with the process.
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
            let never = Arc::new(AtomicBool::new(false));
            copy(client.try_clone().unwrap(), server.try_clone().unwrap(), never, damage);
            copy(server, client, Arc::clone(&is_damaging), damage);
        }
    });
    port
}

fn copy(mut from: TcpStream, mut to: TcpStream, is_damaging: Arc<AtomicBool>, damage: Damage) {
    thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(len @ 1..) = from.read(&mut bytes) {
            let is_damaging = is_damaging.load(Ordering::Acquire);
            let kept = if is_damaging { damage(&mut bytes[..len]) } else { len };
            if to.write_all(&bytes[..kept]).is_err() || kept < len {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

/// A call gets a damaged response, on a new and on a reused connection.
fn damaged(damage: Damage, says: &'static str) -> impl Fn(&Runner) {
    move |runner| {
        for calls_before in [0, 1] {
            let is_damaging = Arc::new(AtomicBool::new(false));
            let switch = Arc::clone(&is_damaging);
            let server = Server::start(Kind::Tls, move |peer| {
                for served in 0.. {
                    let request = peer.request()?;
                    switch.store(served == calls_before, Ordering::Release);
                    peer.send(request.response())?;
                }
                Ok(())
            });
            let port = relay(server.port(), Arc::clone(&is_damaging), damage);
            runner.run(|host| {
                is_damaging.store(false, Ordering::Release);
                host.client(&server, json!({ "baseUrl": format!("https://127.0.0.1:{port}") }));
                for _ in 0..calls_before {
                    host.good();
                }
                host.call().is("NETWORK", "UNKNOWN", 1).says(says);
            });
        }
    }
}
