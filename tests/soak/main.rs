//! The soak (`make soak`): programs in C, C++ and Python call a scripted server over plain HTTP and
//! TLS for a long time, while the name server fails now and then.
//!
//! - `clients/soak.{c,cpp,py}`: each program has 16 threads that share its clients, one for each
//!   lane and protocol; the programs differ in their pools. They call in bursts with pauses between
//!   them, about 200 calls/s in all, choose a behaviour at random, and print the result of each call.
//!   The C program forks every second; its children call through the inherited clients. It also
//!   runs with a single thread, against a server that sends stray responses.
//! - [`behaviours`]: the table of what the server does with a ticket and what the result must be. Its
//!   entries are in [`responses`].
//! - [`server`]: follows the table, and adds each request to the [`record`] before it responds.
//! - [`check`]: compares each printed result with the table and the record: status, outcome, ticket
//!   state, attempts, HTTP status, Retry-After, the response, and whether it contains the call's ticket.
//! - [`report`]: calls, latency, memory, descriptors and threads over time, which must stay flat.
//!
//! Everything runs in private namespaces (`network`), with a name server that is silent
//! or fails for 40 of 60 seconds. Addresses are fresh for 30 seconds, so calls have to use stale
//! ones.

#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../harness/mod.rs"]
mod harness;
#[path = "../harness/name_server.rs"]
mod name_server;
#[path = "../harness/network.rs"]
mod network;
#[path = "../support/mod.rs"]
mod support;

mod behaviours;
mod check;
mod program;
mod record;
mod report;
mod responses;
mod server;

use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use behaviours::{LANES, Lane, TABLE};
use check::Checker;
use harness::{Server, certificate};
use name_server::{Answer, NameServer, addresses};
use network::isolated;
use program::Program;
use record::Record;
use report::Figures;
use support::{ROOT, compile, library};

const HOST: &str = "authlete.test";
const THREADS: usize = 16;
const CLIENTS: usize = 2 * LANES.len();

/// In the order of the lanes. The short one is the duration of a stalled call.
const TIMEOUTS: [Duration; LANES.len()] = [
    Duration::from_secs(10),
    Duration::from_millis(400),
    Duration::from_secs(10),
    Duration::from_secs(10),
];

/// Shorter runs would not use stale addresses.
const MIN_TIME: Duration = Duration::from_secs(60);

/// What the name server does, from which second of each minute on.
const OUTAGE: [(u64, fn() -> Answer); 4] = [
    (0, || addresses(&["127.0.0.1"])),
    (15, || Answer::Silence),
    (40, || Answer::ServerFailure),
    (55, || addresses(&["127.0.0.1"])),
];

/// The maximum share of calls of the hasty lane that the server may never see because the machine
/// was busy. If a call waited 500 ms for a lookup before it used a stale address, the share would
/// be one in twelve.
const MAX_UNSEEN_SHARE: f64 = 0.03;

/// glibc keeps what a thread freed in an arena of that thread: with 16 threads and responses of a
/// megabyte, memory would rise for a quarter of an hour without a leak.
const ALLOCATOR: [(&str, &str); 2] =
    [("MALLOC_ARENA_MAX", "1"), ("MALLOC_MMAP_THRESHOLD_", "65536")];

/// A program, before it runs.
struct Plan {
    name: &'static str,
    command: Command,
    threads: usize,
    lanes: &'static [Lane],
    /// Further keys of its clients: the programs differ in their pools.
    config: Value,
}

#[test]
#[ignore = "make soak"]
fn soak() {
    let seconds = std::env::var("SOAK_SECONDS").expect("soak.mk sets SOAK_SECONDS");
    let time = Duration::from_secs(seconds.parse().expect("a number of seconds"));
    assert!(time >= MIN_TIME, "SOAK_SECONDS is {seconds}; the minimum is {}", MIN_TIME.as_secs());
    let plans = plans();
    isolated(|_| run(time, plans));
}

