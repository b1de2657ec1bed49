//! Rows of TCP: what keeps a connection from being made, and what befalls its system calls.

use serde_json::json;

use crate::world::row::row;
use crate::world::server::{Kind, Server, closed};

#[test]
fn nobody_listens() {
    row(|row| {
        row.client_with(json!({ "baseUrl": format!("http://{}", closed()) }));
        row.call().is("CONNECT", "UNTOUCHED", 1).says("refused the connection");
        let server = Server::start(Kind::Tls, |peer| peer.serve());
        row.client(&server, json!({}));
        row.good();
    });
}
