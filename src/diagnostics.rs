//! The diagnostics of a call: its connections and the duration of each step.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::config::BaseUrl;
use crate::endpoint::Endpoint;
use crate::retry::Attempts;
use crate::transport::{AttemptError, Method, Progress};

/// The details of a call.
#[derive(Debug)]
pub struct Diagnostics {
    /// `None` for `authlete_fail_client_connect`.
    pub endpoint: Option<Endpoint>,
    /// `None` if the call was refused before its options were read, and for
    /// `authlete_fail_client_connect`.
    pub method: Option<Method>,
    pub server: Arc<BaseUrl>,
    /// The errors of all attempts but the last one, linked.
    previous: Option<Box<AttemptError>>,
    /// `None` if there was no attempt.
    last: Option<Progress>,
}

/// The result of `authlete_fail_reply_diagnostics`. For compatibility, members are added but never
/// removed or changed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    endpoint: &'a str,
    method: Option<&'a str>,
    server_address: &'a str,
    server_port: u16,
    duration_us: i64,
    retry_cause: Option<String>,
    attempts: Vec<Attempt>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attempt {
    connection: Option<&'static str>,
    peer_address: Option<String>,
    peer_port: Option<u16>,
    tls_version: Option<&'static str>,
    tls_resumed: Option<bool>,
    dns_us: Option<u64>,
    tcp_us: Option<u64>,
    proxy_us: Option<u64>,
    tls_us: Option<u64>,
    wait_us: Option<u64>,
    body_us: Option<u64>,
}

impl Diagnostics {
    /// The diagnostics of a call that was refused before it made an attempt.
    pub fn of_refused(endpoint: Option<Endpoint>, server: Arc<BaseUrl>) -> Self {
        Self { endpoint, method: None, server, previous: None, last: None }
    }

    /// Adds the attempts, the last one of which ended with `last`.
    pub fn add_attempts(&mut self, attempts: Attempts, last: Progress) {
        self.previous = attempts.previous;
        self.last = Some(last);
    }

    /// The name of the call: the path of a known endpoint, "other" or "connect".
    pub fn name(&self) -> &'static str {
        self.endpoint.map_or("connect", |endpoint| endpoint.path().unwrap_or("other"))
    }

    /// The errors of all attempts but the last one, or `None` if there was only one attempt.
    pub fn retry_cause(&self) -> Option<String> {
        self.previous.as_ref()?;
        let errors: Vec<_> = self.earlier().map(|error| error.error.to_string()).collect();
        Some(errors.join("; then "))
    }

    /// The errors of all attempts but the last one, the first one first.
    fn earlier(&self) -> impl Iterator<Item = &AttemptError> {
        let mut errors: Vec<_> = self.previous.iter().flat_map(|error| error.chain()).collect();
        errors.reverse();
        errors.into_iter()
    }

    /// The progress of the last attempt.
    pub fn last(&self) -> Option<&Progress> {
        self.last.as_ref()
    }

    pub fn to_json(&self, duration_us: i64) -> String {
        let earlier = self.earlier().map(|error| &error.progress);
        let document = Document {
            endpoint: self.name(),
            method: self.method.map(Method::name),
            server_address: &self.server.host,
            server_port: self.server.port,
            duration_us,
            retry_cause: self.retry_cause(),
            attempts: earlier.chain(self.last()).map(attempt).collect(),
        };
        serde_json::to_string(&document).unwrap_or_default()
    }
}

fn attempt(progress: &Progress) -> Attempt {
    let opening = &progress.opening;
    let tls = progress.peer.and_then(|peer| peer.tls);
    Attempt {
        connection: progress.connection(),
        peer_address: progress.peer.map(|peer| peer.address.ip().to_string()),
        peer_port: progress.peer.map(|peer| peer.address.port()),
        tls_version: tls.map(|tls| tls.version.name()),
        tls_resumed: tls.map(|tls| tls.is_resumed),
        dns_us: opening.dns.map(micros),
        tcp_us: opening.tcp.map(micros),
        proxy_us: opening.proxy.map(micros),
        tls_us: opening.tls.map(micros),
        wait_us: progress.wait().map(micros),
        body_us: progress.body().map(micros),
    }
}

/// The number of microseconds in a duration.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
