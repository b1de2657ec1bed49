//! Rows of threads: one client for many, shutdown, cancellation, rotation of the token.

use serde_json::{Value, json};

use crate::program::{config, good_servers, run_mode};

#[test]
fn sixty_four_threads_get_their_own_answers() {
    for server in good_servers() {
        run_mode("threads", "share", &config(&server, json!({})), 30);
        assert_eq!(server.requests().len(), 64 * 30);
        assert!(server.connections() <= 64, "{} connections", server.connections());
    }
}

/// In the lookup, while connecting, in the handshake, waiting for an answer and in its body.
#[test]
fn shutdown_ends_a_call_in_every_phase() {
    println!("{}", run_mode("threads", "shutdown", &Value::Null, 0));
}

#[test]
fn a_cancelled_thread_ends_after_its_call_in_every_phase() {
    run_mode("threads", "cancel", &Value::Null, 0);
}

#[test]
fn no_function_is_a_cancellation_point() {
    for server in good_servers() {
        let mut config = config(&server, json!({}));
        if let Some(pem) = config.get("caPem").cloned() {
            let path = crate::support::scratch().join("cancelled.pem");
            std::fs::write(&path, pem.as_str().unwrap()).unwrap();
            config["caFile"] = json!(path);
            config.as_object_mut().unwrap().remove("caPem");
        }
        run_mode("threads", "cancel-before", &config, 0);
    }
}

#[test]
fn a_token_is_rotated_amid_calls() {
    let calls = 10_000;
    for server in &good_servers()[..1] {
        let config = config(server, json!({ "accessToken": "token-%d" }));
        run_mode("threads", "rotate", &config, calls);
        let requests = server.requests();
        assert_eq!(requests.len(), calls);
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
}
