//! What the targets share: the safe wrapper of the C ABI, which checks every reply, and a server that
//! plays back bytes.

#[path = "../../harness/mod.rs"]
mod harness;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

pub use harness::CANARY;
pub use harness::client::{Call, Client};
use harness::{Peer, Request};

/// A call by the low bits of `number`, and a request that it accepts.
pub fn call_from_number(number: u8) -> (Call, &'static str) {
    match number % 4 {
        0 => (Call::Token, r#"{"ticket":"t1-c4n4ry","reason":"INVALID_CLIENT"}"#),
        1 => {
            (Call::BackchannelAuthentication, r#"{"ticket":"t1-c4n4ry","reason":"ACCESS_DENIED"}"#)
        }
        _ => (Call::Authorization, r#"{"ticket":"t1-c4n4ry","reason":"DENIED"}"#),
    }
}

/// A server that sends the same response to every request.
pub struct Playback {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
}

#[derive(Clone, Default)]
struct Script {
    response: Vec<u8>,
    is_closing: bool,
    /// The request line, the headers and the body of the last request.
    request: (String, String),
}

impl Playback {
    pub fn start() -> Self {
        let script = Arc::<Mutex<Script>>::default();
        let shared = Arc::clone(&script);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        // One thread for all connections, so a client must not use two at once. With a thread for each,
        // as in harness::Server, the target http would run 40 % fewer inputs.
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let stream = stream.expect("a connection");
                stream.set_nodelay(true).expect("a TCP socket");
                // An error means that the client has closed the connection.
                let _ = serve(&mut Peer::new(number, stream, Arc::default()), &shared);
            }
        });
        Self { address, script }
    }

    /// A client with the keys of `members` in addition to the usual ones.
    pub fn client(&self, members: &str) -> Client {
        let address = self.address;
        let config = format!(
            "{{\"baseUrl\":\"http://{address}\",\"serviceId\":\"1\",\"accessToken\":\"{CANARY}\",\
             \"timeoutMs\":20000{members}}}"
        );
        Client::accepted(config, None)
    }

    /// Sends `response` to every further request, and then closes the connection.
    pub fn play_and_close(&self, response: &[u8]) {
        let mut script = lock(&self.script);
        script.response = response.to_vec();
        script.is_closing = true;
    }

    /// Sends this status and body to every further request.
    pub fn play_document(&self, status: u16, body: &[u8]) {
        let mut script = lock(&self.script);
        let len = body.len();
        let head = format!("HTTP/1.1 {status} Reason-{CANARY}\r\nContent-Length: {len}\r\n\r\n");
        script.response = [head.as_bytes(), body].concat();
        script.is_closing = false;
    }

    /// The body of the last request, once.
    pub fn take_body(&self) -> String {
        self.take_request().1
    }

    /// The request line with the headers, and the body, of the last request, once.
    pub fn take_request(&self) -> (String, String) {
        std::mem::take(&mut lock(&self.script).request)
    }
}

fn serve(peer: &mut Peer, script: &Mutex<Script>) -> io::Result<()> {
    loop {
        let Request { head, body, .. } = peer.read_request()?;
        let mut script = lock(script);
        script.request = (head, body);
        let Script { response, is_closing, .. } = script.clone();
        drop(script);
        peer.send(response)?;
        if is_closing {
            return peer.fin();
        }
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}
