//! Faults: `POST /sandbox/faults` makes the next API requests fail.

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const MAX_TIMES: u32 = 1_000_000;
const MAX_DELAY_MS: u32 = 600_000;

/// Headers that frame the response; hyper sets them.
const FRAMING: &[HeaderName] = &[CONTENT_LENGTH, TRANSFER_ENCODING];

/// HTTP statuses whose responses have no body (RFC 9110, 6.4.1).
const WITHOUT_BODY: &[u16] = &[204, 304];

/// A fault as in the request that creates it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    /// None: every service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_id: Option<String>,
    /// As after the service ID, with a leading slash. None: every path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The number of requests that are still to fail.
    #[serde(default = "once")]
    times: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<String, String>>,
    /// A string is sent unchanged, any other value as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(default)]
    delay_ms: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnect: Option<Disconnect>,
    #[serde(default)]
    processed: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Disconnect {
    /// Before the response.
    Before,
    /// In the middle of the response body.
    During,
}

impl Disconnect {
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::During => "during",
        }
    }
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Returns the reason why the fault would never apply or has no effect. The caller checks the
    /// service and the path.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=MAX_TIMES).contains(&self.times) {
            return Err(format!("\"times\" must be 1 to {MAX_TIMES}"));
        }
        if self.delay_ms > MAX_DELAY_MS {
            return Err(format!("\"delayMs\" must be 0 to {MAX_DELAY_MS}"));
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("\"status\" must be 200 to 599".to_owned());
        }
        let replaces = [
            ("status", self.status.is_some()),
            ("headers", self.headers.is_some()),
            ("body", self.body.is_some()),
        ];
        if self.disconnect == Some(Disconnect::Before) {
            if let Some((name, _)) = replaces.iter().find(|(_, is_given)| *is_given) {
                return Err(format!(
                    "\"{name}\" cannot be combined with \"disconnect\": \"before\", which sends no response"
                ));
            }
        } else if self.status.is_none() {
            if let Some((name, _)) = replaces.iter().find(|(_, is_given)| *is_given) {
                return Err(format!("\"{name}\" requires \"status\""));
            }
            if self.disconnect.is_none() && self.delay_ms == 0 {
                return Err("a fault requires \"status\", \"delayMs\" or \"disconnect\"".to_owned());
            }
        }
        if let Some(status) = self.status.filter(|status| WITHOUT_BODY.contains(status)) {
            let cuts = self.disconnect == Some(Disconnect::During);
            let needs_body = [("body", self.body.is_some()), ("disconnect", cuts)];
            if let Some((name, _)) = needs_body.iter().find(|(_, is_given)| *is_given) {
                return Err(format!(
                    "\"{name}\" cannot be combined with \"status\": {status}, whose response has no body"
                ));
            }
        }
        for (name, value) in self.headers.iter().flatten() {
            let header = HeaderName::try_from(name);
            let header = header.map_err(|_| format!("\"headers\": invalid name {name:?}"))?;
            if FRAMING.contains(&header) {
                return Err(format!("\"headers\": {name:?} cannot be set"));
            }
            if HeaderValue::try_from(value).is_err() {
                return Err(format!("\"headers\": invalid value of {name:?}"));
            }
        }
        Ok(())
    }

    /// Whether the request is processed as usual. A delay alone does not replace the response.
    pub fn is_processed(&self) -> bool {
        self.processed || (self.status.is_none() && self.disconnect.is_none())
    }

    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.into())
    }

    /// The response that replaces that of the API; None without a status.
    pub fn response(&self) -> Option<Response<String>> {
        let status = StatusCode::from_u16(self.status?).ok()?;
        let (content_type, body) = match &self.body {
            None => (None, String::new()),
            Some(Value::String(text)) => (Some("text/plain; charset=utf-8"), text.clone()),
            Some(value) => (Some("application/json"), value.to_string()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in self.headers.iter().flatten() {
            // Checked when the fault was created.
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        Some(response)
    }

    fn matches(&self, service_id: Option<&str>, path: &str) -> bool {
        let is_service = self.service_id.is_none() || self.service_id.as_deref() == service_id;
        is_service && self.path.as_deref().is_none_or(|own| own == path)
    }
}

/// The remaining faults, in the order of their creation.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// The first fault that matches a request; counts the request.
    pub fn take(&mut self, service_id: Option<&str>, path: &str) -> Option<Fault> {
        let index = self.0.iter().position(|fault| fault.matches(service_id, path))?;
        let fault = self.0.get_mut(index)?;
        fault.times -= 1;
        let taken = fault.clone();
        if taken.times == 0 {
            self.0.remove(index);
        }
        Some(taken)
    }

    /// The faults of one service, or all of them.
    pub fn list(&self, service_id: Option<&str>) -> Vec<&Fault> {
        self.0.iter().filter(|fault| fault.is_listed(service_id)).collect()
    }

    pub fn remove(&mut self, service_id: Option<&str>) {
        self.0.retain(|fault| !fault.is_listed(service_id));
    }
}

impl Fault {
    fn is_listed(&self, service_id: Option<&str>) -> bool {
        service_id.is_none() || self.service_id.as_deref() == service_id
    }
}
