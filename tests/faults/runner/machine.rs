//! The time that a process waits for a CPU, and a watchdog.

use std::fs;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// The time for which a thread has been ready to run but had no CPU, since it began (proc(5),
/// schedstat). On a loaded machine, a call is late by this much. Because it is subtracted, assertions
/// on time need neither a second try nor a generous limit.
pub fn cpu_wait(thread: &str) -> Duration {
    let path = format!("/proc/{thread}/schedstat");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let nanoseconds = text.split_whitespace().nth(1).and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap())
}

/// Kills a process that has made no progress for this long.
pub struct Watchdog(Sender<()>);

impl Watchdog {
    pub fn new(id: u32, longest_silence: Duration) -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            loop {
                match receiver.recv_timeout(longest_silence) {
                    Ok(()) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
                        return;
                    }
                }
            }
        });
        Self(sender)
    }

    pub fn is_alive(&self) {
        let _ = self.0.send(());
    }
}
