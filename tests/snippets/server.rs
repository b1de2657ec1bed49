//! A server of the documentation, and a browser with its cookies.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::common::configure;
use crate::support::{ROOT, run, scratch};

/// For a server to start.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);
/// An authorization request.
pub const QUERY: &str = "response_type=code&client_id=26478243745571&state=s1";

/// How to start a server.
pub struct Program {
    pub command: &'static str,
    /// The line that each worker logs when it has started, and the number of these lines.
    pub started: (&'static str, usize),
}

/// A server, and its log.
pub struct Server {
    process: Child,
    lines: Receiver<String>,
    log: String,
    pub browser: Browser,
}

impl Server {
    /// Starts a server, and waits for its workers: gunicorn's miss a signal while they start.
    pub fn start(program: &Program, test: &str, base_url: &str) -> Self {
        let folder = scratch().join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let mut words = program.command.split(' ');
        let venv = format!("{ROOT}/target/venv/bin");
        let mut command = Command::new(format!("{venv}/{}", words.next().unwrap()));
        configure(command.args(words), base_url)
            .env("AUTHLETE_FAIL_CONFIG_JSON", r#"{"locationStatus":303,"logLevel":"info"}"#)
            .env("PYTHONPATH", format!("{ROOT}/bindings/python"))
            .env("SECRET_KEY", "for tests only")
            .env("TICKET_FOLDER", folder.join("tickets"))
            .env("TMPDIR", &folder) // Django's sessions
            // All gunicorn processes of a user would share the socket.
            .env("GUNICORN_CMD_ARGS", "--no-control-socket")
            .current_dir(format!("{ROOT}/docs/snippets"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || stderr.lines().try_for_each(|line| sender.send(line.unwrap())));
        let browser = Browser { url: String::new(), folder };
        let mut server = Self { process, lines, log: String::new(), browser };
        let line = server.wait_for(" http://127.0.0.1:");
        let (_, url) = line.split_once("http://").unwrap();
        server.browser.url = format!("http://{}", url.split_whitespace().next().unwrap());
        for _ in 0..program.started.1 {
            server.wait_for(program.started.0);
        }
        server
    }

    /// Waits for a line of the log that contains `text`.
    fn wait_for(&mut self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(TEST_TIMEOUT);
            let line = line.unwrap_or_else(|e| panic!("{text}: {e}: {}", self.log));
            self.log += &format!("{line}\n");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        run(Command::new("kill").arg(self.process.id().to_string()));
    }

    /// Waits until the server has ended, and returns its log.
    pub fn ended(&mut self) -> &str {
        self.log.extend(self.lines.iter().map(|line| line + "\n"));
        let status = self.process.wait().unwrap();
        // After its shutdown, uvicorn ends itself with the signal that it received.
        assert!(status.success() || status.signal() == Some(15), "{status}: {}", self.log);
        &self.log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.try_wait().unwrap().is_none() {
            self.terminate();
            let _ = self.process.wait();
        }
    }
}

/// curl, with the cookies of a session.
pub struct Browser {
    pub url: String,
    pub folder: PathBuf,
}

impl Browser {
    /// Sends a request with the cookies of the session, and returns the head and the body.
    pub fn curl(&self, path: &str, options: &[&str]) -> String {
        let jar = self.folder.join("jar");
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--include", "--cookie"]).arg(&jar);
        command.arg("--cookie-jar").arg(&jar).arg(format!("{}{path}", self.url)).args(options);
        run(&mut command)
    }

    pub fn consent_page(&self) -> String {
        let page = self.curl(&format!("/authorize?{QUERY}"), &[]);
        assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
        assert!(page.contains("<p>My client asks for access to your account.</p>"), "{page}");
        page
    }

    pub fn deny(&self, page: &str) -> String {
        self.deny_with(page, &[])
    }

    pub fn deny_with(&self, page: &str, options: &[&str]) -> String {
        let fields: Vec<_> = page
            .lines()
            .filter_map(|line| line.split_once("name=\"")?.1.strip_suffix("\">"))
            .map(|field| field.replace("\" value=\"", "="))
            .collect();
        self.curl("/deny", &[&["--data", &fields.join("&")], options].concat())
    }
}
