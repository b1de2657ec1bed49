//! HTTP and TLS, byte by byte where needed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use authlete_fail_sandbox::{Options, Sandbox, StartError, Tls};
use tokio_rustls::rustls::crypto::ring;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::api_client::*;

const HEADERS: &str = "POST /api/auth/token/fail HTTP/1.1\r\nHost: localhost\r\n\
                    Authorization: Bearer sandbox-access-token\r\nContent-Type: application/json\r\n";

fn connect(sandbox: &Sandbox) -> TcpStream {
    let stream = TcpStream::connect(sandbox.base_url().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Reads the status line and the headers, including the empty line.
fn read_headers(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error} after {text}"));
        text.push(byte[0].into());
    }
    text
}

/// Reads one complete response.
fn read_response(stream: &mut TcpStream) -> (String, String) {
    let headers = read_headers(stream);
    let (_, length) = headers.split_once("content-length: ").unwrap();
    let length = length.split_once("\r\n").unwrap().0.parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (headers, String::from_utf8(body).unwrap())
}

#[test]
fn a_connection_stays_open_after_an_error() {
    let sandbox = start();
    let mut stream = connect(&sandbox);
    let unauthorized = HEADERS.replace("sandbox-access-token", "wrong");
    for (headers, status) in
        [(HEADERS, "200 OK"), (&*unauthorized, "401 Unauthorized"), (HEADERS, "200 OK")]
    {
        write!(stream, "{headers}Content-Length: 2\r\n\r\n{{}}").unwrap();
        let (headers, _) = read_response(&mut stream);
        assert!(headers.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{headers}");
    }
    assert_eq!(sandbox.requests(), 3);
}

#[test]
fn expect_100_continue_is_honoured_before_the_body() {
    let sandbox = start();
    let mut stream = connect(&sandbox);
    write!(stream, "{HEADERS}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n").unwrap();
    assert!(read_headers(&mut stream).starts_with("HTTP/1.1 100 Continue\r\n"));
    write!(stream, "{{}}").unwrap();
    assert!(read_headers(&mut stream).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn a_chunked_body_is_read() {
    let sandbox = start();
    let mut stream = connect(&sandbox);
    let chunks = "b\r\n{\"ticket\": \r\n4\r\n\"x\"}\r\n0\r\n\r\n";
    write!(stream, "{HEADERS}Transfer-Encoding: chunked\r\n\r\n{chunks}").unwrap();
    let (headers, body) = read_response(&mut stream);
    assert!(headers.starts_with("HTTP/1.1 200 OK\r\n"), "{headers}");
    assert!(body.contains("A063202"), "{body}");
}

#[test]
fn an_incomplete_request_is_not_counted() {
    let sandbox = start();
    let mut stream = connect(&sandbox);
    write!(stream, "{HEADERS}Content-Length: 200\r\n\r\n{{").unwrap();
    drop(stream);
    ApiClient::of(&sandbox).post(TOKEN_FAIL, JSON, "{}");
    assert_eq!(sandbox.requests(), 1);
}

#[test]
fn dropping_ends_open_connections_and_frees_the_port() {
    let sandbox = start();
    let mut stream = connect(&sandbox);
    write!(stream, "{HEADERS}Content-Length: 200\r\n\r\n{{").unwrap();
    let port = stream.peer_addr().unwrap().port();
    drop(sandbox);
    assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
    let again = Sandbox::start(Options { port, ..Options::default() }).unwrap();
    match Sandbox::start(Options { port, ..Options::default() }) {
        Err(error @ StartError::Listen { .. }) => {
            assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
        }
        _ => panic!("two sandboxes on one port"),
    }
    drop(again);
}

/// Tests of an asynchronous server start the sandbox inside their runtime.
#[test]
fn it_starts_and_stops_inside_a_tokio_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let sandbox = start();
        ApiClient::of(&sandbox).authorization_ticket("");
        let port = connect(&sandbox).peer_addr().unwrap().port();
        assert!(Sandbox::start(Options { port, ..Options::default() }).is_err());
    });
}

pub fn certificate() -> Tls {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Tls { certificate_pem: certified.cert.pem(), key_pem: certified.signing_key.serialize_pem() }
}

#[test]
fn tls_is_served_for_localhost() {
    let tls = certificate();
    let root = Certificate::from_pem(tls.certificate_pem.as_bytes()).unwrap().to_owned();
    let sandbox = Sandbox::start(Options { tls: Some(tls), ..Options::default() }).unwrap();
    assert!(sandbox.base_url().starts_with("https://localhost:"));
    let config = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(vec![root])))
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .build();
    let agent: Agent = Agent::config_builder().tls_config(config).build().into();
    let url = format!("{}/api/lifecycle/healthcheck", sandbox.base_url());
    assert_eq!(agent.get(&url).call().unwrap().body_mut().read_to_string().unwrap(), "OK");
}

#[test]
fn an_invalid_certificate_is_an_error() {
    let good = certificate();
    let cases = [
        (String::new(), good.key_pem.clone()),
        (good.certificate_pem.clone(), "x".to_owned()),
        (good.certificate_pem.clone(), certificate().key_pem),
    ];
    for (certificate_pem, key_pem) in cases {
        let tls = Some(Tls { certificate_pem, key_pem });
        let result = Sandbox::start(Options { tls, ..Options::default() });
        assert!(matches!(result, Err(StartError::Tls(_))));
    }
}
