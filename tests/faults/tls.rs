//! TLS cases: certificates, versions, client certificates, the clock. `stream` has the cases of
//! damaged records.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::certificates::{TlsServer, file, text};
use crate::harness::{Kind, Server};
use crate::runner::{Daemon, FaultCase, Host, NGINX, Need, Runner, Start, case, extend};
use crate::support::{scratch, unused_address};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(valid_certificates).needs(NGINX),
        case!(invalid_certificates).needs(NGINX),
        case!(obsolete_versions_and_ciphers).needs(NGINX),
        case!(sessions_are_resumed).needs(NGINX),
        case!(the_server_requires_a_client_certificate).needs(NGINX),
        case!(the_required_client_certificate_is_missing_or_wrong),
        case!(certificates_and_keys_that_are_refused),
        case!(the_system_roots).needs(NGINX),
        case!(the_clock_jumps).needs(&[Need::Program("nginx"), Need::Faketime]),
    ]
}

const MODERN: &str = "ssl_protocols TLSv1.2 TLSv1.3;";
const SECURITY_OFF: &str = "ssl_ciphers ALL:@SECLEVEL=0;";

/// The configuration of a client that trusts `ca.pem`.
fn trusting(port: u16, host: &str, extra: Value) -> Value {
    let mut config =
        json!({ "baseUrl": format!("https://{host}:{port}"), "caFile": file("ca.pem") });
    extend(&mut config, extra);
    config
}

