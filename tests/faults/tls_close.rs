//! TLS close cases: the server ends a connection during a call, and the client reads the end of the
//! stream together with the data before it.

use std::io;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use crate::harness::server::server_config_for;
use crate::harness::{Kind, Request};
use crate::runner::{FaultCase, Need, Runner, Start, case};
use crate::tls_records::TlsPeer;
use rustls::AlertDescription::AccessDenied;
use rustls::ServerConnection;
use rustls::version::TLS12;

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(half_the_headers_and_close_notify_in_one_read),
        case!(half_a_body_and_close_notify_in_one_read),
        case!(a_whole_response_and_close_notify_in_one_read),
        case!(session_tickets_and_then_the_end),
        case!(a_key_update_and_then_the_end),
        case!(only_the_first_record_rejects_the_client_certificate),
        case!(plain_text_after_the_handshake),
        case!(an_alert_arrives_while_the_client_sends_its_handshake).needs(&[Need::Strace]),
    ]
}

/// On the first connection, the server responds to the second request with these segments; then the
/// stream ends if `is_ended`. All other requests are served.
fn on_a_reused_connection(
    runner: &Runner,
    segments: impl Fn(&mut TlsPeer, &Request) -> Vec<Vec<u8>> + Copy + Send + Sync + 'static,
    is_ended: bool,
    (status, ticket_state, attempts): (&str, &str, i64),
) {
    runner.run(|host| {
        let server = host.serve(Kind::Handshake, move |peer| {
            let mut tls = TlsPeer::accept(peer)?;
            if peer.number > 0 {
                return tls.serve();
            }
            tls.serve_once()?;
            let request = tls.request()?;
            for (number, segment) in segments(&mut tls, &request).iter().enumerate() {
                if number > 0 {
                    // So that the client reads the previous segment separately.
                    thread::sleep(Duration::from_millis(20));
                }
                tls.send(segment)?;
            }
            if !is_ended {
                return tls.request().map(drop);
            }
            peer.tcp().shutdown(Shutdown::Write)?;
            peer.ignore()
        });
        host.good();
        let called = host.call();
        called.is(status, ticket_state, attempts);
        if status == "NETWORK" {
            called.says("Authlete may have processed the request");
        }
        host.good();
        assert_eq!(server.connections(), 2);
    });
}

/// A part of the response and close_notify, in one segment.
fn truncated(runner: &Runner, kept: fn(&[u8]) -> usize) {
    let segments = move |tls: &mut TlsPeer, request: &Request| {
        let response = request.response();
        vec![[tls.data(&response[..kept(&response)]), tls.close_notify()].concat()]
    };
    on_a_reused_connection(runner, segments, true, ("NETWORK", "UNKNOWN", 1));
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
    let good = ("OK", "CONSUMED", 1);
    let framed = |tls: &mut TlsPeer, request: &Request| {
        vec![[tls.data(&request.response()), tls.close_notify()].concat()]
    };
    // The stream does not end, so only close_notify keeps the client from reusing it.
    on_a_reused_connection(runner, framed, false, good);
    let unframed = |tls: &mut TlsPeer, request: &Request| {
        let response = format!("HTTP/1.1 200 OK\r\n\r\n{}", request.document());
        vec![[tls.data(response.as_bytes()), tls.close_notify()].concat()]
    };
    on_a_reused_connection(runner, unframed, true, good);
}

/// No byte of the response has arrived, so the call is retried.
fn session_tickets_and_then_the_end(runner: &Runner) {
    let retried = ("OK", "CONSUMED", 2);
    let at_once = |tls: &mut TlsPeer, _: &Request| {
        vec![[tls.session_ticket(), tls.session_ticket(), tls.close_notify()].concat()]
    };
    on_a_reused_connection(runner, at_once, true, retried);
    let announced = |tls: &mut TlsPeer, _: &Request| vec![tls.session_ticket(), tls.close_notify()];
    on_a_reused_connection(runner, announced, true, retried);
    let unannounced = |tls: &mut TlsPeer, _: &Request| vec![tls.session_ticket(), Vec::new()];
    on_a_reused_connection(runner, unannounced, true, retried);
}

fn a_key_update_and_then_the_end(runner: &Runner) {
    runner.run(|host| {
        let server = host.serve(Kind::Tls, |peer| {
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
    records: impl Fn(&mut TlsPeer, &Request) -> Vec<u8> + Copy + Send + Sync + 'static,
    (status, ticket_state): (&str, &str),
) {
    runner.run(|host| {
        let _server = host.serve(Kind::Handshake, move |peer| {
            let mut tls = TlsPeer::accept(peer)?;
            let request = tls.request()?;
            let bytes = [records(&mut tls, &request), tls.fatal_alert(AccessDenied)].concat();
            tls.send(&bytes)?;
            peer.ignore()
        });
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

/// For example from a load balancer whose connection to Authlete has failed. The server speaks TLS, so
/// the error must not say that it does not.
fn plain_text_after_the_handshake(runner: &Runner) {
    runner.run(|host| {
        let _server = host.serve(Kind::Handshake, |peer| {
            let mut tls = TlsPeer::accept(peer)?;
            tls.request()?;
            tls.send(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")?;
            peer.ignore()
        });
        let called = host.call();
        called
            .is("NETWORK", "UNKNOWN", 1)
            .says(" sent a malformed TLS record; Authlete may have processed the request");
        assert!(!called.reply.text("error").contains("check"), "no next step");
    });
}

/// In TLS 1.2, a server rejects the client certificate as soon as it has read it. If it then closes
/// the connection, the client cannot send the rest of its handshake.
fn an_alert_arrives_while_the_client_sends_its_handshake(runner: &Runner) {
    const HANDSHAKE_FAILURE: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];
    runner.run_in(&Start::injected("sendto:delay_enter=3000"), |host| {
        let _server = host.serve(Kind::Handshake, |peer| {
            let config = server_config_for(&[&TLS12]);
            let mut tls = ServerConnection::new(config).map_err(io::Error::other)?;
            while !tls.wants_write() {
                tls.read_tls(&mut peer.tcp())?;
                tls.process_new_packets().map_err(io::Error::other)?;
            }
            tls.write_tls(&mut peer.tcp())?;
            peer.read_some()?;
            peer.send(HANDSHAKE_FAILURE)
        });
        let called = host.call();
        called.is("TLS", "UNTOUCHED", 1).says("the server sent the TLS alert HandshakeFailure");
    });
}