fn plans() -> Vec<Plan> {
    const SHARED: &[Lane] = &[Lane::Main, Lane::Hasty, Lane::Rough];
    let c = compile("cc", &["tests/soak/clients/soak.c"], "soak-c", &["-std=c11"]);
    let cpp = compile("c++", &["tests/soak/clients/soak.cpp"], "soak-cpp", &["-std=c++17"]);
    let mut python = Command::new("python3");
    python
        .arg(format!("{ROOT}/tests/soak/clients/soak.py"))
        .env("PYTHONPATH", format!("{ROOT}/bindings/python"))
        .env("AUTHLETE_FAIL_LIBRARY", library());
    let plan =
        |name, command, config| Plan { name, command, threads: THREADS, lanes: SHARED, config };
    vec![
        plan("C", Command::new(&c), json!({})),
        plan("C++", Command::new(cpp), json!({ "maxIdleConnections": 2 })),
        plan("Python", python, json!({ "idleTimeoutMs": 300 })),
        Plan { threads: 1, lanes: &[Lane::Single], ..plan("C-1", Command::new(&c), json!({})) },
    ]
}

fn run(time: Duration, plans: Vec<Plan>) {
    let name_server = NameServer::start(OUTAGE[0].1());
    let checker = Arc::new(Checker::new(Arc::new(Record::default()), TIMEOUTS));
    let (_servers, configs): (Vec<_>, Vec<_>) = start_servers(&checker.record).into_iter().unzip();
    println!("soak: {} s, {} behaviours, plain and TLS", time.as_secs(), TABLE.len());
    let (mut programs, mut figures): (Vec<_>, Vec<_>) = plans
        .into_iter()
        .map(|plan| {
            let bounds = bounds(&plan);
            let program = start(plan, &configs, &checker);
            let figures = Figures::new(&program, bounds);
            (program, figures)
        })
        .unzip();
    programs.iter_mut().for_each(Program::begin);
    let failed_lookups = watch(time, &name_server, &programs, &mut figures);

    let mut problems = Vec::new();
    for (program, figures) in programs.iter_mut().zip(&figures) {
        program.finish();
        problems.extend(program.check_leaks(figures.at_start()).err());
        problems.extend(figures.problems());
    }
    problems.extend(programs.into_iter().filter_map(|program| program.end().err()));
    checker.check_late_requests();
    let violations = checker.print();
    problems.extend(untested(&checker, failed_lookups));
    assert!(problems.is_empty() && violations == 0, "{violations} violations; {problems:#?}");
}

fn start(mut plan: Plan, configs: &[Value], checker: &Arc<Checker>) -> Program {
    plan.command.args([plan.threads, CLIENTS].map(|number| number.to_string()));
    for config in configs {
        let mut config = config.as_object().unwrap().clone();
        config.extend(plan.config.as_object().unwrap().clone());
        plan.command.arg(Value::Object(config).to_string());
    }
    plan.command.args(choices(plan.lanes)).envs(ALLOCATOR);
    Program::start(plan.name, plan.command, checker)
}

/// The servers of all lanes; the configurations of their clients in the order of `choices`.
fn start_servers(record: &Arc<Record>) -> Vec<(Server, Value)> {
    let protocols = LANES.iter().enumerate().flat_map(|lane| [(lane, false), (lane, true)]);
    let start = |((index, lane), is_tls): ((usize, &Lane), bool)| {
        let server = server::start(*lane, is_tls, record);
        let scheme = if is_tls { "https" } else { "http" };
        let config = json!({
            "baseUrl": format!("{scheme}://{HOST}:{}", server.port()),
            "allowInsecureHttp": !is_tls,
            "caPem": certificate().0,
            "serviceId": "1",
            "accessToken": "soak",
            "timeoutMs": TIMEOUTS[index].as_millis(),
            "logLevel": "error",
        });
        (server, config)
    };
    protocols.map(start).collect()
}

