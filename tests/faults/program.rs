//! The C programs of `tests/faults/c`: each runs one mode, in a process of its own.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::{Value, json};

use crate::support::{compile, run};
use crate::world::TOKEN;
use crate::world::server::{Kind, Server};

type Programs = HashMap<&'static str, Arc<OnceLock<PathBuf>>>;

/// Compiles `tests/faults/c/NAME.c` once.
pub fn program(name: &'static str) -> PathBuf {
    static MADE: Mutex<Option<Programs>> = Mutex::new(None);
    let cell = {
        let mut made = MADE.lock().unwrap();
        Arc::clone(made.get_or_insert_default().entry(name).or_default())
    };
    let source = format!("tests/faults/c/{name}.c");
    let flags = ["-std=gnu11", "-ldl"];
    cell.get_or_init(|| compile("cc", &[&source], &format!("fault-{name}"), &flags)).clone()
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