fn valid_certificates(runner: &Runner) {
    let names = ["good", "good-rsa", "good-ed25519", "good-chain"];
    let nginx = TlsServer::start("right", &names.map(|name| (name, MODERN)));
    runner.run(|host| {
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

/// The host, the certificate, its description in the error, and the next step.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("localhost", "expired", "has expired", ""),
    ("localhost", "not-yet-valid", "is not valid yet", ""),
    ("localhost", "wrong-host", "is for another host", CHECK_HOST),
    ("localhost", "name-only", "is for another host", CHECK_HOST),
    ("127.0.0.1", "wrong-address", "is for another host", CHECK_HOST),
    ("localhost", "self-signed", "is from an untrusted issuer", SET_CA),
    ("localhost", "unknown-issuer", "is from an untrusted issuer", SET_CA),
    ("localhost", "missing-intermediate", "is from an untrusted issuer", SET_CA),
    ("localhost", "for-clients", "is not valid for server authentication", ""),
    (
        "localhost",
        "authority-as-server",
        "is a CA certificate (CA:TRUE), not a server certificate",
        "; issue a server certificate that is not a CA certificate (CA:FALSE)",
    ),
    ("localhost", "sha1", "has a signature that cannot be verified", ""),
    ("localhost", "rsa-1024", "has a signature that cannot be verified", ""),
    ("localhost", "critical-extension", "has an unsupported critical extension", ""),
];

const CHECK_HOST: &str = "; check the host in \"baseUrl\"";
const SET_CA: &str = "; set \"caFile\" if the certificate is from a private CA";

fn invalid_certificates(runner: &Runner) {
    let servers: Vec<_> = WRONG.iter().map(|(_, name, ..)| (*name, SECURITY_OFF)).collect();
    let nginx = TlsServer::start("wrong", &servers);
    runner.run(|host| {
        for (index, (address, name, wrong, next_step)) in WRONG.iter().enumerate() {
            let port = nginx.port(index);
            host.client_with(trusting(port, address, json!({})));
            let called = host.call();
            let expected = format!(
                "tls: {address}:{port}: the server's certificate {wrong}; nothing was sent{next_step}"
            );
            assert_eq!(called.reply.text("error"), expected, "{name}");
            called.is("TLS", "UNTOUCHED", 1);
        }
    });
}

fn obsolete_versions_and_ciphers(runner: &Runner) {
    let past = [
        "ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;",
        "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;",
        "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384;",
    ];
    let nginx = TlsServer::start("past", &past.map(|directives| ("good", directives)));
    runner.run(|host| {
        for (index, alert) in
            ["ProtocolVersion", "ProtocolVersion", "HandshakeFailure"].iter().enumerate()
        {
            host.client_with(trusting(nginx.port(index), "localhost", json!({})));
            host.call().is("TLS", "UNTOUCHED", 1).says(alert);
        }
    });
}

fn sessions_are_resumed(runner: &Runner) {
    let versions = ["TLSv1.2", "TLSv1.3"];
    let directives = versions.map(|version| format!("ssl_protocols {version};"));
    let nginx = TlsServer::start("resumed", &[("good", &directives[0]), ("good", &directives[1])]);
    runner.run(|host| {
        for (index, version) in versions.iter().enumerate() {
            let extra = json!({ "maxIdleConnections": 0 });
            host.client_with(trusting(nginx.port(index), "localhost", extra));
            for (resumed, reused) in [".", "r", "r"].into_iter().enumerate() {
                let called = host.call();
                called.is("OK", "INVALID", 1);
                let body = called.reply.text("responseBody");
                assert_eq!(body, format!("{version} {reused} NONE"));
                let attempt = &called.attempts()[0];
                assert_eq!(attempt["tlsVersion"], version.trim_start_matches("TLSv"));
                assert_eq!(attempt["tlsResumed"], reused == "r");
                let handshakes = json!({ "full": 1, "resumed": resumed });
                assert_eq!(called.stats()["tlsHandshakes"], handshakes);
            }
        }
    });
}

fn the_server_requires_a_client_certificate(runner: &Runner) {
    let wanted = format!("ssl_verify_client on; ssl_client_certificate {};", file("ca.pem"));
    let wanted = ["TLSv1.2", "TLSv1.3"].map(|v| format!("ssl_protocols {v}; {wanted}"));
    let nginx = TlsServer::start("mutual", &[("good", &wanted[0]), ("good", &wanted[1])]);
    runner.run(|host| {
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
            // nginx refuses with an HTTP response.
            host.client_with(trusting(port, "localhost", json!({})));
            assert_eq!(host.call().is("HTTP", "UNTOUCHED", 1).reply.number("httpStatus"), 400);
        }
    });
}

/// `openssl s_server`, which sends an alert to clients without a certificate.
fn s_server(version: &str) -> (Daemon, u16) {
    let port = unused_address().port();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", version, "-accept", &port.to_string()]);
    command.args(["-cert", &file("good.pem"), "-key", &file("good.key")]);
    command.args(["-CAfile", &file("ca.pem"), "-Verify", "1", "-verify_return_error"]);
    (Daemon::start(&mut command, &[port]), port)
}

fn the_required_client_certificate_is_missing_or_wrong(runner: &Runner) {
    let other = json!({
        "clientCertFile": file("other-client.pem"), "clientKeyFile": file("other-client.key"),
    });
    for (version, missing, consequence) in [
        ("-tls1_2", "HandshakeFailure", "; nothing was sent"),
        ("-tls1_3", "CertificateRequired", "; Authlete did not process the request"),
    ] {
        let (_server, port) = s_server(version);
        runner.run(|host| {
            for (identity, alert) in [(json!({}), missing), (other.clone(), "UnknownCA")] {
                host.client_with(trusting(port, "localhost", identity));
                host.call().is("TLS", "UNTOUCHED", 1).says(alert).says(consequence);
            }
        });
    }
}

/// Asserts that the configuration is refused with `wrong` in the error.
fn refused(host: &mut Host, extra: Value, wrong: &str) {
    let mut config =
        json!({ "baseUrl": "https://localhost", "serviceId": "1", "accessToken": "t" });
    extend(&mut config, extra.clone());
    let called = host.request("client", &config.to_string());
    let reply = &called.reply;
    assert_eq!(reply.text("status"), "INVALID_CONFIG", "{extra}");
    assert!(reply.text("error").contains(wrong), "{wrong:?}: {}", reply.text("error"));
    assert!(!reply.text("error").contains("BEGIN"), "{}", reply.text("error"));
}

/// The cases that need a valid certificate. The others are in `tests/scenarios`.
fn certificates_and_keys_that_are_refused(runner: &Runner) {
    let (cert, key) = (text("client.pem"), text("client.key"));
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let garbage_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    runner.run(|host| {
        for (cert, key, wrong) in [
            (&*cert, &*text("other-client.key"), "does not match the certificate in"),
            (&cert, "", "\"clientKeyPem\""),
            (&cert, "no PEM", "contains no unencrypted PEM private key"),
            (&cert, garbage_key, "must be an RSA, ECDSA (P-256, P-384) or Ed25519 key"),
            (&cert, &cert, "contains no unencrypted PEM private key"),
            (garbage, &key, "contains an invalid X.509 certificate (number 1)"),
        ] {
            refused(host, json!({ "clientCertPem": cert, "clientKeyPem": key }), wrong);
        }
        refused(host, json!({ "caPem": text("ca.pem") + garbage }), "number 2");
    });
}

fn the_system_roots(runner: &Runner) {
    let nginx = TlsServer::start("system", &[("good", "")]);
    let config = json!({
        "baseUrl": format!("https://localhost:{}", nginx.port(0)), "roots": "system",
    });
    for (ca, status, ticket_state) in
        [("ca.pem", "OK", "INVALID"), ("other-ca.pem", "TLS", "UNTOUCHED")]
    {
        runner.run_in(&Start::plain().env("SSL_CERT_FILE", &file(ca)), |host| {
            host.client_with(config.clone());
            host.call().is(status, ticket_state, 1);
        });
    }
    let none =
        Start::plain().env("SSL_CERT_FILE", "/dev/null").env("SSL_CERT_DIR", "/proc/self/fd");
    runner.run_in(&none, |host| {
        refused(host, json!({ "roots": "system" }), "the system has no root certificates");
    });
}

/// Only the validity of certificates depends on the wall clock; deadlines and connections do not.
fn the_clock_jumps(runner: &Runner) {
    let nginx = TlsServer::start("clock", &[("good", "")]);
    let silent = Server::start(Kind::Plain, |peer| peer.hold());
    let clock = scratch().join("clock");
    fs::write(&clock, "+0").unwrap();
    let start = Start::plain()
        .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1")
        .env("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap())
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    runner.run_in(&start, |host| {
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