/// The choices of a program: the index of a client and a behaviour, repeated by its weight.
fn choices(lanes: &[Lane]) -> Vec<String> {
    let choices = |behaviour: &behaviours::Behaviour| {
        let lane = LANES.iter().position(|lane| *lane == behaviour.lane).unwrap();
        let both = [2 * lane, 2 * lane + 1].map(|index| format!("{index} {}", behaviour.name));
        vec![both; behaviour.weight].concat()
    };
    TABLE.iter().filter(|behaviour| lanes.contains(&behaviour.lane)).flat_map(choices).collect()
}

/// The descriptors and threads that a program may have open: the idle connections, as many as its
/// threads needed at once and its pools keep; one connection for each thread; one lookup for each
/// client.
fn bounds(plan: &Plan) -> [usize; 2] {
    const LOOKUP_DESCRIPTORS: usize = 3;
    let clients = 2 * plan.lanes.len();
    let max_idle = plan.config["maxIdleConnections"].as_u64().unwrap_or(64) as usize;
    let descriptors = clients * (max_idle.min(plan.threads) + LOOKUP_DESCRIPTORS) + plan.threads;
    [descriptors, plan.threads + clients]
}

/// Takes samples, ten in a short run, otherwise each minute, and makes the name server fail.
/// Returns how many lookups failed.
fn watch(
    time: Duration,
    name_server: &NameServer,
    programs: &[Program],
    figures: &mut [Figures],
) -> usize {
    let interval = (time / 10).min(Duration::from_secs(60));
    let start = Instant::now();
    let (mut next, mut phase, mut lookups, mut failed) = (interval, 0, 0, 0);
    Figures::print_header();
    while next <= time {
        thread::sleep(Duration::from_millis(100));
        let elapsed = start.elapsed();
        let second = elapsed.as_secs() % 60;
        let phase_now = OUTAGE.iter().rposition(|(from, _)| *from <= second).unwrap();
        if phase_now != phase {
            let lookups_before = std::mem::replace(&mut lookups, name_server.lookups());
            let is_outage = !matches!(OUTAGE[phase].1(), Answer::Addresses(_));
            failed += if is_outage { lookups - lookups_before } else { 0 };
            phase = phase_now;
            name_server.set(OUTAGE[phase].1());
        }
        if elapsed >= next {
            for (program, figures) in programs.iter().zip(figures.iter_mut()) {
                figures.sample(program, elapsed, interval);
            }
            next += interval;
        }
    }
    failed
}

/// What the run should have tested but did not.
fn untested(checker: &Checker, failed_lookups: usize) -> Vec<String> {
    let (child_calls, excused) = checker.child_and_excused_calls();
    let mut problems = Vec::new();
    for behaviour in TABLE {
        if checker.count(behaviour.name, |_| true) == 0 {
            problems.push(format!("no call of the behaviour {}", behaviour.name));
        }
    }
    for (count, what) in [
        (checker.count("good", |result| result.contains("attempts 2")), "good call was repeated"),
        (child_calls, "call in a forked child"),
        (failed_lookups, "lookup during the DNS outage"),
    ] {
        if count == 0 {
            problems.push(format!("no {what}"));
        }
    }
    let hasty = TABLE.iter().filter(|behaviour| behaviour.lane == Lane::Hasty);
    let of_hasty = |filter: fn(&str) -> bool| -> usize {
        hasty.clone().map(|behaviour| checker.count(behaviour.name, filter)).sum()
    };
    let (all, unseen) = (of_hasty(|_| true), of_hasty(|result| result.contains("UNTOUCHED")));
    if unseen as f64 > all as f64 * MAX_UNSEEN_SHARE {
        problems.push(format!("{unseen} of {all} calls with a short timeout were never sent"));
    }
    println!(
        "{child_calls} calls in forked children, {failed_lookups} failed lookups, \
         {unseen} of {all} calls with a short timeout not sent, {excused} results not checked",
    );
    problems
}
