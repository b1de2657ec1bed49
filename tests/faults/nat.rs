//! A NAT, or a stateful firewall, that forgets idle connections and drops their packets silently.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Kind, Peer, Server};
use crate::idle::run_once;
use crate::runner::{FaultCase, NETWORK, Runner, case};

pub fn cases() -> Vec<FaultCase> {
    vec![case!(a_nat_forgets_connections_that_are_idle_for_30_s).needs(NETWORK).deep()]
}

/// More than the time after which the NAT forgets. The test has to wait for this: the kernel measures it.
const PAUSE: Duration = Duration::from_secs(40);

/// A connection without keep-alive shows that the NAT forgets.
fn a_nat_forgets_connections_that_are_idle_for_30_s(runner: &Runner) {
    // The rule makes the kernel track connections. A packet in the middle of an unknown one is invalid.
    runner.network().filter("ct state invalid drop");
    runner.network().run(
        "cd /proc/sys/net/netfilter
         echo 30 > nf_conntrack_tcp_timeout_established
         echo 0 > nf_conntrack_tcp_loose",
    );
    let echo = Server::start(Kind::Plain, |peer| {
        disable_timeout(peer)?;
        loop {
            peer.read_some()?;
            peer.send("x")?;
        }
    });
    let mut forgotten = TcpStream::connect(echo.address()).unwrap();
    forgotten.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    exchange(&mut forgotten).unwrap();
    run_once(runner, |host, kind| {
        let server = Server::start(kind, |peer| {
            disable_timeout(peer)?;
            peer.serve()
        });
        host.client(&server, json!({}));
        host.good();
        for _ in 0..2 {
            thread::sleep(PAUSE);
            host.good();
        }
        assert_eq!(server.connections(), 1);
    });
    assert_eq!(exchange(&mut forgotten).unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

/// By default, the servers of this suite close a connection that is idle for too long.
fn disable_timeout(peer: &Peer) -> io::Result<()> {
    peer.tcp().set_read_timeout(None)
}

fn exchange(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"x")?;
    stream.read_exact(&mut [0])
}
