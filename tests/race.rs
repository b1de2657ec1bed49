//! One client and many threads. Runs in every test run and, longer, under ThreadSanitizer (`make tsan`).

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod harness;
mod support;

use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, RwLock};
use std::thread;
use std::time::Duration;

use authlete_fail::ffi::Status;
use authlete_fail_sandbox::{Options, Sandbox, Service, Tls};
use harness::client::{Call, Client, Reply};
use serde_json::{Value, json};

const THREADS: usize = 64;

/// Multiplies `count` by `AUTHLETE_FAIL_ROUNDS`, if it is set (`make tsan`).
fn times(count: usize) -> usize {
    let rounds = std::env::var("AUTHLETE_FAIL_ROUNDS").ok().and_then(|text| text.parse().ok());
    count * rounds.unwrap_or(1)
}

static LINES: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count_line(_: *mut c_void, _: i32, _: *const c_char, _: usize) {
    LINES.fetch_add(1, Ordering::Relaxed);
}

/// A sandbox, and the certificate that its clients trust.
struct Backend {
    sandbox: Sandbox,
    roots: Option<String>,
}

impl Backend {
    fn plain() -> Self {
        Self { sandbox: Sandbox::start(Options::default()).unwrap(), roots: None }
    }

    fn tls() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate_pem = made.cert.pem();
        let tls = Tls { certificate_pem, key_pem: made.signing_key.serialize_pem() };
        let options = Options { tls: Some(tls), ..Options::default() };
        Self { sandbox: Sandbox::start(options).unwrap(), roots: Some(made.cert.pem()) }
    }

    fn client(&self, more: Value) -> Client {
        let service = Service::defaults().remove(0);
        let mut config = json!({
            "baseUrl": self.sandbox.base_url(),
            "serviceId": service.service_id,
            "accessToken": service.access_token,
            "timeoutMs": 60_000,
            "connectTimeoutMs": 60_000,
            "logLevel": "debug",
        });
        let config_members = config.as_object_mut().unwrap();
        config_members.extend(more.as_object().unwrap().clone());
        if let Some(roots) = &self.roots {
            config_members.insert("caPem".to_owned(), json!(roots));
        }
        Client::accepted(config.to_string(), Some(count_line))
    }
}

/// Makes a call with a description that the response must contain, to detect the response to another
/// call.
fn call(client: &Client, number: usize) -> Reply {
    let request = json!({ "reason": "ACCESS_DENIED", "errorDescription": format!("n{number}") });
    let reply = client.call(Call::BackchannelAuthentication, request.to_string());
    if reply.status() == Status::Ok {
        let body: Value = serde_json::from_str(reply.body()).unwrap();
        assert_eq!(body["error_description"], format!("n{number}"), "the response to another call");
    }
    reply
}

/// Runs `work` on all threads at once, each time with a different number.
fn on_all_threads(rounds: usize, work: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for index in 0..THREADS {
            let work = &work;
            scope.spawn(move || (0..rounds).for_each(|round| work(index * rounds + round)));
        }
    });
}

fn check_ok(reply: &Reply) {
    assert_eq!(reply.status(), Status::Ok, "{}", reply.error());
}

/// Some threads open connections early, and others make calls on them.
#[test]
fn threads_connect_and_call() {
    for backend in [Backend::plain(), Backend::tls()] {
        for more in [json!({}), json!({ "maxIdleConnections": 2 })] {
            let client = backend.client(more);
            on_all_threads(times(4), |number| {
                if number % 2 == 0 {
                    check_ok(&client.connect());
                } else {
                    check_ok(&call(&client, number));
                }
            });
        }
    }
}

/// With few idle connections, or a short idle time, connections are closed while others are opened.
#[test]
fn threads_share_a_client() {
    for backend in [Backend::plain(), Backend::tls()] {
        for (more, rounds) in [
            (json!({}), 4),
            (json!({ "maxIdleConnections": 0 }), 1),
            (json!({ "maxIdleConnections": 2 }), 1),
            (json!({ "idleTimeoutMs": 0 }), 1),
            (json!({ "idleTimeoutMs": 1 }), 1),
        ] {
            let client = backend.client(more);
            let before = LINES.load(Ordering::Relaxed);
            on_all_threads(times(rounds), |number| check_ok(&call(&client, number)));
            assert!(LINES.load(Ordering::Relaxed) - before >= THREADS * times(rounds));
        }
    }
}

#[test]
fn threads_read_one_reply() {
    let backend = Backend::plain();
    let client = backend.client(json!({}));
    let reply = call(&client, 7);
    let body = reply.body();
    let (address, status) = (body.as_ptr() as usize, reply.status());
    on_all_threads(times(4), |_| {
        assert_eq!(reply.status(), status);
        assert_eq!(reply.body().as_ptr() as usize, address);
        assert!(reply.body().contains("n7"));
    });
}

