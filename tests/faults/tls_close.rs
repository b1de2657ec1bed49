//! TLS close cases: the server ends a connection during a call, and the client reads the end of the
//! stream together with the data before it.

use std::io;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use rustls::AlertDescription::AccessDenied;
use serde_json::json;

use crate::harness::{Kind, Peer, Request, Server};
use crate::runner::{Called, FaultCase, Runner, case};
use crate::tls_records::TlsPeer;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(half_the_headers_and_close_notify_in_one_read),
        case!(half_a_body_and_close_notify_in_one_read),
        case!(a_whole_response_and_close_notify_in_one_read),
        case!(session_tickets_and_then_the_end),
        case!(a_key_update_and_then_the_end),
        case!(only_the_first_record_rejects_the_client_certificate),
    ]
}

/// On the first connection, `end` responds to the second request; then the stream ends. All other
/// requests are served.
fn on_a_reused_connection(
    runner: &Runner,
    end: impl Fn(&mut TlsPeer, &Request) -> io::Result<()> + Clone + Send + Sync + 'static,
    check: impl Fn(&Called),
) {
    runner.run(|host| {
        let end = end.clone();
        let server = Server::start(Kind::Handshake, move |peer: &mut Peer| {
            let mut tls = TlsPeer::accept(peer)?;
            if peer.number > 0 {
                return tls.serve();
            }
            tls.serve_once()?;
            let request = tls.request()?;
            end(&mut tls, &request)?;
            peer.tcp().shutdown(Shutdown::Write)?;
            peer.ignore()
        });
        host.client(&server, json!({}));
        host.good();
        check(&host.call());
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

/// A part of the response and close_notify, in one segment.
fn truncated(runner: &Runner, kept: fn(&[u8]) -> usize) {
    on_a_reused_connection(
        runner,
        move |tls, request| {
            let response = request.response();
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

fn half_the_headers_and_close_notify_in_one_read(runner: &Runner) {
    truncated(runner, |_| 1);
    truncated(runner, |response| head_len(response) / 2);
    truncated(runner, |response| head_len(response) - 1);
}

fn half_a_body_and_close_notify_in_one_read(runner: &Runner) {
    truncated(runner, head_len);
    truncated(runner, |response| head_len(response) + 1);
    truncated(runner, |response| response.len() - 1);
}

fn a_whole_response_and_close_notify_in_one_read(runner: &Runner) {
    let good = |called: &Called| {
        called.is("OK", "CONSUMED", 1);
    };
    on_a_reused_connection(
        runner,
        |tls, request| {
            let mut bytes = tls.data(&request.response());
            bytes.extend(tls.close_notify());
            tls.send(&bytes)?;
            // The stream does not end, so only close_notify keeps the client from reusing it.
            tls.request().map(drop)
        },
        good,
    );
    on_a_reused_connection(
        runner,
        |tls, request| {
            let unframed = format!("HTTP/1.1 200 OK\r\n\r\n{}", request.document());
            let mut bytes = tls.data(unframed.as_bytes());
            bytes.extend(tls.close_notify());
            tls.send(&bytes)
        },
        good,
    );
}

/// No byte of the response has arrived, so the call is retried.
fn session_tickets_and_then_the_end(runner: &Runner) {
    let retried = |called: &Called| {
        called.is("OK", "CONSUMED", 2);
    };
    on_a_reused_connection(
        runner,
        |tls, _| {
            let bytes = [tls.session_ticket(), tls.session_ticket(), tls.close_notify()].concat();
            tls.send(&bytes)
        },
        retried,
    );
    for has_close_notify in [true, false] {
        on_a_reused_connection(
            runner,
            move |tls, _| {
                let ticket = tls.session_ticket();
                tls.send(&ticket)?;
                // So that the client reads the ticket separately.
                thread::sleep(Duration::from_millis(20));
                let close_notify = tls.close_notify();
                if has_close_notify { tls.send(&close_notify) } else { Ok(()) }
            },
            retried,
        );
    }
}

fn a_key_update_and_then_the_end(runner: &Runner) {
    runner.run(|host| {
        let server = Server::start(Kind::Tls, |peer| {
            peer.serve_once()?;
            if peer.number > 0 {
                return peer.serve();
            }
            peer.request()?;
            peer.key_update()?;
            // So that the client reads it separately.
            thread::sleep(Duration::from_millis(20));
            peer.fin()?;
            peer.hold()
        });
        host.client(&server, json!({}));
        host.good();
        host.call().is("OK", "CONSUMED", 2);
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

/// The server responds to the request with these records and then with the alert that also
/// rejects client certificates.
fn refused_after(
    runner: &Runner,
    records: impl Fn(&mut TlsPeer, &Request) -> Vec<u8> + Clone + Send + Sync + 'static,
    (status, ticket_state): (&str, &str),
) {
    runner.run(|host| {
        let records = records.clone();
        let server = Server::start(Kind::Handshake, move |peer: &mut Peer| {
            let mut tls = TlsPeer::accept(peer)?;
            let request = tls.request()?;
            let bytes = [records(&mut tls, &request), tls.fatal_alert(AccessDenied)].concat();
            tls.send(&bytes)?;
            peer.ignore()
        });
        host.client(&server, json!({}));
        host.call().is(status, ticket_state, 1);
    });
}

/// A session ticket or a response shows that the server had accepted the handshake, and with it the
/// request.
fn only_the_first_record_rejects_the_client_certificate(runner: &Runner) {
    refused_after(runner, |_, _| Vec::new(), ("TLS", "UNTOUCHED"));
    refused_after(runner, |tls, _| tls.session_ticket(), ("NETWORK", "UNKNOWN"));
    refused_after(
        runner,
        |tls, request| tls.data(&request.response()[..20]),
        ("NETWORK", "UNKNOWN"),
    );
}
