//! C ABI cases: arguments and handles. `tests/c/preamble.c` tests NULL and out-parameters.

use serde_json::json;

use crate::harness::{Kind, Peer, Server};
use crate::runner::{FaultCase, ROUNDS, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![case!(arguments_at_the_edge_of_memory), case!(handles_move_between_threads)]
}

/// Bytes that are not UTF-8, have a wrong length, or end where readable memory ends.
fn arguments_at_the_edge_of_memory(runner: &Runner) {
    let server = Server::start(Kind::Plain, Peer::serve);
    runner.program("arguments", "edges").client(&server, json!({})).run();
    assert_eq!(server.requests().len(), 2 * ROUNDS);
}

/// One thread makes the client, others use it, shut it down and free it; the log callback calls the
/// library.
fn handles_move_between_threads(runner: &Runner) {
    let server = Server::start(Kind::Tls, Peer::serve);
    for mode in ["threads", "callback"] {
        runner.program("arguments", mode).client(&server, json!({})).run();
    }
}
