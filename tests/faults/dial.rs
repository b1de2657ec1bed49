//! Cases of several addresses while one connection attempt is pending.

use serde_json::json;

use crate::dns::config;
use crate::harness::{Kind, Peer, Server};
use crate::name_server::{NameServer, addresses};
use crate::runner::Start;
use crate::runner::{FaultCase, Need, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![
        case!(addresses_that_fail_at_once_cost_no_time_while_another_is_pending)
            .needs(&[Need::PrivateNetwork]),
    ]
}

/// Makes TCP connections to 127.0.0.3 to 127.0.0.10 fail in connect(), as to a network without a route.
/// getaddrinfo would put addresses that really have no route last.
const UNREACHABLE: &str = r#"
    #include <arpa/inet.h>
    #include <dlfcn.h>
    #include <errno.h>
    #include <netinet/in.h>
    int connect(int fd, const struct sockaddr *to, socklen_t len) {
        int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
        int type = 0;
        socklen_t type_len = sizeof type;
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len);
        if (type == SOCK_STREAM && to->sa_family == AF_INET) {
            in_addr_t host = ntohl(((const struct sockaddr_in *)to)->sin_addr.s_addr) & 0xff;
            if (3 <= host && host <= 10) {
                errno = ENETUNREACH;
                return -1;
            }
        }
        return real(fd, to, len);
    }"#;

/// Packets to the first address are dropped, the next eight fail, and the last is good. 250 ms for
/// each of the eight would be more than the connect timeout.
fn addresses_that_fail_at_once_cost_no_time_while_another_is_pending(runner: &Runner) {
    let start = Start::preloaded("connect-unreachable", UNREACHABLE);
    let network = runner.network();
    network.filter("ip daddr 127.0.0.2 tcp flags syn drop");
    let all: Vec<_> = (2..=11).map(|host| format!("127.0.0.{host}")).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let _names = NameServer::start(addresses(&all));
    runner.run_in(&start, |host| {
        let server = Server::listen(Kind::Plain, "127.0.0.11:0", Peer::serve);
        host.client_with(config(&server, json!({ "connectTimeoutMs": 1500 })));
        host.good();
    });
}
