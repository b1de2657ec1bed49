//! The log: one line for each API request on standard error, without secrets.

use std::io::{self, Write};

use hyper::{Method, StatusCode};

use crate::api::Target;
use crate::fault::{Disconnect, Fault};
use crate::response::Response;

pub(crate) struct LogLine(String);

impl LogLine {
    pub fn new(method: &Method, target: &Target) -> Self {
        let mut line = Self(format!("method={method} path={}", target.path));
        line.add("service", target.service_id.as_deref());
        line
    }

    /// `status` is that of the response that is sent, `processed` the response of the API.
    pub fn print(
        mut self,
        status: StatusCode,
        processed: Option<&Response>,
        fault: Option<&Fault>,
    ) {
        let disconnect = fault.and_then(|fault| fault.disconnect);
        if disconnect != Some(Disconnect::Before) {
            self.add("status", Some(status.as_str()));
        }
        self.add("action", processed.and_then(|response| response.member("action")));
        self.add("code", processed.and_then(|response| response.member("resultCode")));
        if let Some(fault) = fault {
            self.add("fault", Some("true"));
            self.add("processed", Some(if fault.is_processed() { "true" } else { "false" }));
            self.add("disconnect", disconnect.map(Disconnect::name));
            let delay = fault.delay().as_millis();
            self.add("delay_ms", Some(&*delay.to_string()).filter(|_| delay > 0));
        }
        self.0.push('\n');
        // Not eprint: it panics if standard error is closed.
        let _ = io::stderr().write_all(self.0.as_bytes());
    }

    fn add(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0 += &format!(" {name}={value}");
        }
    }
}
