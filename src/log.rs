//! The log of a client: its level and the caller's callback.

use std::fmt;

/// The severity of a log line. The key `logLevel` sets the least severe level that is logged.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A call, or authlete_fail_client_connect(), that failed because of a bug in this library.
    Error = 1,
    /// Any other failed call or authlete_fail_client_connect(); a call to a fail endpoint whose
    /// outcome is not AUTHLETE_FAIL_OUTCOME_DELIVERED; a call to any other endpoint whose response
    /// has the HTTP status 500.
    Warn = 2,
    /// Every other call and authlete_fail_client_connect().
    Info = 3,
    /// A new client. Also adds the connection and the times to the line of each call.
    Debug = 4,
    /// Not a level. Widens the range of the enum for values that later versions add.
    MaxEnum = 0x7fff_ffff,
}

impl Level {
    /// The values of `logLevel`.
    pub(crate) const NAMES: [&'static str; 4] = ["error", "warn", "info", "debug"];

    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "error" => Self::Error,
            "info" => Self::Info,
            "debug" => Self::Debug,
            _ => Self::Warn,
        }
    }
}

/// A function that receives log lines.
pub type Sink = Box<dyn Fn(Level, &str) + Send + Sync>;

/// The log of one client.
pub struct Log {
    level: Level,
    sink: Option<Sink>,
}

impl Log {
    pub fn new(level: Level, sink: Option<Sink>) -> Self {
        Self { level, sink }
    }

    pub fn is_enabled(&self, level: Level) -> bool {
        self.sink.is_some() && level <= self.level
    }

    /// Writes a line if its level is enabled. The sink runs on the calling thread, and the library
    /// holds no lock meanwhile.
    pub fn line(&self, level: Level, line: fmt::Arguments<'_>) {
        if let Some(sink) = self.sink.as_ref().filter(|_| self.is_enabled(level)) {
            sink(level, &line.to_string());
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Log").field("level", &self.level).finish_non_exhaustive()
    }
}
