//! What the soak uses of the fault suite: namespaces, name server, and the server's end of a connection.

#[path = "../faults/harness/dns.rs"]
pub mod dns;
#[path = "../faults/harness/net.rs"]
pub mod net;
#[path = "../faults/world/peer.rs"]
pub mod peer;
#[path = "../faults/world/server.rs"]
pub mod server;

/// How long anything may take before the test fails.
pub const TEST_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);
