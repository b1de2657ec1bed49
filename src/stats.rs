//! The statistics of a client in one process: counters, and their JSON form.
//!
//! Calls only increment atomics, so that they take no lock. A forked child has its own counters,
//! which start at zero.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::status::{Named, Outcome, Status};

/// A counter. It never decreases.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Serialize for Counter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.get())
    }
}

/// The events in one process.
#[derive(Debug, Default)]
pub struct Counters {
    calls: Calls,
    pub retries: Counter,
    /// The connections that were opened.
    pub opened: Counter,
    /// The attempts that used an idle connection.
    pub reused: Counter,
    closed: [Counter; CLOSE_REASONS.len()],
    pub lookups: Lookups,
    pub tls_handshakes: TlsHandshakes,
}

/// The calls by status and outcome.
#[derive(Debug, Default)]
struct Calls([[Counter; Outcome::NAMES.len()]; Status::NAMES.len()]);

/// The reason why a connection was closed.
#[derive(Clone, Copy, Debug)]
pub enum CloseReason {
    /// It was idle for `idleTimeoutMs`, or for the time in the server's Keep-Alive header.
    IdleTimeout,
    /// It was 20 to 30 minutes old.
    Age,
    /// It was no longer usable when a call was about to reuse it. Almost always, the server had
    /// closed it.
    ByServer,
    /// The API response did not permit its reuse.
    NotReusable,
    /// More than `maxIdleConnections` were idle.
    Surplus,
    /// An attempt failed on it.
    Failed,
    /// The idle connections were discarded: the client was shut down, the host stopped responding,
    /// or a call ended in a bug.
    Discarded,
}

/// The names of the close reasons, in the order of the enum.
const CLOSE_REASONS: [&str; 7] =
    ["idleTimeout", "age", "byServer", "notReusable", "surplus", "failed", "discarded"];

/// The DNS lookups that have ended.
#[derive(Debug, Default, serde::Serialize)]
pub struct Lookups {
    pub succeeded: Counter,
    pub failed: Counter,
}

/// The TLS handshakes that succeeded.
#[derive(Debug, Default, serde::Serialize)]
pub struct TlsHandshakes {
    pub full: Counter,
    pub resumed: Counter,
}

/// The result of `authlete_fail_client_stats`. For compatibility, members are added but never
/// removed or changed.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    calls: &'a Calls,
    retries: &'a Counter,
    connections: Connections<'a>,
    lookups: &'a Lookups,
    tls_handshakes: &'a TlsHandshakes,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Connections<'a> {
    opened: u64,
    reused: &'a Counter,
    idle: u64,
    in_use: u64,
    closed: Closed,
}

struct Closed([u64; CLOSE_REASONS.len()]);

impl Counters {
    pub fn count_call(&self, status: Status, outcome: Outcome) {
        let Calls(rows) = &self.calls;
        let row = rows.get(status as usize);
        if let Some(counter) = row.and_then(|row| row.get(outcome as usize)) {
            counter.increment();
        }
    }

    pub fn count_close(&self, reason: CloseReason) {
        if let Some(counter) = self.closed.get(reason as usize) {
            counter.increment();
        }
    }

    /// Returns the statistics as a JSON object. `idle` is the number of idle connections.
    pub fn to_json(&self, idle: usize) -> String {
        // Each is read once and `closed` before `opened`, so that every connection that was opened
        // is idle, in use or closed, even if other threads open and close connections meanwhile.
        let closed = self.closed.each_ref().map(Counter::get);
        let total: u64 = closed.iter().sum();
        let opened = self.opened.get().max(total);
        let open = opened - total;
        let idle = open.min(idle as u64);
        let document = Document {
            calls: &self.calls,
            retries: &self.retries,
            connections: Connections {
                opened,
                reused: &self.reused,
                idle,
                in_use: open - idle,
                closed: Closed(closed),
            },
            lookups: &self.lookups,
            tls_handshakes: &self.tls_handshakes,
        };
        serde_json::to_string(&document).unwrap_or_default()
    }
}

impl Serialize for Closed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(CLOSE_REASONS.iter().zip(&self.0))
    }
}

/// Only the pairs that occurred.
impl Serialize for Calls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for ((status, _), row) in Status::NAMES.iter().zip(&self.0) {
            if row.iter().any(|counter| counter.get() > 0) {
                map.serialize_entry(status.name(), &Row(row))?;
            }
        }
        map.end()
    }
}

struct Row<'a>(&'a [Counter]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = Outcome::NAMES.iter().zip(self.0).filter(|(_, counter)| counter.get() > 0);
        serializer.collect_map(pairs.map(|((outcome, _), counter)| (outcome.name(), counter)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::thread;

    use super::*;

    /// Other threads open and close connections while the statistics are read.
    #[test]
    fn every_opened_connection_is_idle_or_in_use_or_closed() {
        let counters = Counters::default();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..100_000 {
                        counters.opened.increment();
                        counters.count_close(CloseReason::Failed);
                    }
                });
            }
            for _ in 0..5_000 {
                let document: serde_json::Value =
                    serde_json::from_str(&counters.to_json(1)).unwrap();
                let connections = &document["connections"];
                let number = |name: &str| connections[name].as_u64().unwrap();
                let closed = connections["closed"].as_object().unwrap().values();
                let closed: u64 = closed.filter_map(serde_json::Value::as_u64).sum();
                let sum = number("idle") + number("inUse") + closed;
                assert_eq!(number("opened"), sum, "{connections}");
            }
        });
    }
}
