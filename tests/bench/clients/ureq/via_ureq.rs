//! ureq as in its documentation, with a timeout for the whole call.

use std::error::Error;
use std::ffi::{CStr, c_char, c_int};
use std::fs;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

const PATH: &str = "/api/21653835348762/auth/authorization/fail";
const TOKEN: &str = "sandbox-access-token";

/// `struct client` and `struct caller` of call.h.
pub struct Client {
    url: String,
    agent: Agent,
}

/// `struct result` of call.h.
#[repr(C)]
pub struct Handed {
    action: [u8; 32],
    content: [u8; 1024],
}

#[derive(Serialize)]
struct Request {
    ticket: &'static str,
    reason: &'static str,
    description: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    action: String,
    response_content: String,
}

#[unsafe(no_mangle)]
extern "C" fn client_new(base_url: *const c_char, ca_file: *const c_char) -> Option<Box<Client>> {
    // SAFETY: calls.c passes its arguments.
    let base_url = unsafe { CStr::from_ptr(base_url) }.to_str().ok()?;
    let mut tls = TlsConfig::builder();
    if !ca_file.is_null() {
        // SAFETY: as above.
        let path = unsafe { CStr::from_ptr(ca_file) }.to_str().ok()?;
        let authority = Certificate::from_pem(&fs::read(path).ok()?).ok()?;
        tls = tls.root_certs(RootCerts::new_with_certs(&[authority]));
    }
    let config = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .tls_config(tls.build());
    Some(Box::new(Client { url: format!("{base_url}{PATH}"), agent: config.build().into() }))
}

#[unsafe(no_mangle)]
extern "C" fn caller_new(client: Box<Client>) -> Box<Client> {
    client
}

#[unsafe(no_mangle)]
extern "C" fn call(client: &Client, handed: &mut Handed) -> c_int {
    match read(client) {
        Ok(document) => {
            copy(&document.action, &mut handed.action);
            copy(&document.response_content, &mut handed.content);
            0
        }
        Err(error) => {
            eprintln!("ureq: {error}");
            1
        }
    }
}

/// A status that is not 2xx is an error by default.
fn read(client: &Client) -> Result<Document, Box<dyn Error>> {
    let mut response = client
        .agent
        .post(&client.url)
        .header("Authorization", format!("Bearer {TOKEN}"))
        .send_json(Request {
            ticket: "pJxPbqwvhRYUMEaRjXmZz3Vb2wYH8N6kq0dTLsQe1Cg",
            reason: "NOT_LOGGED_IN",
            description: "The user has not logged in.",
        })?;
    Ok(response.body_mut().read_json()?)
}

fn copy(text: &str, to: &mut [u8]) {
    let length = text.len().min(to.len() - 1);
    to[..length].copy_from_slice(&text.as_bytes()[..length]);
    to[length] = 0;
}
