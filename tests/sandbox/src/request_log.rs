//! The API requests so far, without secrets: `GET /sandbox/requests`.

use std::collections::VecDeque;

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::redact;

/// Older requests are dropped.
const CAPACITY: usize = 1000;

/// A larger body is logged as null, to limit the memory of the log.
const BODY_LIMIT: usize = 16 * 1024;

#[derive(Default)]
pub(crate) struct RequestLog {
    entries: VecDeque<Entry>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    #[serde(skip)]
    number: u64,
    service_id: Option<String>,
    method: String,
    path: String,
    headers: Map<String, Value>,
    body: Option<Value>,
    /// None until the response is sent.
    status: Option<u16>,
    fault: bool,
}

impl Entry {
    pub fn new(number: u64, service_id: Option<&str>, method: &str, path: &str) -> Self {
        Self {
            number,
            service_id: service_id.map(str::to_owned),
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Map::new(),
            body: None,
            status: None,
            fault: false,
        }
    }

    pub fn with_content(mut self, headers: &HeaderMap, body: Option<&[u8]>) -> Self {
        for name in headers.keys() {
            let values = headers.get_all(name).iter();
            let values: Vec<_> =
                values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            let value = redact::header(name.as_str(), &values.join(", "));
            self.headers.insert(name.to_string(), value.into());
        }
        self.body = body.filter(|body| body.len() <= BODY_LIMIT).and_then(|body| {
            let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            redact::body(content_type.unwrap_or_default(), body)
        });
        self
    }

    pub fn with_fault(mut self, is_fault: bool) -> Self {
        self.fault = is_fault;
        self
    }
}

impl RequestLog {
    pub fn add(&mut self, entry: Entry) {
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Records the status of the response to the request with this number.
    pub fn responded(&mut self, number: u64, status: StatusCode) {
        // From the end, because a response is usually sent soon after its request was received.
        if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.number == number) {
            entry.status = Some(status.as_u16());
        }
    }

    /// The requests to one service, or to all of them.
    pub fn list(&self, service_id: Option<&str>) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| matches(entry, service_id)).collect()
    }

    pub fn remove(&mut self, service_id: Option<&str>) {
        self.entries.retain(|entry| !matches(entry, service_id));
    }
}

fn matches(entry: &Entry, service_id: Option<&str>) -> bool {
    service_id.is_none() || entry.service_id.as_deref() == service_id
}
