//! HTTPS against a real server on loopback.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::path::PathBuf;

use authlete_fail_sandbox::{Options, Sandbox, Service, Tls};
use serde_json::{Value, json};
use support::driver::{Driver, InProcess, Reply};
use support::scratch;
use support::server::{self, Then};

/// A certificate that is its own issuer.
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
    let mut driver = InProcess::new();
    let made = driver.command("client", config.to_string().as_bytes()).unwrap();
    assert_eq!(made.text("status"), "OK", "{}", made.text("error"));
    driver.command("backchannel_authentication", b"{\"reason\":\"ACCESS_DENIED\"}").unwrap()
}

#[test]
fn the_given_roots_are_trusted() {
    let certificate = Certificate::make("trusted", "localhost");
    let sandbox = certificate.serve();
    let other = Certificate::make("beside", "other.example");
    for roots in [
        json!({ "caFile": certificate.path }),
        json!({ "caPem": certificate.pem }),
        json!({ "caPem": other.pem + &certificate.pem }),
    ] {
        let reply = call(&sandbox.base_url(), roots);
        assert_eq!(reply.text("outcome"), "DELIVERED", "{}", reply.text("error"));
        assert_eq!(reply.number("responseStatus"), 403);
    }
    assert_eq!(sandbox.requests(), 3);
}

/// It belongs to the program, which may want another one than ring's.
#[test]
fn the_default_crypto_provider_of_the_process_stays_unset() {
    let certificate = Certificate::make("provider", "localhost");
    let sandbox = certificate.serve();
    let reply = call(&sandbox.base_url(), json!({ "caPem": certificate.pem }));
    assert_eq!(reply.text("status"), "OK", "{}", reply.text("error"));
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

#[test]
fn a_certificate_that_is_not_trusted_ends_the_call() {
    let certificate = Certificate::make("untrusted", "localhost");
    let wrong_host = Certificate::make("wrong-host", "other.example");
    let other = Certificate::make("other", "localhost");
    let issuer = "is from an issuer that is not trusted";
    for (served, roots, wrong) in [
        (&certificate, json!({}), issuer),
        (&certificate, json!({ "roots": "bundled" }), issuer),
        (&certificate, json!({ "caFile": other.path }), "has a signature that cannot be verified"),
        (&wrong_host, json!({ "caFile": wrong_host.path }), "is for another host"),
    ] {
        let sandbox = served.serve();
        let reply = call(&sandbox.base_url(), roots);
        assert_eq!(reply.text("status"), "TLS", "{wrong}");
        assert_eq!(reply.text("ticketState"), "NONE");
        assert_eq!(reply.number("responseStatus"), 500);
        let host = sandbox.base_url().replace("https://", "");
        let expected = format!("tls: {host}: the server's certificate {wrong}; nothing was sent");
        assert_eq!(reply.text("error"), expected);
        assert_eq!(sandbox.requests(), 0);
    }
}

#[test]
fn a_server_that_does_not_speak_tls_ends_the_call() {
    for (then, status) in [
        (Then::Ignore, "TIMEOUT"),
        (Then::Close, "TLS"),
        (Then::Greet(b"220 mail.example ESMTP\r\n".to_vec()), "TLS"),
    ] {
        let server = server::Server::start(then);
        let url = server.base_url().replace("http://127.0.0.1", "https://localhost");
        let reply = call(&url, json!({ "timeoutMs": 500 }));
        assert_eq!(reply.text("status"), status, "{}", reply.text("error"));
        assert!(reply.text("error").ends_with("; nothing was sent"), "{}", reply.text("error"));
    }
}
