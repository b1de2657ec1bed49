//! Cases of TLS: certificates, versions, client certificates, the clock. What goes wrong on the way
//! is `stream`'s.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::{Value, json};

use crate::harness::server::{Kind, Server, closed};
use crate::harness::{FaultCase, Harness, Host, Need, Start, case};
use crate::support::scratch;
use crate::tls_server::{Nginx, file, text};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(certificates_that_are_right).needs(&[Need::Program("nginx")]),
        case!(certificates_that_are_wrong).needs(&[Need::Program("nginx")]),
        case!(versions_and_ciphers_of_the_past).needs(&[Need::Program("nginx")]),
        case!(sessions_are_resumed).needs(&[Need::Program("nginx")]),
        case!(a_client_certificate_that_is_wanted_and_there).needs(&[Need::Program("nginx")]),
        case!(a_client_certificate_that_is_wanted_and_missing),
        case!(identities_that_cannot_work),
        case!(roots_that_cannot_work),
        case!(the_roots_of_the_system).needs(&[Need::Program("nginx")]),
        case!(the_clock_jumps).needs(&[Need::Program("nginx"), Need::Faketime]),
    ]
}

const MODERN: &str = "ssl_protocols TLSv1.2 TLSv1.3;";
const SECURITY_OFF: &str = "ssl_ciphers ALL:@SECLEVEL=0;";

/// A client that trusts `ca.pem`.
fn trusting(port: u16, host: &str, extra: Value) -> Value {
    let mut config =
        json!({ "baseUrl": format!("https://{host}:{port}"), "caFile": file("ca.pem") });
    config.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    config
}

fn certificates_that_are_right(harness: &Harness) {
    let names = ["good", "good-rsa", "good-ed25519", "good-chain"];
    let nginx = Nginx::start("nginx-right", &names.map(|name| (name, MODERN)));
    harness.run(|host| {
        for (index, name) in names.iter().enumerate() {
            for address in ["localhost", "127.0.0.1"] {
                host.client_with(trusting(nginx.port(index), address, json!({})));
                let called = host.call();
                called.is("OK", "INVALID", 1);
                let body = called.reply.text("responseBody");
                assert_eq!(body, "TLSv1.3 . NONE", "{name} at {address}");
            }
        }
    });
}

/// The host, the certificate, and what is said of it.
const WRONG: &[(&str, &str, &str)] = &[
    ("localhost", "expired", "has expired"),
    ("localhost", "not-yet-valid", "is not valid yet"),
    ("localhost", "wrong-host", "is for another host"),
    ("localhost", "name-only", "is for another host"),
    ("127.0.0.1", "wrong-address", "is for another host"),
    ("localhost", "self-signed", "is from an untrusted issuer"),
    ("localhost", "unknown-issuer", "is from an untrusted issuer"),
    ("localhost", "missing-intermediate", "is from an untrusted issuer"),
    ("localhost", "for-clients", "is not valid for servers"),
    ("localhost", "authority-as-server", "is a CA certificate (CA:TRUE), not a server certificate"),
    ("localhost", "sha1", "has a signature that cannot be verified"),
    ("localhost", "rsa-1024", "has a signature that cannot be verified"),
    ("localhost", "critical-extension", "has an extension that is not understood"),
];

fn certificates_that_are_wrong(harness: &Harness) {
    let servers: Vec<_> = WRONG.iter().map(|(_, name, _)| (*name, SECURITY_OFF)).collect();
    let nginx = Nginx::start("nginx-wrong", &servers);
    harness.run(|host| {
        for (index, (address, name, wrong)) in WRONG.iter().enumerate() {
            let port = nginx.port(index);
            host.client_with(trusting(port, address, json!({})));
            let called = host.call();
            let expected = format!(
                "tls: {address}:{port}: the server's certificate {wrong}; nothing was sent"
            );
            assert_eq!(called.reply.text("error"), expected, "{name}");
            called.is("TLS", "UNTOUCHED", 1);
        }
    });
}

fn versions_and_ciphers_of_the_past(harness: &Harness) {
    let past = [
        "ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;",
        "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;",
        "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384;",
    ];
    let nginx = Nginx::start("nginx-past", &past.map(|directives| ("good", directives)));
    harness.run(|host| {
        for (index, alert) in
            ["ProtocolVersion", "ProtocolVersion", "HandshakeFailure"].iter().enumerate()
        {
            host.client_with(trusting(nginx.port(index), "localhost", json!({})));
            host.call().is("TLS", "UNTOUCHED", 1).says(alert);
        }
    });
}

