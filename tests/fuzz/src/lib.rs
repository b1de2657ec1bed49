//! What the targets share: calls through the C ABI, a peer that plays back bytes, and what holds
//! for every reply.

mod peer;
mod reply;

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;

use authlete_fail::ffi::{self, Status, call, client};

pub use peer::Peer;
pub use reply::Reply;

/// Stands in secrets, and in what the fuzzer makes of the seeds; no error may hold it. It has
/// digits, so that no error may quote it as a misspelt name either.
pub const CANARY: &str = "c4n4ry";

/// One of the three calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Authorization,
    Token,
    BackchannelAuthentication,
}

impl Call {
    /// By the low bits of `number`.
    pub fn from_number(number: u8) -> Self {
        match number % 4 {
            0 => Self::Token,
            1 => Self::BackchannelAuthentication,
            _ => Self::Authorization,
        }
    }

    /// A request that is accepted.
    pub fn request(self) -> &'static [u8] {
        match self {
            Self::Authorization => b"{\"ticket\":\"t1-c4n4ry\",\"reason\":\"DENIED\"}",
            Self::Token => b"{\"ticket\":\"t1-c4n4ry\",\"reason\":\"INVALID_CLIENT\"}",
            Self::BackchannelAuthentication => {
                b"{\"ticket\":\"t1-c4n4ry\",\"reason\":\"ACCESS_DENIED\"}"
            }
        }
    }
}

/// A client, freed when dropped.
pub struct Client(*mut ffi::Client);

// SAFETY: the library promises that threads may share a client.
unsafe impl Send for Client {}
// SAFETY: as above.
unsafe impl Sync for Client {}

impl Client {
    /// The client is there exactly if the status is OK.
    pub fn new(config: &[u8]) -> (Option<Self>, Reply) {
        let mut made = MaybeUninit::uninit();
        let mut reply = MaybeUninit::uninit();
        let (start, len) = (config.as_ptr().cast::<c_char>(), config.len());
        let (none, to_client, out) = (ptr::null_mut(), Some(&mut made), Some(&mut reply));
        // SAFETY: `config` outlives the call.
        let status =
            unsafe { client::authlete_fail_client_new(start, len, None, none, to_client, out) };
        // SAFETY: client_new writes both, whatever it returns.
        let (made, reply) = unsafe { (made.assume_init(), reply.assume_init()) };
        assert_eq!(made.is_null(), status != Status::Ok);
        // SAFETY: the reply was just made.
        let reply = unsafe { Reply::take(reply, status) };
        ((!made.is_null()).then(|| Self(made)), reply)
    }

    /// A client of `peer` with `members` beside the usual ones.
    pub fn of_peer(peer: &Peer, members: &str) -> Self {
        let config = format!(
            "{{\"baseUrl\":\"http://{}\",\"serviceId\":\"1\",\"accessToken\":\"{CANARY}\",\
             \"timeoutMs\":20000{members}}}",
            peer.address()
        );
        let (client, reply) = Self::new(config.as_bytes());
        client.unwrap_or_else(|| panic!("{}", reply.error()))
    }

    /// Calls, and checks what holds for every reply.
    pub fn call(&self, call: Call, request: &[u8]) -> Reply {
        let (start, len) = (request.as_ptr().cast::<c_char>(), request.len());
        let mut reply = MaybeUninit::uninit();
        // SAFETY: not NULL, and freed in drop only.
        let client = Some(unsafe { &*self.0 });
        let out = Some(&mut reply);
        let function = match call {
            Call::Authorization => call::authlete_fail_authorization,
            Call::Token => call::authlete_fail_token,
            Call::BackchannelAuthentication => call::authlete_fail_backchannel_authentication,
        };
        // SAFETY: `request` outlives the call.
        let status = unsafe { function(client, start, len, out) };
        // SAFETY: a call fills it on every return.
        unsafe { Reply::take(reply.assume_init(), status) }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: made by client_new, and freed once.
        client::authlete_fail_client_free(Some(unsafe { Box::from_raw(self.0) }));
    }
}
