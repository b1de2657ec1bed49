//! Keep-alive cases. The server is nginx, which may close an idle connection at any time.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::certificates::file;
use crate::harness::{Kind, Peer, Server};
use crate::runner::load::{Load, Totals};
use crate::runner::{Daemon, FaultCase, NGINX, ROUNDS, Runner, case};
use crate::support::unused_address;

pub fn cases() -> Vec<FaultCase> {
    use Kind::{Plain, Tls};
    vec![
        case!(idle_timeout, at_the_idle_timeout(Plain, A_SECOND)).needs(NGINX),
        case!(idle_timeout_over_tls, at_the_idle_timeout(Tls, A_SECOND)).needs(NGINX),
        case!(idle_timeout_10_000, at_the_idle_timeout(Plain, OFTEN)).needs(NGINX).deep(),
        case!(idle_timeout_10_000_over_tls, at_the_idle_timeout(Tls, OFTEN)).needs(NGINX).deep(),
        case!(idle_timeout_of_75_s, at_the_idle_timeout(Plain, within_50_ms(75)))
            .needs(NGINX)
            .deep(),
        case!(idle_timeout_of_75_s_over_tls, at_the_idle_timeout(Tls, within_50_ms(75)))
            .needs(NGINX)
            .deep(),
        case!(idle_timeout_of_20_s, at_the_idle_timeout(Plain, within_50_ms(20)))
            .needs(NGINX)
            .deep(),
        case!(idle_timeout_of_20_s_over_tls, at_the_idle_timeout(Tls, within_50_ms(20)))
            .needs(NGINX)
            .deep(),
        case!(idle_timeout_of_5_s, at_the_idle_timeout(Plain, within_50_ms(5))).needs(NGINX).deep(),
        case!(idle_timeout_of_5_s_over_tls, at_the_idle_timeout(Tls, within_50_ms(5)))
            .needs(NGINX)
            .deep(),
        case!(nginx_closes_after_three_requests).needs(NGINX),
        case!(the_server_behind_nginx_is_down).needs(NGINX),
    ]
}

/// nginx in front of a scripted server, which records the requests.
pub struct Nginx {
    _nginx: Daemon,
    pub port: u16,
    kind: Kind,
    pub authlete: Server,
}

impl Nginx {
    pub fn start(name: &str, kind: Kind, settings: &str) -> Self {
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

    pub fn config(&self) -> Value {
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

/// Calls on connections that are idle for about as long as nginx keeps them.
struct Boundary {
    keepalive_timeout_s: i64,
    /// Ranges of pauses, in milliseconds after the timeout.
    pauses: &'static [(i64, i64)],
    threads: usize,
    rounds: usize,
    repeats: usize,
}

/// The minimum number of calls that race with nginx: the connection is still open when the library
/// checks it, but nginx closes it before it reads the request, so the library retries.
const RACES: usize = 3;

/// With one range of pauses after the other, until enough calls have raced with nginx.
const A_SECOND: Boundary = Boundary {
    keepalive_timeout_s: 1,
    pauses: &[(-15, 10), (-5, 5), (-15, -5), (-2, 2), (-20, -10), (0, 10)],
    threads: 125,
    rounds: 2,
    repeats: ROUNDS,
};

const OFTEN: Boundary = Boundary { threads: 250, rounds: 14, ..A_SECOND };

/// Two calls of each thread on idle connections: about 2,000 with the three timeouts together. The most
/// likely pause is 2 ms shorter than the timeout, because nginx starts its timer before the client has
/// received the response.
fn within_50_ms(keepalive_timeout_s: i64) -> Boundary {
    let pauses = &[(-52, 48)];
    Boundary { keepalive_timeout_s, pauses, threads: 334, rounds: 1 + 2, repeats: 1 }
}

fn at_the_idle_timeout(kind: Kind, boundary: Boundary) -> impl Fn(&Runner) {
    move |runner| {
        let Boundary { keepalive_timeout_s, pauses, threads, rounds, repeats } = boundary;
        let settings = format!("keepalive_timeout {keepalive_timeout_s}s;");
        let name = format!("idle-{keepalive_timeout_s}-{threads}");
        let nginx = Nginx::start(&name, kind, &settings);
        let timeout_ms = keepalive_timeout_s * 1000;
        let pause = |after: i64| Duration::from_millis((timeout_ms + after) as u64);
        let mut races = 0;
        for &(min, max) in pauses {
            let pause = (pause(min), pause(max));
            let load = Load { threads, rounds, repeats, pause, is_shared: false };
            races += nginx.run(runner, &load).number("retried");
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
