//! Cases of GET and DELETE, of API responses without a body, and of long headers.

use serde_json::json;

use crate::general::{ISSUE, OTHER, TICKET};
use crate::harness::dpop::{key, response};
use crate::harness::{Peer, Server, http};
use crate::runner::{FaultCase, Host, Runner, TOKEN, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(a_get_or_delete_has_no_body),
        case!(a_response_without_a_body_leaves_the_connection_usable),
        case!(a_204_with_a_body_closes_the_connection),
        case!(the_headers_are_as_long_as_the_buffer),
    ]
}

/// Compares every byte of the requests.
fn a_get_or_delete_has_no_body(runner: &Runner) {
    runner.run_plain_and_tls(|host, kind| {
        let server = Server::start(kind, Peer::serve);
        host.client(&server, json!({ "userAgent": "test" }));
        let path = "/client/get/1?a=b%20c";
        for method in ["GET", "DELETE", "GET"] {
            host.general(path, "", json!({ "method": method })).is("OK", "NONE", 1);
            let expected = format!(
                "{method} /api/1{path} HTTP/1.1\r\nhost: {}\r\nAccept: application/json\r\n\
                 User-Agent: test\r\nAuthorization: Bearer {TOKEN}\r\n\r\n",
                server.address()
            );
            assert_eq!(server.requests().last().unwrap().head, expected);
            host.good();
        }
        assert_eq!(server.connections(), 1);
    });
}

/// Makes calls with each method. Each gets an API response without a document, and the next call gets
/// its own response.
fn without_document(host: &mut Host, server: &Server) {
    for (path, method, request) in
        [(ISSUE, "POST", TICKET), (OTHER, "POST", "{}"), (OTHER, "GET", ""), (OTHER, "DELETE", "")]
    {
        host.client(server, json!({}));
        let called = host.general(path, request, json!({ "method": method }));
        let state = if request == TICKET { "UNKNOWN" } else { "NONE" };
        called.is("OK", state, 1).may_repeat(false);
        assert_eq!(called.reply.text("outcome"), "OTHER_API");
        assert_eq!(called.reply.text("json"), "");
        host.good();
    }
}

fn a_response_without_a_body_leaves_the_connection_usable(runner: &Runner) {
    for response in [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ] {
        runner.run_plain_and_tls(|host, kind| {
            let server = Server::start(kind, move |peer| {
                peer.request()?;
                peer.send(response)?;
                peer.serve()
            });
            without_document(host, &server);
            assert_eq!(server.connections(), 4, "{response}");
        });
    }
}

/// The body, or a response that is in its place, must not become the response to the next call.
fn a_204_with_a_body_closes_the_connection(runner: &Runner) {
    let stray = http("200 OK", &[], br#"{"action":"LOCATION","responseContent":"https://stray/"}"#);
    let with_length = "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}".as_bytes().to_vec();
    let unframed = [b"HTTP/1.1 204 No Content\r\n\r\n", &stray[..]].concat();
    for response in [with_length, unframed] {
        runner.run_plain_and_tls(|host, kind| {
            let response = response.clone();
            let server = Server::start(kind, move |peer| {
                if peer.number % 2 == 1 {
                    return peer.serve();
                }
                peer.request()?;
                peer.send(&response)?;
                peer.serve()
            });
            without_document(host, &server);
            assert_eq!(server.connections(), 8);
        });
    }
}

/// The request line and the headers must fit into 16 KiB. One more byte is refused before anything is
/// sent.
fn the_headers_are_as_long_as_the_buffer(runner: &Runner) {
    const BUFFER: usize = 16 * 1024;
    runner.run_plain_and_tls(|host, kind| {
        let credential = "c".repeat(4096);
        let basic = json!({
            "apiVersion": "v2", "apiKey": credential, "apiSecret": credential,
            "serviceId": null, "accessToken": null,
        });
        let mut key = key("RSA 4096");
        key["kid"] = json!("k".repeat(254));
        let dpop = json!({ "accessToken": credential, "dpopKey": key });
        for (mut config, base_path, path) in [(basic, 1000, 200), (dpop, 2000, 490)] {
            // The longest nonce.
            let server = Server::start(kind, |peer| {
                loop {
                    let request = peer.request()?;
                    peer.send(response(&request, &"n".repeat(256)))?;
                }
            });
            let base_url = server.config()["baseUrl"].as_str().unwrap().to_owned();
            config["baseUrl"] = json!(format!("{base_url}/{}", "b".repeat(base_path)));
            host.client(&server, config);
            let path = format!("/{}", "p".repeat(path));
            let mut call = |len| {
                let headers = json!({ "headers": { "X-Long": "x".repeat(len) } });
                host.general(&path, TICKET, headers)
            };
            // The limit, by binary search.
            let (mut accepted, mut refused) = (0, 4080);
            call(accepted).is("OK", "UNKNOWN", 1);
            while refused - accepted > 1 {
                let len = (accepted + refused) / 2;
                match call(len).reply.text("status") {
                    "OK" => accepted = len,
                    _ => refused = len,
                }
            }
            call(accepted).is("OK", "UNKNOWN", 1);
            let requests = server.requests();
            let longest = requests.last().unwrap().head.len();
            // The check assumes the longest method and length, and the latest time in the proof.
            assert!((BUFFER - 64..=BUFFER).contains(&longest), "{longest} bytes");
            assert_eq!(requests.last().unwrap().body, TICKET);
            call(refused)
                .is("INVALID_REQUEST", "UNTOUCHED", 0)
                .may_repeat(false)
                .says("longer than");
            assert_eq!(server.requests().len(), requests.len());
            assert_eq!(server.connections(), 1);
        }
    });
}
