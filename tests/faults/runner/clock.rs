//! A monotonic clock that jumps ahead: `c/clock.c`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use super::host::{Start, preload};
use crate::support::scratch;

/// The clock of all processes that are started with [`Clock::start`].
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

    pub fn start(&self) -> Start {
        let [library, file] = [&self.library, &self.file].map(|path| path.to_str().unwrap());
        Start::plain().env("LD_PRELOAD", library).env("CLOCK_FILE", file)
    }

    /// Sets the clock ahead of the real one by `time`, in whole seconds.
    pub fn set_ahead(&self, time: Duration) {
        // In place, because the processes have mapped the file.
        let mut file = OpenOptions::new().write(true).open(&self.file).unwrap();
        file.write_all(&(time.as_secs() as i64).to_ne_bytes()).unwrap();
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}
