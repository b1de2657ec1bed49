//! Rows of addresses that grow old: an outage of the name service, a host that moves.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::dns::{HOME, config, server};
use crate::world::dns::{Answer, NameServer, addresses};
use crate::world::has_program;
use crate::world::host::Start;
use crate::world::net::isolated;
use crate::world::peer::Peer;
use crate::world::row::{row, row_in};
use crate::world::server::{Kind, Server};

#[test]
fn the_name_service_goes_out() {
    isolated("the_name_service_goes_out", |_| {
        for outage in [Answer::Silence, Answer::NoSuchName, Answer::ServerFailure] {
            let names = NameServer::start(addresses(&[HOME]));
            row(|row| {
                names.set(addresses(&[HOME]));
                let server =
                    Server::start(Kind::Plain, |peer| (0..5).try_for_each(|_| peer.serve_once()));
                row.client_with(config(&server, json!({})));
                row.good();
                names.set(outage.clone());
                // On the warm connection and, when that has ended, on new ones.
                for _ in 0..12 {
                    let called = row.call();
                    called.is("OK", "CONSUMED", called.reply.number("attempts"));
                }
                assert!(server.connections() >= 3);
            });
        }
    });
}

/// Time passes 60 times as fast in the host, so that its 30 seconds are half a second.
fn in_fast_time() -> Option<Start> {
    if !has_program("faketime", "a row in fast time") {
        return None;
    }
    let library = ["x86_64", "aarch64"]
        .map(|arch| format!("/usr/lib/{arch}-linux-gnu/faketime/libfaketimeMT.so.1"))
        .into_iter()
        .find(|path| Path::new(path).exists())
        .expect("faketime is installed");
    Some(Start::plain().env("LD_PRELOAD", &library).env("FAKETIME", "+0 x60"))
}

/// The deadlines are those of the fast clock, on which a loaded machine is slow.
fn patient() -> Value {
    json!({ "timeoutMs": 600_000, "connectTimeoutMs": 600_000 })
}

/// Addresses are forgotten after 30 s, of which this is the fast equivalent, and some more.
const PAST_TTL: Duration = Duration::from_millis(700);

#[test]
fn old_addresses_serve_while_the_name_service_is_out() {
    let Some(fast) = in_fast_time() else { return };
    isolated("old_addresses_serve_while_the_name_service_is_out", |_| {
        for outage in [Answer::NoSuchName, Answer::ServerFailure] {
            let names = NameServer::start(addresses(&[HOME]));
            row_in(&fast, |row| {
                let server = server();
                row.client_with(config(&server, patient()));
                row.good();
                names.set(outage.clone());
                thread::sleep(PAST_TTL);
                // The idle connection is too old as well.
                row.good();
                assert_eq!(server.connections(), 2);
                assert!(names.lookups() >= 2, "it was asked again");
                names.set(addresses(&[HOME]));
            });
        }
    });
}

#[test]
#[ignore = "waits 31 s; make check-deep"]
fn old_addresses_serve_while_the_name_server_is_a_black_hole() {
    isolated("old_addresses_serve_while_the_name_server_is_a_black_hole", |_| {
        let names = NameServer::start(addresses(&[HOME]));
        row(|row| {
            let server = server();
            row.client_with(config(&server, json!({})));
            row.good();
            names.set(Answer::Silence);
            thread::sleep(Duration::from_secs(31));
            let called = row.good();
            assert!(called.elapsed < Duration::from_secs(1), "{:?}", called.elapsed);
            row.good();
            assert_eq!(server.connections(), 2);
        });
    });
}

#[test]
fn a_changed_address_is_followed() {
    let Some(fast) = in_fast_time() else { return };
    isolated("a_changed_address_is_followed", |_| {
        let names = NameServer::start(addresses(&["127.0.0.2"]));
        row_in(&fast, |row| {
            let first = Server::listen(Kind::Plain, "127.0.0.2:8080", Peer::serve);
            let second = Server::listen(Kind::Plain, "127.0.0.3:8080", Peer::serve);
            row.client_with(config(&first, patient()));
            row.good();
            names.set(addresses(&["127.0.0.3"]));
            thread::sleep(PAST_TTL);
            row.good();
            assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
        });
    });
}

#[test]
fn a_busy_connection_is_left_after_five_minutes() {
    let Some(fast) = in_fast_time() else { return };
    isolated("a_busy_connection_is_left_after_five_minutes", |_| {
        let names = NameServer::start(addresses(&["127.0.0.2"]));
        row_in(&fast, |row| {
            let first = Server::listen(Kind::Plain, "127.0.0.2:8080", Peer::serve);
            let second = Server::listen(Kind::Plain, "127.0.0.3:8080", Peer::serve);
            // Never idle for long: the host's clock is fast.
            let config = config(
                &first,
                json!({
                    "timeoutMs": 600_000, "connectTimeoutMs": 600_000, "idleTimeoutMs": 600_000,
                }),
            );
            row.client_with(config);
            row.good();
            names.set(addresses(&["127.0.0.3"]));
            let started = Instant::now();
            while second.requests().is_empty() {
                row.good();
                assert!(started.elapsed() < Duration::from_secs(20), "it stays for ever");
                thread::sleep(Duration::from_millis(5));
            }
            assert!(started.elapsed() > Duration::from_secs(4), "{:?}", started.elapsed());
            assert_eq!(first.connections(), 1);
        });
    });
}
