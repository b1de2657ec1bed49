//! Cases of addresses that are older than their 30 s while the name server is silent.

use std::time::Duration;

use serde_json::json;

use crate::dns::{HOME, config, server};
use crate::name_server::{Answer, NameServer, addresses};
use crate::runner::Clock;
use crate::runner::{FaultCase, Need, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![case!(short_timeouts_leave_time_for_old_addresses).needs(&[Need::PrivateNetwork])]
}

/// Longer than addresses are used without a lookup.
const PAST_TTL: Duration = Duration::from_secs(31);

/// The wait for the lookup leaves half of the time, however short, for the connection and the call.
fn short_timeouts_leave_time_for_old_addresses(runner: &Runner) {
    let names = NameServer::start(addresses(&[HOME]));
    let clock = Clock::new("stale");
    for timeouts in [
        json!({ "timeoutMs": 400 }),
        json!({ "timeoutMs": 500 }),
        json!({ "timeoutMs": 5000, "connectTimeoutMs": 400 }),
    ] {
        runner.run_in(&clock.start(), |host| {
            names.set(addresses(&[HOME]));
            clock.set_ahead(Duration::ZERO);
            let server = server();
            let mut config = config(&server, timeouts.clone());
            config["maxIdleConnections"] = json!(0);
            host.client_with(config);
            host.good();
            let lookups = names.lookups();
            names.set(Answer::Silence);
            clock.set_ahead(PAST_TTL);
            // The first waits for the lookup, the second sees that the lookup is slow.
            host.good();
            host.good();
            assert!(names.lookups() > lookups, "there was no lookup");
        });
    }
}
