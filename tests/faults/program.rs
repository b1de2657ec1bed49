//! The C programs of `tests/faults/c`: each runs one mode, in a process of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::support::{compile, run};
use crate::world::TOKEN;
use crate::world::server::{Kind, Server};

/// Compiles `tests/faults/c/NAME.c` once.
pub fn program(name: &'static str) -> PathBuf {
    static MADE: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let source = format!("tests/faults/c/{name}.c");
        compile("cc", &[&source], &format!("fault-{name}"), &["-std=gnu11", "-ldl"])
    };
    made.entry(name).or_insert_with(compile).clone()
}

/// Runs a mode, which must succeed and say nothing on stderr.
pub fn run_mode(name: &'static str, mode: &str, config: &Value, number: usize) -> String {
    let mut command = Command::new(program(name));
    command.args([mode, &config.to_string(), &number.to_string()]);
    run(command.stdin(Stdio::null()))
}

/// A configuration for `server`, with more keys.
pub fn config(server: &Server, extra: Value) -> Value {
    let mut config = server.config();
    let object = config.as_object_mut().unwrap();
    object.extend(json!({ "serviceId": "1", "accessToken": TOKEN }).as_object().unwrap().clone());
    object.extend(extra.as_object().unwrap().clone());
    config
}

/// A server that answers everything, plain and over TLS.
pub fn good_servers() -> [Server; 2] {
    [Kind::Plain, Kind::Tls].map(|kind| Server::start(kind, |peer| peer.serve()))
}
