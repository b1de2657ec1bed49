//! One way to make the library work in every language: a driver reads commands and writes replies.
//!
//! The drivers are `tests/c/driver.c`, `tests/cpp/driver.cpp`, `tests/python/driver.py` and, for
//! Rust, [`InProcess`].

#![allow(unsafe_code, reason = "it calls the exported functions as C does")]

use std::collections::HashMap;
use std::ffi::{CStr, c_char};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::mem::MaybeUninit;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::ptr;
use std::thread::{self, JoinHandle};

use authlete_fail::ffi::{Client, call, client, reply, text};

/// The records of one reply, by name.
#[derive(Debug, Default)]
pub struct Reply {
    texts: HashMap<String, Vec<u8>>,
    pub headers: Vec<String>,
}

impl Reply {
    /// The record `name`, if there is one.
    pub fn find(&self, name: &str) -> Option<&[u8]> {
        self.texts.get(name).map(Vec::as_slice)
    }

    pub fn text(&self, name: &str) -> &str {
        let bytes = self.texts.get(name).unwrap_or_else(|| panic!("no record {name}"));
        std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{name} is not UTF-8"))
    }

    /// Whether the language shows more than the status: C++ has no reply where a client was made.
    pub fn is_whole(&self) -> bool {
        self.texts.len() > 1
    }

    pub fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_else(|_| panic!("{name} is no number"))
    }
}

/// Runs commands in one language.
pub trait Driver {
    /// `verb` is `client`, a call or `shutdown`; `None` if the language cannot express `document`.
    /// `shutdown` has no reply. Its document is empty, or the path of a FIFO: another thread then
    /// shuts the client down when the FIFO is opened for writing.
    fn command(&mut self, verb: &str, document: &[u8]) -> Option<Reply>;
}

/// A driver in a process of its own.
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

    /// Closes its input, which ends it.
    pub fn end(mut self) -> ExitStatus {
        drop(self.stdin.take());
        self.child.wait().expect("it was started")
    }

    fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("the driver writes text");
        assert!(line.ends_with('\n'), "the driver ended early: {:?}", self.child.wait());
        line.truncate(line.len() - 1);
        line
    }
}

impl Driver for Process {
    fn command(&mut self, verb: &str, document: &[u8]) -> Option<Reply> {
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
            self.stdout.read_exact(&mut bytes).expect("a whole record");
            assert_eq!(bytes.pop(), Some(b'\n'), "{name} is longer than it says");
            if name == "header" {
                reply.headers.push(String::from_utf8(bytes).expect("headers are UTF-8"));
            } else {
                reply.texts.insert(name.to_owned(), bytes);
            }
        }
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

/// The exported functions, called in this process.
pub struct InProcess {
    client: *mut Client,
    shutdown: Option<JoinHandle<()>>,
}

impl InProcess {
    pub fn new() -> Self {
        Self { client: ptr::null_mut(), shutdown: None }
    }

    /// Runs the commands that come on stdin, and writes the replies.
    pub fn serve(mut self, replies: &mut impl Write) -> io::Result<()> {
        let mut commands = io::stdin().lock();
        let mut line = String::new();
        while commands.read_line(&mut line)? > 0 {
            let (verb, len) = line.trim_end().split_once(' ').expect("a verb and a length");
            let mut document = vec![0; len.parse().expect("a length")];
            commands.read_exact(&mut document)?;
            commands.read_exact(&mut [0])?;
            let reply = self.command(verb, &document).expect("C can express it");
            let headers = reply.headers.iter().map(|header| ("header", header.as_bytes()));
            let texts = reply.texts.iter().map(|(name, text)| (name.as_str(), text.as_slice()));
            for (name, bytes) in headers.chain(texts) {
                writeln!(replies, "{name} {}", bytes.len())?;
                replies.write_all(&[bytes, b"\n"].concat())?;
            }
            replies.write_all(b"end\n")?;
            line.clear();
        }
        Ok(())
    }

    fn shut_down(&mut self, path: &[u8]) {
        // SAFETY: NULL, or made by client_new; freed only after the thread has ended.
        let client: Option<&'static Client> = unsafe { self.client.as_ref() };
        if path.is_empty() {
            return client::authlete_fail_client_shutdown(client);
        }
        let path = String::from_utf8(path.to_vec()).expect("a path of the tests");
        self.shutdown = Some(thread::spawn(move || {
            let _ = fs::read(path);
            client::authlete_fail_client_shutdown(client);
        }));
    }

