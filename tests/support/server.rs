//! A scripted server on loopback: takes whole requests, and answers each with given bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server does with a request that it has read.
#[derive(Clone, Debug)]
pub enum Then {
    /// Writes these bytes and closes.
    Answer(Vec<u8>),
    /// Writes these bytes and keeps the connection open in silence.
    AnswerAndHold(Vec<u8>),
    /// Reads nothing at all, and keeps the connection open.
    Ignore,
    /// Reads nothing and closes.
    Close,
    /// Reads nothing, writes these bytes at once, and keeps the connection open.
    Greet(Vec<u8>),
}

/// Listens until the test ends.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        // Ends with the process; a connection that is held stays open until then.
        thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming().flatten() {
                let mut stream = stream;
                let bytes = match &then {
                    Then::Close => continue,
                    Then::Ignore => {
                        held.push(stream);
                        continue;
                    }
                    Then::Greet(bytes) => {
                        let _ = stream.write_all(bytes);
                        held.push(stream);
                        continue;
                    }
                    Then::Answer(bytes) | Then::AnswerAndHold(bytes) => bytes,
                };
                let Some(request) = read_request(&stream) else { continue };
                seen.lock().expect("no panic").push(request);
                let _ = stream.write_all(bytes);
                if matches!(then, Then::AnswerAndHold(_)) {
                    held.push(stream);
                }
            }
        });
        Self { address, requests }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// An address at which nothing listens.
pub fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("bound"))
}

fn read_request(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    let mut len = 0;
    loop {
        let start = request.len();
        if reader.read_line(&mut request).ok()? == 0 {
            return None;
        }
        let line = request[start..].trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            len = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body).ok()?;
    request.push_str(&String::from_utf8(body).ok()?);
    Some(request)
}
