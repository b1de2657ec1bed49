//! A server program, such as nginx, that runs until the case ends.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::harness::TEST_TIMEOUT;
use crate::support::scratch;

/// Terminated when dropped.
pub struct Daemon(Child);

impl Daemon {
    /// Starts the program, and waits until it accepts connections on all `ports`.
    pub fn start(command: &mut Command, ports: &[u16]) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut daemon = Self(command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}")));
        let end = Instant::now() + TEST_TIMEOUT;
        for port in ports {
            while TcpStream::connect(("127.0.0.1", *port)).is_err() {
                assert!(Instant::now() < end, "{command:?} does not listen");
                assert!(daemon.0.try_wait().unwrap().is_none(), "{command:?} has exited");
                thread::yield_now();
            }
        }
        daemon
    }

    /// Starts nginx with these directives in the http block. `name` is unique to the case.
    pub fn nginx(name: &str, directives: &str, ports: &[u16]) -> Self {
        let folder = scratch().join(format!("nginx-{name}"));
        fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "daemon off; worker_processes 1; pid pid; error_log error.log crit;
             events {{ worker_connections 2000; }}
             http {{
                 access_log off; default_type application/json; client_body_temp_path b;
                 proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
                 {directives}
             }}"
        );
        fs::write(folder.join("nginx.conf"), text).unwrap();
        let mut command = Command::new("nginx");
        Self::start(
            command.arg("-p").arg(&folder).args(["-e", "error.log", "-c", "nginx.conf"]),
            ports,
        )
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // SIGTERM, so that the program also ends its child processes.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}
