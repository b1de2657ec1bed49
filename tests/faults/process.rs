//! Rows of the process: fork, exec, signals, loading, the environment, missing files.

use serde_json::json;

use crate::program::{config, good_servers, run_mode};

#[test]
fn children_and_parent_share_a_warm_client() {
    for server in good_servers() {
        run_mode("fork", "share", &config(&server, json!({})), 40);
        // One connection for each process, and none was used by two.
        assert_eq!(server.connections(), 7);
        assert_eq!(server.requests().len(), 1 + 7 * 40);
    }
}

#[test]
fn forks_while_threads_call() {
    for server in good_servers() {
        run_mode("fork", "storm", &config(&server, json!({})), 100);
    }
}

/// Every call does a handshake, so that the forks hit the store of sessions and the registry.
#[test]
fn forks_while_threads_connect() {
    for server in good_servers() {
        run_mode("fork", "storm", &config(&server, json!({ "maxIdleConnections": 0 })), 100);
    }
}

#[test]
#[ignore = "a minute; make check-deep"]
fn many_forks_while_threads_call() {
    for server in good_servers() {
        run_mode("fork", "storm", &config(&server, json!({})), 300);
        run_mode("fork", "storm", &config(&server, json!({ "maxIdleConnections": 0 })), 1000);
    }
}

#[test]
fn a_child_leaves_the_connections_of_its_parent_alone() {
    for server in good_servers() {
        run_mode("fork", "leave", &config(&server, json!({ "idleTimeoutMs": 60000 })), 0);
        let of_parent: Vec<_> = server.requests().iter().map(|r| r.connection).collect();
        assert_eq!(of_parent, [0, 0, 1, 0, 0]);
    }
}

#[test]
fn a_child_closes_nothing_that_is_not_the_clients() {
    for server in good_servers() {
        run_mode("fork", "strangers", &config(&server, json!({})), 0);
    }
}

#[test]
fn children_of_children() {
    for server in good_servers() {
        run_mode("fork", "nest", &config(&server, json!({})), 0);
        assert_eq!(server.connections(), 4);
    }
}

#[test]
fn programs_that_are_started_inherit_no_socket() {
    for server in good_servers() {
        run_mode("fork", "exec", &config(&server, json!({ "maxIdleConnections": 0 })), 20);
    }
}