/// The first use builds the text. All threads get the same text, even if several build it.
#[test]
fn threads_make_the_diagnostics_of_one_reply() {
    let backend = Backend::plain();
    let client = backend.client(json!({}));
    for number in 0..times(50) {
        let reply = call(&client, number);
        let at_once = Barrier::new(8);
        let read = || {
            at_once.wait();
            let diagnostics: Value = serde_json::from_str(reply.diagnostics()).unwrap();
            assert_eq!(diagnostics["durationUs"], reply.duration_us());
            reply.diagnostics().as_ptr() as usize
        };
        let addresses: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(read)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(addresses, [reply.diagnostics().as_ptr() as usize; 8]);
    }
}

/// The statistics are read while calls begin and end on other threads.
#[test]
fn threads_call_and_read_the_statistics() {
    for backend in [Backend::plain(), Backend::tls()] {
        let client = backend.client(json!({ "maxIdleConnections": 2 }));
        on_all_threads(times(2), |number| {
            if number % 4 == 0 {
                let _: Value = serde_json::from_str(&client.stats()).unwrap();
            } else {
                check_ok(&call(&client, number));
            }
        });
        let stats: Value = serde_json::from_str(&client.stats()).unwrap();
        let calls = THREADS * times(2) * 3 / 4;
        assert_eq!(stats["calls"], json!({ "OK": { "DELIVERED": calls } }));
        assert_eq!(stats["connections"]["inUse"], 0);
    }
}

#[test]
fn shutdown_ends_calls_on_every_thread() {
    for backend in [Backend::plain(), Backend::tls()] {
        for round in 0..times(2) {
            let client = backend.client(json!({}));
            let has_ended = AtomicUsize::new(0);
            thread::scope(|scope| {
                for index in 0..THREADS {
                    let (client, has_ended) = (&client, &has_ended);
                    scope.spawn(move || {
                        let last = (0..).map(|n| match n % 4 {
                            0 => client.connect(),
                            _ => call(client, n * THREADS + index),
                        });
                        let last = last.map(|reply| reply.status()).find(|it| *it != Status::Ok);
                        assert_eq!(last, Some(Status::Shutdown));
                        has_ended.fetch_add(1, Ordering::Relaxed);
                    });
                }
                // The calls are in a different phase in each round.
                thread::sleep(Duration::from_millis(3 + 11 * round as u64));
                thread::scope(|scope| {
                    for _ in 0..3 {
                        scope.spawn(|| client.shutdown());
                    }
                });
            });
            assert_eq!(has_ended.into_inner(), THREADS);
        }
    }
}

/// Token rotation: make a new client, swap it in, free the old one after its last call.
#[test]
fn a_client_is_replaced_while_threads_call() {
    let backend = Backend::plain();
    let current = RwLock::new(Arc::new(backend.client(json!({}))));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let replacing = scope.spawn(|| {
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                let new = Arc::new(backend.client(json!({ "maxIdleConnections": count % 3 })));
                drop(std::mem::replace(&mut *current.write().unwrap(), new));
                count += 1;
                thread::sleep(Duration::from_millis(1));
            }
            count
        });
        on_all_threads(times(4), |number| {
            let client = Arc::clone(&current.read().unwrap());
            check_ok(&call(&client, number));
        });
        is_over.store(true, Ordering::Relaxed);
        assert!(replacing.join().unwrap() > 0);
    });
}

/// One thread looks up the name for all calls that wait for it.
#[test]
fn threads_wait_for_one_lookup() {
    let backend = Backend::plain();
    let url = backend.sandbox.base_url().replace("127.0.0.1", "localhost");
    for is_ended in [false, true] {
        let client = backend.client(json!({ "baseUrl": url, "allowInsecureHttp": true }));
        thread::scope(|scope| {
            if is_ended {
                scope.spawn(|| client.shutdown());
            }
            on_all_threads(1, |number| {
                let status = call(&client, number).status();
                assert!(status == Status::Ok || (is_ended && status == Status::Shutdown));
            });
        });
    }
}

/// ThreadSanitizer must report this race; without it, the test does nothing.
#[test]
#[ignore = "make tsan"]
#[allow(unsafe_code, reason = "a race on purpose")]
fn a_planted_race() {
    static mut COUNT: usize = 0;
    on_all_threads(100, |number| {
        let count = &raw mut COUNT;
        // SAFETY: none: this is a data race on purpose.
        unsafe { count.write_volatile(number) };
    });
}
