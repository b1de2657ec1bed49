//! Drivers: programs that read commands from stdin, call the library and write the replies to stdout.
//! Each language has one: `tests/c/driver.c`, `tests/cpp/driver.cpp`,
//! `tests/python/driver.py` and, for Rust, [`InProcess`].

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::mem;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use authlete_fail::ffi::{self, text};

use super::client::{self, Call, Client};
use super::log::{keep_line, take_lines};

/// The records of one reply, by name.
#[derive(Debug, Default)]
pub struct Reply {
    texts: HashMap<String, Vec<u8>>,
    pub headers: Vec<String>,
    /// The type and the text of each value that the commands `get` asked for.
    pub values: Vec<String>,
}

impl Reply {
    /// The record `name`, if the driver wrote it.
    pub fn find(&self, name: &str) -> Option<&[u8]> {
        self.texts.get(name).map(Vec::as_slice)
    }

    pub fn text(&self, name: &str) -> &str {
        let bytes = self.texts.get(name).unwrap_or_else(|| panic!("no record {name}"));
        std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{name} is not UTF-8"))
    }

    /// Whether there are records besides the status. C++ returns no reply if a client was made.
    pub fn is_whole(&self) -> bool {
        self.texts.len() > 1
    }

    pub fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_else(|_| panic!("{name} is not a number"))
    }
}

/// A running driver.
pub struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, stdin, stdout }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Closes stdin, which ends the driver.
    pub fn end(mut self) -> ExitStatus {
        drop(self.stdin.take());
        self.child.wait().expect("the driver was started")
    }

    /// `verb` is one of these; `None` if the language cannot express `document`.
    ///
    /// - `client`, `connect`, `authorization`, `token`, `backchannel_authentication`: has a reply.
    /// - `call`: a general call. Its path is that of the last `path`.
    /// - `path`, `options`, `get`: the path, the options or a JSON Pointer for the next call. Several
    ///   pointers are possible. Has no reply.
    /// - `shutdown`: has no reply. Its document is empty, or the path of a FIFO: another thread then
    ///   shuts the client down when the FIFO is opened for writing.
    pub fn command(&mut self, verb: &str, document: &[u8]) -> Option<Reply> {
        let stdin = self.stdin.as_mut().expect("open until dropped");
        writeln!(stdin, "{verb} {}", document.len()).expect("the driver reads");
        stdin.write_all(document).expect("the driver reads");
        stdin.write_all(b"\n").and_then(|()| stdin.flush()).expect("the driver reads");
        let mut reply = Reply::default();
        loop {
            let line = self.read_line();
            let (name, len) = match line.as_str() {
                "end" => return Some(reply),
                "skip" => return None,
                line => line.split_once(' ').unwrap_or_else(|| panic!("bad record {line:?}")),
            };
            let len: usize = len.parse().unwrap_or_else(|_| panic!("bad record {line:?}"));
            let mut bytes = vec![0; len + 1];
            self.stdout.read_exact(&mut bytes).expect("a complete record");
            assert_eq!(bytes.pop(), Some(b'\n'), "the length of {name} is wrong");
            let utf8 = |bytes| String::from_utf8(bytes).expect("the record is UTF-8");
            match name {
                "header" => reply.headers.push(utf8(bytes)),
                "value" => reply.values.push(utf8(bytes)),
                _ => drop(reply.texts.insert(name.to_owned(), bytes)),
            }
        }
    }

    fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("the driver writes text");
        assert!(line.ends_with('\n'), "the driver ended early: {:?}", self.child.wait());
        line.truncate(line.len() - 1);
        line
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let status = self.child.wait();
        if !std::thread::panicking() {
            assert!(status.is_ok_and(|status| status.success()), "the driver failed");
        }
    }
}

/// The driver for Rust, which calls the exported functions in this process.
#[derive(Default)]
pub struct InProcess {
    client: Option<Arc<Client>>,
    shutdown: Option<JoinHandle<()>>,
    next: Next,
}

/// The settings of the next call, from the commands before it.
#[derive(Default)]
struct Next {
    path: Vec<u8>,
    options: Option<Vec<u8>>,
    pointers: Vec<Vec<u8>>,
}

