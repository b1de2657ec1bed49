//! A test for `make check-deep` only: `cargo test --test deep -- --ignored`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::process::Command;

use authlete_fail_sandbox::{Options, Sandbox, Service, Tls};
use serde_json::json;
use support::{compile, run, scratch};

/// Each allocation of the library fails once, over plain HTTP and over TLS.
#[test]
#[ignore = "make malloc"]
fn malloc() {
    let sources = ["tests/deep/malloc_failures.c", "tests/deep/failing_malloc.c"];
    let program = compile("cc", &sources, "malloc_failures", &["-std=c11"]);

    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate_pem, key_pem) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls = Tls { certificate_pem: certificate_pem.clone(), key_pem };
    for tls in [None, Some(tls)] {
        let is_tls = tls.is_some();
        let sandbox = Sandbox::start(Options { tls, ..Options::default() }).unwrap();
        let service = Service::defaults().remove(0);
        let mut config = json!({
            "baseUrl": sandbox.base_url(),
            "serviceId": service.service_id,
            "accessToken": service.access_token,
        });
        if is_tls {
            config["caPem"] = json!(certificate_pem);
        }
        let path = scratch().join("malloc_failures.json");
        fs::write(&path, config.to_string()).unwrap();
        let printed = run(Command::new(&program).arg(&path));
        println!("{}:\n{printed}", if is_tls { "TLS" } else { "plain HTTP" });
    }
}
