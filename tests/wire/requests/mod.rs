//! Every combination of configuration and request that changes what is sent, read by strict parsers.

mod configs;
mod documents;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::harness::driver::Process;
use crate::harness::{Kind, Server, http};
use crate::run::LIBRARY;
use crate::support::ROOT;
use configs::{Client, Route};

/// The records of `parsers.py`.
const PARSERS: [&str; 2] = ["h11", "llhttp"];

/// A request, as a parser saw it or as it should be.
#[derive(Debug, Deserialize, PartialEq)]
struct Request {
    method: String,
    target: String,
    version: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    fn new(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            version: "1.1".to_owned(),
            headers: headers.collect(),
            body: body.to_owned(),
        }
        .sorted()
    }

    /// With its headers sorted: the case of names and their order do not matter.
    fn sorted(mut self) -> Self {
        for (name, _) in &mut self.headers {
            name.make_ascii_lowercase();
        }
        self.headers.sort();
        self
    }
}

/// A server that records the requests that it receives, also those for a tunnel.
fn recorder(route: Route) -> Server {
    let kind = if route == Route::Tls { Kind::Tls } else { Kind::Plain };
    Server::start(kind, move |peer| {
        if route == Route::Proxy {
            peer.request()?;
            peer.send("HTTP/1.1 200 Connection established\r\n\r\n")?;
            peer.upgrade()?;
        }
        loop {
            peer.request()?;
            peer.send(http("200 OK", &[], b"{}"))?;
        }
    })
}

/// Each malformed in one way.
const MALFORMED: [&str; 5] = [
    "POST / HTTP/1.1\r\nHost : a\r\nContent-Length: 2\r\n\r\n{}",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}",
    "POST / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}\r\n\0",
];

#[test]
fn the_parsers_are_strict() {
    let mut parsers = parsers();
    for raw in MALFORMED {
        let parsed = parsers.command("parse", raw.as_bytes()).unwrap();
        for parser in PARSERS {
            let seen = parsed.text(parser);
            assert!(seen.starts_with(r#"{"error""#), "{parser}, {raw:?}: {seen}");
        }
    }
}

#[test]
fn strict_parsers_read_what_the_library_sends() {
    let mut library = Process::start(&mut Command::new(&*LIBRARY));
    let mut parsers = parsers();
    let documents = documents::all();
    let mut counts = BTreeMap::new();
    for route in [Route::Plain, Route::Tls, Route::Proxy] {
        for client in configs::all(route) {
            let server = recorder(route);
            client.make(&mut library, &server);
            for document in &documents {
                let reply = document.send(&mut library);
                assert_eq!(reply.text("status"), "OK", "{client:?}: {}", reply.text("error"));
            }
            let (tunnels, requests): (Vec<_>, Vec<_>) = server
                .requests()
                .into_iter()
                .partition(|request| request.head.starts_with("CONNECT "));
            assert_eq!(requests.len(), documents.len(), "{client:?}");
            for (request, document) in requests.iter().zip(&documents) {
                let raw = [request.head.as_bytes(), request.body.as_bytes()].concat();
                check(&mut parsers, &raw, &client.request(&server, document), &client);
            }
            let connections = if client.is_reusing { 1 } else { documents.len() };
            assert_eq!(server.connections(), connections, "{client:?}");
            assert_eq!(tunnels.len(), if route == Route::Proxy { connections } else { 0 });
            for tunnel in &tunnels {
                check(&mut parsers, tunnel.head.as_bytes(), &client.tunnel(), &client);
            }
            let count = counts.entry(format!("{route:?}")).or_insert([0, 0, 0]);
            for (sum, number) in count.iter_mut().zip([1, requests.len(), tunnels.len()]) {
                *sum += number;
            }
        }
    }
    for (route, [clients, requests, tunnels]) in counts {
        // Bypasses libtest's capture.
        let _ = writeln!(
            std::io::stderr(),
            "requests, {route}: {clients} clients, {requests} requests, {tunnels} tunnels"
        );
    }
}

/// h11 and llhttp, from the environment that `make wire` sets up.
fn parsers() -> Process {
    let python = format!("{ROOT}/target/venv/bin/python");
    Process::start(Command::new(python).arg(format!("{ROOT}/tests/wire/parsers.py")))
}

fn check(parsers: &mut Process, raw: &[u8], expected: &Request, client: &Client) {
    let parsed = parsers.command("parse", raw).unwrap();
    for parser in PARSERS {
        let seen: Value = serde_json::from_str(parsed.text(parser)).unwrap();
        let seen: Request = serde_json::from_value(seen.clone())
            .unwrap_or_else(|_| panic!("{parser} of {client:?}: {seen}"));
        assert_eq!(&seen.sorted(), expected, "{parser} of {client:?}");
    }
}
