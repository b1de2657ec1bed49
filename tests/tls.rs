//! HTTPS calls to a real server on loopback.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod harness;
mod support;

use std::path::PathBuf;

use authlete_fail::ffi::{Outcome, Status};
use authlete_fail_sandbox::{Options, Sandbox, Service, Tls};
use harness::client::{Call, Client, Reply};
use serde_json::{Value, json};
use support::scratch;

/// A self-signed certificate.
struct Certificate {
    path: PathBuf,
    pem: String,
    key_pem: String,
}

impl Certificate {
    fn make(name: &str, host: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
        let path = scratch().join(format!("{name}.pem"));
        let pem = made.cert.pem();
        std::fs::write(&path, &pem).unwrap();
        Self { path, pem, key_pem: made.signing_key.serialize_pem() }
    }

    fn serve(&self) -> Sandbox {
        let tls = Tls { certificate_pem: self.pem.clone(), key_pem: self.key_pem.clone() };
        Sandbox::start(Options { tls: Some(tls), ..Options::default() }).unwrap()
    }
}

/// Fails a CIBA request that needs no ticket.
fn call(base_url: &str, roots: Value) -> Reply {
    let service = Service::defaults().remove(0);
    let mut config = json!({
        "baseUrl": base_url,
        "serviceId": service.service_id,
        "accessToken": service.access_token,
    });
    config.as_object_mut().unwrap().extend(roots.as_object().unwrap().clone());
    let client = Client::accepted(config.to_string(), None);
    client.call(Call::BackchannelAuthentication, r#"{"reason":"ACCESS_DENIED"}"#)
}

#[test]
fn the_given_roots_are_trusted() {
    let certificate = Certificate::make("trusted", "localhost");
    let sandbox = certificate.serve();
    let other = Certificate::make("not-used", "other.example");
    for roots in [
        json!({ "caFile": certificate.path }),
        json!({ "caPem": certificate.pem }),
        json!({ "caPem": other.pem + &certificate.pem }),
    ] {
        let reply = call(&sandbox.base_url(), roots);
        assert_eq!(reply.outcome(), Outcome::Delivered, "{}", reply.error());
        assert_eq!(reply.response_status(), 403);
    }
    assert_eq!(sandbox.requests(), 3);
}

/// A program that uses the library may install a provider other than ring.
#[test]
fn the_default_crypto_provider_of_the_process_stays_unset() {
    let certificate = Certificate::make("provider", "localhost");
    let sandbox = certificate.serve();
    let reply = call(&sandbox.base_url(), json!({ "caPem": certificate.pem }));
    assert_eq!(reply.status(), Status::Ok, "{}", reply.error());
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

/// `tests/scenarios` has the other certificate errors.
#[test]
fn a_certificate_with_another_key_ends_the_call() {
    let sandbox = Certificate::make("served", "localhost").serve();
    let trusted = Certificate::make("other", "localhost");
    let reply = call(&sandbox.base_url(), json!({ "caFile": trusted.path }));
    let host = sandbox.base_url().replace("https://", "");
    let expected = format!(
        "tls: {host}: the server's certificate has a signature that cannot be verified; \
         nothing was sent"
    );
    assert_eq!(reply.error(), expected);
    assert_eq!(reply.status(), Status::Tls);
    assert_eq!(sandbox.requests(), 0);
}
