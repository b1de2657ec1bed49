//! The fault suite: the library under network, TLS, process and memory faults.
//!
//! `cargo test --test faults -- --list` lists the cases. `README.md` explains how to write one.

#![allow(
    missing_docs,
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

mod certificates;
mod runner;
mod tls_records;

mod addresses;
mod arguments;
mod diagnostics;
mod dns;
mod dpop;
mod early;
mod framing;
mod general;
mod http;
mod idle;
mod inherited_dns;
mod keepalive;
mod lifetimes;
mod log;
mod memory;
mod methods;
mod moved;
mod nat;
mod own_headers;
mod pool;
mod process;
mod proxy;
mod repeat;
mod secrets;
mod statistics;
mod stray;
mod stream;
mod system_calls;
mod tcp;
mod threads;
mod tls;
mod tls_close;
mod tls_idle;
mod values;
mod wiped;

use std::num::NonZero;
use std::process::ExitCode;
use std::thread;

use libtest_mimic::Arguments;
use runner::FaultCase;

/// The cases of these modules.
macro_rules! cases_of {
    ($($module:ident)*) => {
        [$($module::cases()),*].into_iter().flatten().collect()
    };
}

fn cases() -> Vec<FaultCase> {
    cases_of! {
        addresses arguments diagnostics dns dpop early framing general http idle inherited_dns keepalive lifetimes log memory methods moved nat own_headers
        pool process proxy repeat secrets statistics stray stream system_calls tcp threads tls tls_close tls_idle values wiped
    }
}

fn main() -> ExitCode {
    let trials = cases().into_iter().map(FaultCase::into_trial).collect();
    let mut arguments = Arguments::from_args();
    // More threads than cores, because most cases wait for a timeout.
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    arguments.test_threads.get_or_insert(2 * cores);
    libtest_mimic::run(&arguments, trials).exit_code()
}
