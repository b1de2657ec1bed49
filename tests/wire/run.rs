//! One case at a scripted server: a call that gets the case's response, and a call after it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cases::Case;
use crate::harness::driver::{Process, Reply};
use crate::harness::{Kind, Server, certificate};
use crate::support::compile;

/// A client that hangs is killed after this many seconds, which fails the test.
const LONGEST_LIFE: &str = "900";

pub static LIBRARY: LazyLock<PathBuf> =
    LazyLock::new(|| compile("cc", &["tests/c/driver.c"], "wire-library", &["-std=c99"]));

static CURL: LazyLock<PathBuf> = LazyLock::new(|| {
    let flags = ["-std=c99", "-Wl,--no-as-needed", "-lcurl"];
    compile("cc", &["tests/wire/curl.c"], "wire-curl", &flags)
});

/// How a case is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    pub kind: Kind,
    /// The server closes the connection after its response; over TLS with close_notify.
    pub is_closed: bool,
}

pub const WAYS: [Way; 4] = [
    Way { kind: Kind::Plain, is_closed: false },
    Way { kind: Kind::Plain, is_closed: true },
    Way { kind: Kind::Tls, is_closed: false },
    Way { kind: Kind::Tls, is_closed: true },
];

/// A call that has returned.
pub struct Called {
    pub ticket: String,
    pub reply: Reply,
    pub elapsed: Duration,
}

/// The results of a client for a case.
pub struct Seen {
    pub first: Called,
    pub second: Called,
    /// The second call was sent on the connection of the first.
    pub is_reused: bool,
}

/// The library and libcurl, each in a process that serves many cases.
pub struct Clients {
    library: Process,
    curl: Process,
}

impl Clients {
    pub fn start() -> Self {
        let start = |program: &PathBuf| {
            Process::start(Command::new("timeout").arg(LONGEST_LIFE).arg(program))
        };
        Self { library: start(&LIBRARY), curl: start(&CURL) }
    }

    pub fn library(&mut self, case: &Arc<Case>, way: Way, timeout: Duration) -> Seen {
        let server = serve(case, way);
        new_client(&mut self.library, &library_config(&server, timeout));
        two_calls(&mut self.library, &server, case)
    }

    pub fn curl(&mut self, case: &Arc<Case>, way: Way, timeout: Duration) -> Seen {
        let server = serve(case, way);
        let scheme = if way.kind == Kind::Tls { "https" } else { "http" };
        let (address, timeout) = (server.address(), timeout.as_millis());
        let config = format!("{scheme}://{address}/\n{timeout}\n{}", certificate().0);
        new_client(&mut self.curl, &config);
        two_calls(&mut self.curl, &server, case)
    }

    /// The library's result if the response arrives byte by byte.
    pub fn library_bytewise(&mut self, case: &Case, timeout: Duration) -> Reply {
        let ticket = case.ticket(1);
        let response = case.response(&ticket);
        let server = Server::start(Kind::Plain, move |peer| {
            peer.request()?;
            for byte in &response {
                peer.send([*byte])?;
            }
            peer.hold()
        });
        new_client(&mut self.library, &library_config(&server, timeout));
        call(&mut self.library, ticket).reply
    }
}

/// The first request gets the case's response, all others get the correct one.
fn serve(case: &Arc<Case>, way: Way) -> Server {
    let case = Arc::clone(case);
    Server::start(way.kind, move |peer| {
        if peer.number == 0 {
            let request = peer.request()?;
            peer.send(case.response(&request.ticket()))?;
            if way.is_closed {
                return peer.close_notify();
            }
        }
        peer.serve()
    })
}

fn library_config(server: &Server, timeout: Duration) -> String {
    let mut config = server.config();
    config["serviceId"] = json!("1");
    config["accessToken"] = json!("t0ken");
    config["timeoutMs"] = json!(timeout.as_millis());
    config.to_string()
}

fn new_client(process: &mut Process, config: &str) {
    process.command("client", config.as_bytes()).expect("C can express it");
}

fn two_calls(client: &mut Process, server: &Server, case: &Case) -> Seen {
    let [first, second] = [1, 2].map(|number| call(client, case.ticket(number)));
    let requests = server.requests();
    let is_second = |ticket: &str| ticket == second.ticket;
    let is_reused =
        requests.iter().any(|request| request.connection == 0 && is_second(&request.ticket()));
    Seen { first, second, is_reused }
}

fn call(client: &mut Process, ticket: String) -> Called {
    let request = json!({ "ticket": ticket, "reason": "DENIED" }).to_string();
    let started = Instant::now();
    let reply = client.command("authorization", request.as_bytes()).expect("C can express it");
    Called { ticket, reply, elapsed: started.elapsed() }
}
