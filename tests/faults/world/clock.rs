//! A monotonic clock that jumps ahead: `c/clock.c`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use super::host::{Start, preload};
use crate::support::scratch;

/// The clock of the processes that are started with its environment.
pub struct Clock {
    file: PathBuf,
    library: PathBuf,
}

impl Clock {
    /// `name` is unique to the test.
    pub fn new(name: &str) -> Self {
        let file = scratch().join(format!("clock-{name}-{}", std::process::id()));
        fs::write(&file, 0_i64.to_ne_bytes()).unwrap();
        Self { file, library: preload(&format!("clock-{name}"), include_str!("../c/clock.c")) }
    }

    pub fn environment(&self) -> [(&'static str, &str); 2] {
        [("LD_PRELOAD", &self.library), ("CLOCK_FILE", &self.file)]
            .map(|(name, path)| (name, path.to_str().unwrap()))
    }

    pub fn start(&self) -> Start {
        let [preload, file] = self.environment();
        Start::plain().env(preload.0, preload.1).env(file.0, file.1)
    }

    /// Sets the clock ahead by `time`, a number of seconds, of what it would show by itself.
    pub fn set_ahead(&self, time: Duration) {
        // In place: the processes have mapped it.
        let mut file = OpenOptions::new().write(true).open(&self.file).unwrap();
        file.write_all(&(time.as_secs() as i64).to_ne_bytes()).unwrap();
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}
