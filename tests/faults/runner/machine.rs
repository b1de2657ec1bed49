//! The time for which a thread waits for a CPU, and a watchdog.

use std::fs;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// The total time for which a thread was runnable but had no CPU (proc(5), schedstat). On a loaded
/// machine, it delays calls. Timing assertions subtract it, so they need neither retries nor
/// generous limits.
pub fn cpu_wait(thread: &str) -> Duration {
    let path = format!("/proc/{thread}/schedstat");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let nanoseconds = text.split_whitespace().nth(1).and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap())
}

/// Kills a process unless it is reset at least every `longest_silence`.
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

    pub fn reset(&self) {
        let _ = self.0.send(());
    }
}
