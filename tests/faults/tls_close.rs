//! Cases of a TLS connection that the server ends during a call, with what it sent before in the
//! same read.

use std::io;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::tls_records::TlsPeer;
use crate::world::peer::{Peer, Request};
use crate::world::row::{Called, row};
use crate::world::server::{Kind, Server};

/// Of the first connection, the second request gets what `end` sends; then the stream ends. The
/// other connections serve.
fn on_a_reused_connection(
    end: impl Fn(&mut TlsPeer, &Request) -> io::Result<()> + Clone + Send + Sync + 'static,
    check: impl Fn(&Called),
) {
    row(|row| {
        let end = end.clone();
        let server = Server::start(Kind::Handshake, move |peer: &mut Peer| {
            let mut tls = TlsPeer::accept(peer)?;
            if peer.number > 0 {
                return tls.serve();
            }
            let response = tls.request()?.answer();
            let record = tls.data(&response);
            tls.send(&record)?;
            let request = tls.request()?;
            end(&mut tls, &request)?;
            peer.tcp().shutdown(Shutdown::Write)?;
            peer.ignore()
        });
        row.client(&server, json!({}));
        row.good();
        check(&row.call());
        row.good();
        assert_eq!(server.connections(), 2);
    });
}

/// A part of the response and close_notify, in one segment.
fn truncated(kept: fn(&[u8]) -> usize) {
    on_a_reused_connection(
        move |tls, request| {
            let response = request.answer();
            let mut bytes = tls.data(&response[..kept(&response)]);
            bytes.extend(tls.close_notify());
            tls.send(&bytes)
        },
        |called| {
            called.is("NETWORK", "UNKNOWN", 1).says("Authlete may have processed the request");
        },
    );
}

fn head_len(response: &[u8]) -> usize {
    response.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4
}

#[test]
fn half_a_head_and_close_notify_in_one_read() {
    truncated(|_| 1);
    truncated(|response| head_len(response) / 2);
    truncated(|response| head_len(response) - 1);
}

#[test]
fn half_a_body_and_close_notify_in_one_read() {
    truncated(head_len);
    truncated(|response| head_len(response) + 1);
    truncated(|response| response.len() - 1);
}

#[test]
fn a_whole_response_and_close_notify_in_one_read() {
    let good = |called: &Called| {
        called.is("OK", "CONSUMED", 1);
    };
    on_a_reused_connection(
        |tls, request| {
            let mut bytes = tls.data(&request.answer());
            bytes.extend(tls.close_notify());
            tls.send(&bytes)
        },
        good,
    );
    on_a_reused_connection(
        |tls, request| {
            let unframed = format!("HTTP/1.1 200 OK\r\n\r\n{}", request.document());
            let mut bytes = tls.data(unframed.as_bytes());
            bytes.extend(tls.close_notify());
            tls.send(&bytes)
        },
        good,
    );
}

/// No byte of a response has come, so the call is retried.
#[test]
fn session_tickets_and_then_the_end() {
    let retried = |called: &Called| {
        called.is("OK", "CONSUMED", 2);
    };
    on_a_reused_connection(
        |tls, _| {
            let bytes = [tls.session_ticket(), tls.session_ticket(), tls.close_notify()].concat();
            tls.send(&bytes)
        },
        retried,
    );
    for is_announced in [true, false] {
        on_a_reused_connection(
            move |tls, _| {
                let ticket = tls.session_ticket();
                tls.send(&ticket)?;
                // Time for the client to read the ticket by itself.
                thread::sleep(Duration::from_millis(20));
                let close_notify = tls.close_notify();
                if is_announced { tls.send(&close_notify) } else { Ok(()) }
            },
            retried,
        );
    }
}

#[test]
fn a_key_update_and_then_the_end() {
    row(|row| {
        let server = Server::start(Kind::Tls, |peer| {
            peer.serve_once()?;
            if peer.number > 0 {
                return peer.serve();
            }
            peer.request()?;
            peer.key_update()?;
            // Time for the client to read it by itself.
            thread::sleep(Duration::from_millis(20));
            peer.fin()?;
            peer.hold()
        });
        row.client(&server, json!({}));
        row.good();
        row.call().is("OK", "CONSUMED", 2);
        row.good();
        assert_eq!(server.connections(), 2);
    });
}
