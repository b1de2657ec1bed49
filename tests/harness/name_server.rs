//! A name server on 127.0.0.1:53 in a private network.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::harness::TEST_TIMEOUT;

/// The answer to a query.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The addresses of the requested family, if any.
    Addresses(Vec<IpAddr>),
    NoSuchName,
    ServerFailure,
    /// No answer.
    Silence,
    /// Like `Addresses`, after this time.
    Late(Duration, Vec<IpAddr>),
    /// Truncated in a datagram; like `Addresses` over TCP.
    OverTcp(Vec<IpAddr>),
}

pub fn addresses(texts: &[&str]) -> Answer {
    Answer::Addresses(texts.iter().map(|text| text.parse().unwrap()).collect())
}

/// Answers queries until dropped.
pub struct NameServer {
    answer: Arc<Mutex<Answer>>,
    queries: Arc<AtomicUsize>,
    is_stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    pub fn start(answer: Answer) -> Self {
        let socket = Arc::new(bind());
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        if let Answer::OverTcp(addresses) = &answer {
            serve_tcp(addresses.clone());
        }
        let answer = Arc::new(Mutex::new(answer));
        let queries = Arc::new(AtomicUsize::new(0));
        let is_stopped = Arc::new(AtomicBool::new(false));
        let shared = (Arc::clone(&answer), Arc::clone(&queries), Arc::clone(&is_stopped));
        let thread = thread::spawn(move || {
            let (answer, queries, is_stopped) = shared;
            let mut question = [0; 512];
            while !is_stopped.load(Ordering::Acquire) {
                let Ok((len, from)) = socket.recv_from(&mut question) else { continue };
                queries.fetch_add(1, Ordering::AcqRel);
                let answer = answer.lock().unwrap().clone();
                // Weak, because a late reply must not keep the port.
                let (socket, question) = (Arc::downgrade(&socket), question[..len].to_vec());
                thread::spawn(move || {
                    if let (Some(bytes), Some(socket)) =
                        (reply(&question, answer), socket.upgrade())
                    {
                        let _ = socket.send_to(&bytes, from);
                    }
                });
            }
        });
        Self { answer, queries, is_stopped, thread: Some(thread) }
    }

    /// Changes the answer to further queries.
    pub fn set(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// The number of lookups, each of which queries A and AAAA.
    pub fn lookups(&self) -> usize {
        self.queries.load(Ordering::Acquire).div_ceil(2)
    }
}

/// Answers queries over TCP, two bytes with the length before each message, until the process ends.
fn serve_tcp(addresses: Vec<IpAddr>) {
    let listener = TcpListener::bind("127.0.0.1:53").expect("port 53 in a private network");
    let serve = move |mut stream: TcpStream| -> Option<()> {
        loop {
            let mut len = [0; 2];
            stream.read_exact(&mut len).ok()?;
            let mut question = vec![0; u16::from_be_bytes(len).into()];
            stream.read_exact(&mut question).ok()?;
            let bytes = reply(&question, Answer::Addresses(addresses.clone()))?;
            let len = (bytes.len() as u16).to_be_bytes();
            stream.write_all(&[&len[..], &bytes].concat()).ok()?;
        }
    };
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
}

/// A late reply of the previous name server may use the port for a moment.
fn bind() -> UdpSocket {
    let end = Instant::now() + TEST_TIMEOUT;
    loop {
        match UdpSocket::bind("127.0.0.1:53") {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < end => {
                thread::yield_now();
            }
            bound => return bound.expect("port 53 in a private network"),
        }
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// RFC 1035, 4.1: the question and the records.
fn reply(question: &[u8], answer: Answer) -> Option<Vec<u8>> {
    let mut flags = 0x81;
    let (code, addresses) = match answer {
        Answer::Silence => return None,
        Answer::OverTcp(_) => {
            flags |= 2;
            (0, Vec::new())
        }
        Answer::NoSuchName => (3, Vec::new()),
        Answer::ServerFailure => (2, Vec::new()),
        Answer::Addresses(addresses) => (0, addresses),
        Answer::Late(pause, addresses) => {
            thread::sleep(pause);
            (0, addresses)
        }
    };
    let name_end = 12 + question.get(12..)?.iter().position(|&byte| byte == 0)? + 1;
    let question_end = name_end + 4;
    let is_v4 = question.get(name_end..name_end + 2)? == [0, 1];
    let records: Vec<_> = addresses.iter().filter(|address| address.is_ipv4() == is_v4).collect();
    let mut bytes = question.get(..question_end)?.to_vec();
    bytes[2..4].copy_from_slice(&[flags, 0x80 | code]);
    bytes[6..12].copy_from_slice(&[0, records.len() as u8, 0, 0, 0, 0]);
    for address in records {
        // A pointer to the name in the question, class IN, TTL 60 seconds.
        let (kind, octets) = match address {
            IpAddr::V4(address) => (1, address.octets().to_vec()),
            IpAddr::V6(address) => (28, address.octets().to_vec()),
        };
        bytes.extend([0xC0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, octets.len() as u8]);
        bytes.extend(octets);
    }
    Some(bytes)
}