fn sessions_are_resumed(harness: &Harness) {
    let versions = ["TLSv1.2", "TLSv1.3"];
    let directives = versions.map(|version| format!("ssl_protocols {version};"));
    let nginx =
        Nginx::start("nginx-resumed", &[("good", &directives[0]), ("good", &directives[1])]);
    harness.run(|host| {
        for (index, version) in versions.iter().enumerate() {
            let extra = json!({ "maxIdleConnections": 0 });
            host.client_with(trusting(nginx.port(index), "localhost", extra));
            for reused in [".", "r", "r"] {
                let called = host.call();
                called.is("OK", "INVALID", 1);
                let body = called.reply.text("responseBody");
                assert_eq!(body, format!("{version} {reused} NONE"));
            }
        }
    });
}

fn a_client_certificate_that_is_wanted_and_there(harness: &Harness) {
    let wanted = format!("ssl_verify_client on; ssl_client_certificate {};", file("ca.pem"));
    let wanted = ["TLSv1.2", "TLSv1.3"].map(|v| format!("ssl_protocols {v}; {wanted}"));
    let nginx = Nginx::start("nginx-mutual", &[("good", &wanted[0]), ("good", &wanted[1])]);
    harness.run(|host| {
        for index in [0, 1] {
            let port = nginx.port(index);
            for identity in [
                json!({ "clientCertFile": file("client.pem"), "clientKeyFile": file("client.key") }),
                json!({ "clientCertPem": text("client.pem"), "clientKeyPem": text("client.key") }),
            ] {
                host.client_with(trusting(port, "localhost", identity));
                let called = host.call();
                called.is("OK", "INVALID", 1);
                assert!(called.reply.text("responseBody").ends_with(" SUCCESS"));
            }
            // nginx tells in HTTP.
            host.client_with(trusting(port, "localhost", json!({})));
            assert_eq!(host.call().is("HTTP", "UNTOUCHED", 1).reply.number("httpStatus"), 400);
        }
    });
}

/// `openssl s_server`, which refuses clients without a certificate by an alert.
struct SServer(Child, u16);

