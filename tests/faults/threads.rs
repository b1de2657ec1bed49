//! Thread cases: one client for many threads, shutdown, cancellation, token rotation.

use serde_json::json;

use crate::runner::{FaultCase, ROUNDS, Runner, case, good_servers};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(sixty_four_threads_get_their_own_responses),
        // During the lookup, the connection setup, the handshake, the wait for the response and its body.
        case!(shutdown_ends_a_call_in_every_phase, phases("shutdown")),
        case!(a_cancelled_thread_ends_after_its_call_in_every_phase, phases("cancel")),
        // During the first three of these phases: a `connect` sends no request.
        case!(shutdown_ends_a_connect_in_every_phase, phases("shutdown-connect")),
        case!(a_cancelled_thread_ends_after_its_connect_in_every_phase, phases("cancel-connect")),
        case!(no_function_is_a_cancellation_point),
        case!(a_token_is_rotated_during_calls),
    ]
}

fn sixty_four_threads_get_their_own_responses(runner: &Runner) {
    for server in good_servers() {
        runner.program("threads", "share").client(&server, json!({})).number(30).run();
        assert_eq!(server.requests().len(), 64 * 30 * ROUNDS);
        assert!(server.connections() <= 64 * ROUNDS, "{} connections", server.connections());
    }
}

fn phases(mode: &'static str) -> impl Fn(&Runner) {
    move |runner| drop(runner.program("phases", mode).run())
}

fn no_function_is_a_cancellation_point(runner: &Runner) {
    for server in good_servers() {
        let mut config = server.config();
        if let Some(pem) = config.get("caPem").cloned() {
            let path = crate::support::scratch().join("cancelled.pem");
            std::fs::write(&path, pem.as_str().unwrap()).unwrap();
            config["caFile"] = json!(path);
            config.as_object_mut().unwrap().remove("caPem");
        }
        runner.program("phases", "cancel-before").client_with(config).run();
    }
}

fn a_token_is_rotated_during_calls(runner: &Runner) {
    let calls = 4_000;
    let [server, _] = good_servers();
    let extra = json!({ "accessToken": "token-%d" });
    runner.program("threads", "rotate").client(&server, extra).number(calls).run();
    let requests = server.requests();
    assert_eq!(requests.len(), calls * ROUNDS);
    let mut tokens = std::collections::BTreeSet::new();
    for request in &requests {
        let ticket = request.ticket();
        let token = ticket.splitn(3, '-').take(2).collect::<Vec<_>>().join("-");
        let header = format!("\r\nAuthorization: Bearer {token}\r\n");
        assert!(request.head.contains(&header), "{ticket}: {}", request.head);
        assert_eq!(request.head.matches("Authorization").count(), 1);
        tokens.insert(token);
    }
    assert!(tokens.len() > 10, "{} tokens", tokens.len());
}
