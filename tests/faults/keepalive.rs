//! Keep-alive cases. The server is nginx, which may close an idle connection at any time.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::certificates::file;
use crate::harness::{Kind, Peer, Server};
use crate::runner::load::{Load, Totals};
use crate::runner::{Daemon, FaultCase, NGINX, Runner, case};
use crate::support::unused_address;

pub fn cases() -> Vec<FaultCase> {
    use Kind::{Plain, Tls};
    vec![
        case!(idle_timeout, at_the_idle_timeout(Plain, 125, 2)).needs(NGINX),
        case!(idle_timeout_over_tls, at_the_idle_timeout(Tls, 125, 2)).needs(NGINX),
        case!(idle_timeout_10_000, at_the_idle_timeout(Plain, 250, 14)).needs(NGINX).deep(),
        case!(idle_timeout_10_000_over_tls, at_the_idle_timeout(Tls, 250, 14)).needs(NGINX).deep(),
        case!(nginx_closes_after_three_requests).needs(NGINX),
        case!(the_server_behind_nginx_is_down).needs(NGINX),
    ]
}

/// nginx in front of a scripted server, which records the requests.
struct Nginx {
    _nginx: Daemon,
    port: u16,
    kind: Kind,
    authlete: Server,
}

impl Nginx {
    fn start(name: &str, kind: Kind, settings: &str) -> Self {
        let authlete = Server::start(Kind::Plain, Peer::serve);
        let port = unused_address().port();
        let (pem, key) = (file("good.pem"), file("good.key"));
        let ssl = if kind == Kind::Plain { "" } else { "ssl" };
        let server = format!(
            "server {{
                 listen 127.0.0.1:{port} {ssl} backlog=1024; {settings}
                 ssl_certificate {pem}; ssl_certificate_key {key};
                 location / {{ proxy_pass http://{}; }}
             }}",
            authlete.address()
        );
        let nginx = Daemon::nginx(&format!("{name}-{kind:?}"), &server, &[port]);
        Self { _nginx: nginx, port, kind, authlete }
    }

    fn config(&self) -> Value {
        let scheme = if self.kind == Kind::Plain { "http" } else { "https" };
        json!({
            "baseUrl": format!("{scheme}://127.0.0.1:{}", self.port), "caFile": file("ca.pem"),
        })
    }

    /// Runs a load, and asserts that every call succeeds and is processed once.
    fn run(&self, runner: &Runner, load: &Load) -> Totals {
        let before = self.authlete.requests().len();
        let totals = load.run(runner, self.config());
        totals.all_good();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for request in &self.authlete.requests()[before..] {
            *counts.entry(request.ticket()).or_default() += 1;
        }
        assert_eq!(counts.len(), totals.calls);
        assert!(counts.values().all(|count| *count == 1), "a call was processed twice");
        totals
    }
}

/// Ranges of pauses, in milliseconds, between the calls on a connection that nginx keeps for a second.
const AROUND_A_SECOND: [(u64, u64); 6] =
    [(985, 1010), (995, 1005), (985, 995), (998, 1002), (980, 990), (1000, 1010)];

/// The minimum number of calls that race with nginx: the connection is still open when the library
/// checks it, but nginx closes it before it reads the request, so the library retries.
const RACES: usize = 3;

/// Makes calls when nginx closes the connection, with one range of pauses after the other until enough
/// calls have raced with nginx.
fn at_the_idle_timeout(kind: Kind, threads: usize, rounds: usize) -> impl Fn(&Runner) {
    move |runner| {
        let nginx = Nginx::start(&format!("idle-{threads}"), kind, "keepalive_timeout 1s;");
        let mut races = 0;
        for (min, max) in AROUND_A_SECOND {
            let pause = (Duration::from_millis(min), Duration::from_millis(max));
            let totals = nginx.run(runner, &Load { threads, rounds, pause, is_shared: false });
            races += totals.number("retried");
            if races >= RACES {
                return;
            }
        }
        panic!("only {races} calls raced with nginx");
    }
}

fn nginx_closes_after_three_requests(runner: &Runner) {
    for kind in [Kind::Plain, Kind::Tls] {
        let nginx = Nginx::start("three", kind, "keepalive_requests 3;");
        nginx.run(runner, &Load::at_once(8, 125));
    }
}

fn the_server_behind_nginx_is_down(runner: &Runner) {
    let nginx = Nginx::start("502", Kind::Plain, "");
    nginx.authlete.stop_listening();
    let totals = Load::at_once(4, 5).run(runner, nginx.config());
    assert_eq!((totals.number("failed"), totals.number("retried")), (totals.calls, 0));
    assert!(totals.error.starts_with("http: Authlete responded with status 502"), "{totals:?}");
}