    fn free(&mut self) {
        if let Some(thread) = self.shutdown.take() {
            thread.join().expect("it does not panic");
        }
        if !self.client.is_null() {
            // SAFETY: client_new made it, and it is freed once.
            let client = unsafe { Box::from_raw(self.client) };
            client::authlete_fail_client_free(Some(client));
            self.client = ptr::null_mut();
        }
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.free();
    }
}

impl Driver for InProcess {
    fn command(&mut self, verb: &str, document: &[u8]) -> Option<Reply> {
        if verb == "shutdown" {
            self.shut_down(document);
            return Some(Reply::default());
        }
        let (start, len) = (document.as_ptr().cast::<c_char>(), document.len());
        let mut out = MaybeUninit::uninit();
        // SAFETY: NULL, or made by client_new and not yet freed.
        let made = unsafe { self.client.as_ref() };
        let status = match verb {
            "client" => {
                self.free();
                let mut made = MaybeUninit::uninit();
                let (none, made_out) = (ptr::null_mut(), Some(&mut made));
                // SAFETY: `document` outlives the call.
                let status = unsafe {
                    client::authlete_fail_client_new(
                        start,
                        len,
                        None,
                        none,
                        made_out,
                        Some(&mut out),
                    )
                };
                // SAFETY: client_new always writes it.
                self.client = unsafe { made.assume_init() };
                status
            }
            _ => {
                let call = match verb {
                    "authorization" => call::authlete_fail_authorization,
                    "token" => call::authlete_fail_token,
                    _ => call::authlete_fail_backchannel_authentication,
                };
                // SAFETY: `document` outlives the call.
                unsafe { call(made, start, len, Some(&mut out)) }
            }
        };
        // SAFETY: every function with `reply` writes it.
        let made = unsafe { out.assume_init() };
        // SAFETY: and leaves it to the caller to free, which happens once.
        let made = unsafe { Box::from_raw(made) };
        let reply = Some(&*made);
        assert_eq!(reply::authlete_fail_reply_status(reply), status);

        let mut records = Reply::default();
        let mut put = |name: &str, value: Vec<u8>| records.texts.insert(name.to_owned(), value);
        let outcome = reply::authlete_fail_reply_outcome(reply);
        let ticket_state = reply::authlete_fail_reply_ticket_state(reply);
        put("status", read(text::authlete_fail_status_name(status as u32)));
        put("outcome", read(text::authlete_fail_outcome_name(outcome as u32)));
        put("ticketState", read(text::authlete_fail_ticket_state_name(ticket_state as u32)));
        for (name, number) in [
            ("attempts", reply::authlete_fail_reply_attempts(reply).into()),
            ("httpStatus", reply::authlete_fail_reply_http_status(reply).into()),
            ("retryAfterMs", reply::authlete_fail_reply_retry_after_ms(reply)),
            ("responseStatus", reply::authlete_fail_reply_response_status(reply).into()),
        ] {
            put(name, i64::to_string(&number).into_bytes());
        }
        let mut len = MaybeUninit::new(usize::MAX);
        let counted = |text: *const c_char, len: &mut MaybeUninit<usize>| {
            let text = read(text);
            // SAFETY: the accessor has just written it.
            assert_eq!(text.len(), unsafe { len.assume_init() });
            text
        };
        let value = reply::authlete_fail_reply_error(reply, Some(&mut len));
        put("error", counted(value, &mut len));
        let value = reply::authlete_fail_reply_error_json(reply, Some(&mut len));
        put("errorJson", counted(value, &mut len));
        let value = reply::authlete_fail_reply_json(reply, Some(&mut len));
        put("json", counted(value, &mut len));
        let value = reply::authlete_fail_reply_action(reply, Some(&mut len));
        put("action", counted(value, &mut len));
        let value = reply::authlete_fail_reply_result_code(reply, Some(&mut len));
        put("resultCode", counted(value, &mut len));
        let value = reply::authlete_fail_reply_request_id(reply, Some(&mut len));
        put("requestId", counted(value, &mut len));
        let value = reply::authlete_fail_reply_response_body(reply, Some(&mut len));
        put("responseBody", counted(value, &mut len));
        for index in 0..reply::authlete_fail_reply_response_header_count(reply) {
            let name = read(reply::authlete_fail_reply_response_header_name(reply, index));
            let value = read(reply::authlete_fail_reply_response_header_value(reply, index));
            let header = [name.as_slice(), b": ", &value].concat();
            records.headers.push(String::from_utf8(header).expect("headers are UTF-8"));
        }
        reply::authlete_fail_reply_free(Some(made));
        Some(records)
    }
}

fn read(text: *const c_char) -> Vec<u8> {
    // SAFETY: the library returns NUL-terminated text, here of a reply that is not yet freed.
    unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
}
