//! The options that let other machines use the sandbox, and its log.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};

use crate::api_client::*;
use crate::program::{file, running, stop};

fn status(url: &str, token: &str) -> u16 {
    send("GET", &format!("{url}/sandbox"), &[("Authorization", token)], "").status
}

#[test]
fn off_loopback_the_control_api_requires_the_printed_token() {
    let (child, url, out) = running(&["--port", "0", "--host", "0.0.0.0"]);
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let notes: Vec<String> = out.lines().take(2).map(Result::unwrap).collect();
    assert_eq!(notes[0], "on all addresses (0.0.0.0)");
    let token = notes[1].strip_prefix("control token: ").unwrap();
    assert_eq!(token.len(), 43);
    for (authorization, expected) in [
        (String::new(), 401),
        ("Bearer wrong".to_owned(), 401),
        (format!("Basic {token}"), 401),
        (format!("Bearer {token}"), 200),
        (format!("bearer {token}"), 200),
    ] {
        assert_eq!(status(&url, &authorization), expected, "{authorization}");
    }
    for (method, path) in [("POST", "faults"), ("DELETE", "requests"), ("GET", "nothing")] {
        let headers = [("Content-Type", JSON)];
        let response = send(method, &format!("{url}/sandbox/{path}"), &headers, "{}");
        assert_eq!(response.status, 401, "{method} {path}");
    }
    let health = send("GET", &format!("{url}/api/lifecycle/healthcheck"), &[], "");
    assert_eq!(health.text, "OK");
    assert_eq!(stop(child, "TERM"), 0);
}

#[test]
fn a_chosen_control_token_applies_everywhere_and_is_not_printed() {
    for host in ["127.0.0.1", "0.0.0.0", "::1"] {
        let arguments = ["--port", "0", "--host", host, "--control-token", "chosen-token"];
        let (child, url, mut out) = running(&arguments);
        assert_eq!(url.starts_with("http://[::1]:"), host == "::1", "{url}");
        assert_eq!((status(&url, ""), status(&url, "Bearer chosen-token")), (401, 200), "{host}");
        assert_eq!(stop(child, "TERM"), 0);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert!(!rest.contains("control token") && !rest.contains("chosen-token"), "{rest}");
    }
}

/// Requests the health check over TLS and verifies the certificate for `name`.
fn is_trusted(port: u16, ca: &str, host: &str, name: &str) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect((host, port)).unwrap();
    let mut stream = Stream::new(&mut connection, &mut socket);
    let request =
        "GET /api/lifecycle/healthcheck HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if let Err(error) = stream.write_all(request.as_bytes()) {
        assert!(error.to_string().contains("not valid for name"), "{error}");
        return false;
    }
    let mut text = String::new();
    match stream.read_to_string(&mut text) {
        // The sandbox closes without close_notify.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
        result => assert!(result.is_ok(), "{result:?}"),
    }
    text.ends_with("OK")
}

#[test]
fn tls_creates_a_ca_and_a_certificate() {
    let ca_file = file("created-ca.pem", "");
    let arguments = [
        "--port",
        "0",
        "--host",
        "127.0.0.2",
        "--tls",
        &ca_file,
        "--tls-name",
        "authlete",
        "--tls-name",
        "10.1.2.3",
    ];
    let (child, url, out) = running(&arguments);
    assert!(url.starts_with("https://localhost:"), "{url}");
    let note = out.lines().next().unwrap().unwrap();
    assert_eq!(note, format!("CA certificate: {ca_file}"));
    let ca = std::fs::read_to_string(&ca_file).unwrap();
    assert!(ca.starts_with("-----BEGIN CERTIFICATE-----") && !ca.contains("KEY"), "{ca}");
    let port: u16 = url.rsplit_once(':').unwrap().1.parse().unwrap();
    for (name, expected) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("::1", true),
        ("127.0.0.2", true),
        ("authlete", true),
        ("10.1.2.3", true),
        ("other", false),
    ] {
        assert_eq!(is_trusted(port, &ca, "127.0.0.2", name), expected, "{name}");
    }
    assert_eq!(stop(child, "TERM"), 0);
}

#[test]
fn the_log_has_a_line_for_each_api_request_without_secrets() {
    let (mut child, url, _out) = running(&["--port", "0", "--log"]);
    let api = |path: &str, body: &Value| {
        let headers = [("Authorization", "Bearer sandbox-access-token"), ("Content-Type", JSON)];
        let url = format!("{url}/api/21653835348762/{path}");
        try_send("POST", &url, &headers, &body.to_string())
    };
    let fail_next = |fault: &Value| {
        let headers = [("Content-Type", JSON)];
        let url = format!("{url}/sandbox/faults");
        assert_eq!(send("POST", &url, &headers, &fault.to_string()).status, 201);
    };
    let parameters = "response_type=code&client_id=26478243745571&client_secret=a-secret";
    let issued = api("auth/authorization", &json!({ "parameters": parameters })).unwrap().json();
    let ticket = issued["ticket"].as_str().unwrap();
    let deny = json!({ "ticket": ticket, "reason": "DENIED" });
    fail_next(&json!({ "disconnect": "before", "processed": true }));
    api(AUTHORIZATION_FAIL, &deny).unwrap_err();
    fail_next(&json!({ "status": 503, "delayMs": 1 }));
    api(AUTHORIZATION_FAIL, &deny).unwrap();
    api("auth/nothing", &deny).unwrap();

    let service = "service=21653835348762";
    let err = BufReader::new(child.stderr.take().unwrap());
    let lines: Vec<String> = err.lines().take(4).map(Result::unwrap).collect();
    let expected = [
        format!(
            "method=POST path=/auth/authorization {service} status=200 action=INTERACTION code=A004001"
        ),
        format!(
            "method=POST path=/auth/authorization/fail {service} action=LOCATION code=A060306 \
             fault=true processed=true disconnect=before"
        ),
        format!(
            "method=POST path=/auth/authorization/fail {service} status=503 fault=true \
             processed=false delay_ms=1"
        ),
        "method=POST path=/api/21653835348762/auth/nothing status=404".to_owned(),
    ];
    assert_eq!(lines, expected);
    assert_eq!(stop(child, "TERM"), 0);
}
