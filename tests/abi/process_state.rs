//! The library does not change process-wide state; `tests/c/process_state.c` compares it.

use authlete_fail_sandbox::{Options, Sandbox, Service, Tls};
use serde_json::json;

use super::{compile, library, run, support};

#[test]
fn process_state_is_unchanged() {
    let generated = rcgen::generate_simple_self_signed(["authlete.test".to_owned()]).unwrap();
    let tls = Tls {
        certificate_pem: generated.cert.pem(),
        key_pem: generated.signing_key.serialize_pem(),
    };
    let ca_pem = tls.certificate_pem.clone();
    let sandbox = Sandbox::start(Options { tls: Some(tls), ..Options::default() }).unwrap();
    let service = Service::defaults().remove(0);
    let config = |base_url: &str, timeout_ms: u32| {
        json!({
            "baseUrl": base_url, "caPem": ca_pem, "timeoutMs": timeout_ms,
            "serviceId": service.service_id, "accessToken": service.access_token,
        })
        .to_string()
    };
    let good = config(&sandbox.base_url().replace("localhost", "authlete.test"), 30_000);
    let hanging = config("https://hangs.test", 20);
    // The program is not linked to the library, but loads it.
    let flags = ["-std=gnu11", "-rdynamic", "-Wl,--as-needed", "-ldl"];
    let program = compile("cc", &["tests/c/process_state.c"], "process-state-c", &flags);
    let mut command = support::program(&program);
    command.arg(library()).args([good, hanging]).env_clear().env("NAME", "value");
    if support::is_emulated() {
        command.env("EMULATED", "");
    }
    let printed = run(&mut command);
    assert!(printed.starts_with("process_state: "), "{printed}");
    assert_eq!(sandbox.requests(), 1);
}
