//! What the kernel knows about threads and sockets, and a watchdog.

use std::fs;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// The total time for which a thread was runnable but had no CPU (proc(5), schedstat). On a loaded
/// machine, it delays calls. Timing assertions subtract it, so they need neither retries nor
/// generous limits.
pub fn cpu_wait(thread: &str) -> Duration {
    let path = format!("/proc/{thread}/schedstat");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let nanoseconds = text.split_whitespace().nth(1).and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap())
}

/// Waits until no connection to `port` is established from this network namespace. A connection that
/// the server has closed is no longer established.
pub fn wait_for_end_of_connections(port: u16, longest: Duration) {
    let end = Instant::now() + longest;
    while has_connection(port) {
        assert!(Instant::now() < end, "a connection still exists after {longest:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a client has an established connection to `port`.
fn has_connection(port: u16) -> bool {
    has_socket(port, |columns| columns[3] == "01")
}

/// Whether something that a client in this network namespace has sent to `port` is unacknowledged.
pub fn has_unacknowledged(port: u16) -> bool {
    has_socket(port, |columns| !columns[4].starts_with("00000000:"))
}

/// Whether /proc/net/tcp has a socket with this remote port that meets a condition. Column 3 is the
/// state, and column 4 begins with the length of the send queue.
fn has_socket(port: u16, condition: impl Fn(&[&str]) -> bool) -> bool {
    let table = fs::read_to_string("/proc/thread-self/net/tcp").unwrap();
    let remote = format!(":{port:04X}");
    table.lines().skip(1).any(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        columns[2].ends_with(&remote) && condition(&columns)
    })
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