impl SServer {
    fn start(version: &str) -> Self {
        let port = closed().port();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-quiet", version, "-accept", &port.to_string()]);
        command.args(["-cert", &file("good.pem"), "-key", &file("good.key")]);
        command.args(["-CAfile", &file("ca.pem"), "-Verify", "1", "-verify_return_error"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self(command.spawn().expect("openssl is installed"), port);
        while TcpStream::connect(("localhost", port)).is_err() {
            thread::yield_now();
        }
        server
    }
}

impl Drop for SServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn a_client_certificate_that_is_wanted_and_missing(harness: &Harness) {
    let other = json!({
        "clientCertFile": file("other-client.pem"), "clientKeyFile": file("other-client.key"),
    });
    for (version, missing, consequence) in [
        ("-tls1_2", "HandshakeFailure", "; nothing was sent"),
        ("-tls1_3", "CertificateRequired", "; Authlete did not process the request"),
    ] {
        let server = SServer::start(version);
        harness.run(|host| {
            for (identity, alert) in [(json!({}), missing), (other.clone(), "UnknownCA")] {
                host.client_with(trusting(server.1, "localhost", identity));
                host.call().is("TLS", "UNTOUCHED", 1).says(alert).says(consequence);
            }
        });
    }
}

/// Asserts that no client is made, and that the error says `wrong` of the key.
fn refused(host: &mut Host, extra: Value, wrong: &str) {
    let mut config =
        json!({ "baseUrl": "https://localhost", "serviceId": "1", "accessToken": "t" });
    config.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let called = host.request("client", &config.to_string());
    let reply = &called.reply;
    assert_eq!(reply.text("status"), "INVALID_CONFIG", "{extra}");
    assert!(reply.text("error").contains(wrong), "{wrong:?}: {}", reply.text("error"));
    assert!(!reply.text("error").contains("BEGIN"), "{}", reply.text("error"));
}

fn identities_that_cannot_work(harness: &Harness) {
    let (cert, key) = (text("client.pem"), text("client.key"));
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let garbage_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    harness.run(|host| {
        for (cert, key, wrong) in [
            (&*cert, &*text("other-client.key"), "is not the key of"),
            (&cert, "", "\"clientKeyPem\""),
            (&cert, "no PEM", "contains no unencrypted PEM private key"),
            (&cert, garbage_key, "must be an RSA, ECDSA (P-256, P-384) or Ed25519 key"),
            (&cert, &cert, "contains no unencrypted PEM private key"),
            ("", &key, "\"clientCertPem\""),
            ("no PEM", &key, "contains no PEM certificate"),
            (garbage, &key, "contains a certificate (number 1) that is not X.509"),
            (&key, &key, "contains no PEM certificate"),
        ] {
            refused(host, json!({ "clientCertPem": cert, "clientKeyPem": key }), wrong);
        }
        refused(host, json!({ "clientCertPem": cert }), "needs");
        refused(host, json!({ "clientKeyPem": key }), "needs");
        let absent = json!({ "clientCertFile": "/absent.pem", "clientKeyPem": key });
        refused(host, absent, "\"clientCertFile\" names a file that does not exist");
    });
}

fn roots_that_cannot_work(harness: &Harness) {
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    harness.run(|host| {
        refused(host, json!({ "caPem": "" }), "\"caPem\"");
        refused(host, json!({ "caPem": "no PEM" }), "contains no PEM certificate");
        refused(host, json!({ "caPem": text("ca.key") }), "contains no PEM certificate");
        refused(host, json!({ "caPem": &garbage[..40] }), "\"caPem\"");
        refused(host, json!({ "caPem": text("ca.pem") + garbage }), "number 2");
        refused(host, json!({ "caFile": "/absent.pem" }), "names a file that does not exist");
        refused(host, json!({ "caFile": "/" }), "must name a file, not a directory");
        refused(host, json!({ "caFile": "/dev/null" }), "contains no PEM certificate");
    });
}

fn the_roots_of_the_system(harness: &Harness) {
    let nginx = Nginx::start("nginx-system", &[("good", "")]);
    let config = json!({
        "baseUrl": format!("https://localhost:{}", nginx.port(0)), "roots": "system",
    });
    harness.run_in(&Start::plain().env("SSL_CERT_FILE", &file("ca.pem")), |host| {
        host.client_with(config.clone());
        host.call().is("OK", "INVALID", 1);
    });
    harness.run_in(&Start::plain().env("SSL_CERT_FILE", &file("other-ca.pem")), |host| {
        host.client_with(config.clone());
        host.call().is("TLS", "UNTOUCHED", 1);
    });
    let none =
        Start::plain().env("SSL_CERT_FILE", "/dev/null").env("SSL_CERT_DIR", "/proc/self/fd");
    harness.run_in(&none, |host| {
        refused(host, json!({ "roots": "system" }), "the system has no root certificates");
    });
}

/// Only the verdict on certificates depends on the clock; deadlines and connections do not.
fn the_clock_jumps(harness: &Harness) {
    let nginx = Nginx::start("nginx-clock", &[("good", "")]);
    let silent = Server::start(Kind::Plain, |peer| peer.hold());
    let clock = scratch().join("clock");
    fs::write(&clock, "+0").unwrap();
    let start = Start::plain()
        .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1")
        .env("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap())
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    harness.run_in(&start, |host| {
        for (jump, wrong) in [("+3650d", "has expired"), ("-3650d", "is not valid yet")] {
            fs::write(&clock, "+0").unwrap();
            host.client_with(trusting(nginx.port(0), "localhost", json!({})));
            host.call().is("OK", "INVALID", 1);
            fs::write(&clock, jump).unwrap();
            host.call().is("OK", "INVALID", 1);
            host.client_with(trusting(nginx.port(0), "localhost", json!({})));
            host.call().is("TLS", "UNTOUCHED", 1).says(wrong);
            host.client(&silent, json!({ "timeoutMs": 200 }));
            let elapsed = host.call().is("TIMEOUT", "UNKNOWN", 1).elapsed;
            assert!(elapsed >= std::time::Duration::from_millis(200), "{elapsed:?}");
        }
    });
}
