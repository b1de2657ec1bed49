//! The other end of the connection, in a thread of this process: takes a whole request, plays back
//! the bytes at hand, and closes or goes on. One connection at a time, so one client with a pool.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A server that plays back what it is told to.
pub struct Peer {
    address: SocketAddr,
    scene: Arc<Mutex<Scene>>,
}

#[derive(Default)]
struct Scene {
    answer: Vec<u8>,
    is_closing: bool,
    /// The body of the last request.
    body: Vec<u8>,
}

impl Peer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let scene = Arc::<Mutex<Scene>>::default();
        let shared = Arc::clone(&scene);
        thread::spawn(move || {
            let mut request = Vec::new();
            for stream in listener.incoming() {
                let stream = stream.expect("a connection");
                stream.set_nodelay(true).expect("a TCP socket");
                serve(stream, &mut request, &shared);
            }
        });
        Self { address, scene }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers every further request with `answer`, and closes the connection then.
    pub fn play_and_close(&self, answer: &[u8]) {
        let mut scene = lock(&self.scene);
        scene.answer.clear();
        scene.answer.extend_from_slice(answer);
        scene.is_closing = true;
    }

    /// Answers every further request with this status and body.
    pub fn play_document(&self, status: u16, body: &[u8]) {
        let mut scene = lock(&self.scene);
        scene.answer.clear();
        let len = body.len();
        let head =
            format!("HTTP/1.1 {status} Reason-{}\r\nContent-Length: {len}\r\n\r\n", crate::CANARY);
        scene.answer.extend_from_slice(head.as_bytes());
        scene.answer.extend_from_slice(body);
        scene.is_closing = false;
    }

    /// The body of the last request, once.
    pub fn take_body(&self) -> Vec<u8> {
        std::mem::take(&mut lock(&self.scene).body)
    }
}

fn lock(scene: &Mutex<Scene>) -> MutexGuard<'_, Scene> {
    scene.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, request: &mut Vec<u8>, scene: &Mutex<Scene>) {
    while let Some(body_start) = read_request(&mut stream, request) {
        let mut scene = lock(scene);
        scene.body.clear();
        scene.body.extend_from_slice(&request[body_start..]);
        let answer = scene.answer.clone();
        let is_closing = scene.is_closing;
        drop(scene);
        if stream.write_all(&answer).is_err() || is_closing {
            let _ = stream.shutdown(Shutdown::Write);
            return;
        }
    }
}

/// Reads a whole request and says where its body starts; `None` at the end.
fn read_request(stream: &mut TcpStream, request: &mut Vec<u8>) -> Option<usize> {
    let mut chunk = [0; 16 * 1024];
    request.clear();
    loop {
        let len = stream.read(&mut chunk).ok().filter(|len| *len > 0)?;
        request.extend_from_slice(&chunk[..len]);
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
        let body_len: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |value| value.trim().parse().expect("a length"));
        if request.len() >= end + 4 + body_len {
            assert_eq!(request.len(), end + 4 + body_len, "more than one request");
            return Some(end + 4);
        }
    }
}