impl InProcess {
    /// Runs the commands on stdin, and writes the replies.
    pub fn serve(mut self, replies: &mut impl Write) -> io::Result<()> {
        let mut commands = io::stdin().lock();
        let mut line = String::new();
        while commands.read_line(&mut line)? > 0 {
            let (verb, len) = line.trim_end().split_once(' ').expect("a verb and a length");
            let mut document = vec![0; len.parse().expect("a length")];
            commands.read_exact(&mut document)?;
            commands.read_exact(&mut [0])?;
            if let Some(reply) = self.run(verb, &document) {
                let pointers = mem::take(&mut self.next).pointers;
                write_records(&reply, pointers, replies)?;
            }
            replies.write_all(b"end\n")?;
            line.clear();
        }
        Ok(())
    }

    fn run(&mut self, verb: &str, document: &[u8]) -> Option<client::Reply> {
        let call = match verb {
            "shutdown" => {
                self.shut_down(document);
                return None;
            }
            "path" | "options" | "get" => {
                self.prepare(verb, document);
                return None;
            }
            "client" => {
                self.free();
                let (client, reply) = Client::new(document, Some(keep_line));
                self.client = client.map(Arc::new);
                return Some(reply);
            }
            "connect" => return Some(client::Reply::of_connect(self.client())),
            "authorization" => Some(Call::Authorization),
            "token" => Some(Call::Token),
            "backchannel_authentication" => Some(Call::BackchannelAuthentication),
            _ => None,
        };
        let options = self.next.options.as_deref();
        Some(match (call, options) {
            (Some(call), None) => client::Reply::of_call(call, self.client(), document),
            _ => {
                let path = call.map_or(self.next.path.clone(), |call| call.path().into());
                let options = options.unwrap_or_default();
                client::Reply::of_general_call(self.client(), path, document, options)
            }
        })
    }

    fn prepare(&mut self, verb: &str, text: &[u8]) {
        let text = text.to_vec();
        match verb {
            "path" => self.next.path = text,
            "options" => self.next.options = Some(text),
            _ => self.next.pointers.push(text),
        }
    }

    fn client(&self) -> Option<&ffi::Client> {
        self.client.as_deref().and_then(Client::get)
    }

    fn shut_down(&mut self, path: &[u8]) {
        let client = self.client.clone().expect("a client to be shut down");
        if path.is_empty() {
            return client.shutdown();
        }
        let path = String::from_utf8(path.to_vec()).expect("the path is UTF-8");
        self.shutdown = Some(thread::spawn(move || {
            let _ = fs::read(path);
            client.shutdown();
        }));
    }

    fn free(&mut self) {
        if let Some(thread) = self.shutdown.take() {
            thread.join().expect("the thread does not panic");
        }
        self.client = None;
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.free();
    }
}

fn write_records(
    reply: &client::Reply,
    pointers: Vec<Vec<u8>>,
    replies: &mut impl Write,
) -> io::Result<()> {
    let status = text::authlete_fail_status_name(reply.status() as u32);
    let outcome = text::authlete_fail_outcome_name(reply.outcome() as u32);
    let ticket_state = text::authlete_fail_ticket_state_name(reply.ticket_state() as u32);
    let log: String = take_lines().iter().map(|line| format!("{line}\n")).collect();
    let headers = reply.headers();
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let records = [
        ("status", client::text(status)),
        ("outcome", client::text(outcome)),
        ("ticketState", client::text(ticket_state)),
        ("mayRepeat", &reply.may_repeat().to_string()),
        ("durationUs", &reply.duration_us().to_string()),
        ("attempts", &reply.attempts().to_string()),
        ("httpStatus", &reply.http_status().to_string()),
        ("retryAfterMs", &reply.retry_after_ms().to_string()),
        ("responseStatus", &reply.response_status().to_string()),
        ("error", reply.error()),
        ("errorJson", reply.error_json()),
        ("json", reply.json()),
        ("action", reply.action()),
        ("resultCode", reply.result_code()),
        ("requestId", reply.request_id()),
        ("diagnostics", reply.diagnostics()),
        ("responseBody", reply.body()),
        ("log", &log),
    ];
    let headers = headers.iter().map(|header| ("header", header.as_str()));
    let values: Vec<_> = pointers.into_iter().map(|pointer| reply.value(pointer)).collect();
    let values: Vec<_> = values
        .iter()
        .map(|(json_type, text)| format!("{} {text}", format!("{json_type:?}").to_uppercase()))
        .collect();
    let values = values.iter().map(|value| ("value", value.as_str()));
    for (name, text) in records.into_iter().chain(headers).chain(values) {
        writeln!(replies, "{name} {}\n{text}", text.len())?;
    }
    Ok(())
}
