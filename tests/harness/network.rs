//! Private network and mount namespaces, with a separate loopback interface and separate files in
//! `/etc` for name resolution.

#![allow(unsafe_code, reason = "unshare")]

use std::fs;
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::harness::Server;
use crate::support::{run, scratch};

/// The files of `/etc` for name resolution.
const FILES: [(&str, &str); 3] = [
    ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:2\n"),
    ("nsswitch.conf", "hosts: files dns\n"),
];

/// The host name in the servers' certificates.
pub const NAME: &str = "authlete.test";

/// The namespaces of one case.
#[derive(Clone)]
pub struct Network {
    folder: PathBuf,
}

/// Runs `body` in new namespaces. Threads and processes that it starts are in them too.
pub fn isolated(body: impl FnOnce(&Network) + Send) {
    let result = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let net = enter().expect("permission to create namespaces");
            body(&net);
            let _ = fs::remove_dir_all(&net.folder);
        });
        thread.join()
    });
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}

fn enter() -> io::Result<Network> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // SAFETY: takes an integer; applies to this thread, which ends with the test.
    if unsafe { libc::unshare(libc::CLONE_NEWNET | libc::CLONE_NEWNS) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = scratch().join(format!("net-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let net = Network { folder };
    net.run("mount --make-rprivate /");
    for (name, text) in FILES {
        net.write(name, text);
        net.run(&format!("mount --bind {} /etc/{name}", net.path(name).display()));
    }
    net.run("ip link set lo up");
    Ok(net)
}

impl Network {
    /// Runs a shell command, such as `ip route add blackhole 10.9.9.9`.
    pub fn run(&self, command: &str) {
        run(Command::new("sh").args(["-e", "-c", command]));
    }

    /// Adds lines to the initial `/etc/hosts`.
    pub fn hosts(&self, lines: &str) {
        self.write("hosts", &format!("{}{lines}\n", FILES[0].1));
    }

    /// Sets the addresses of the name servers.
    pub fn name_servers(&self, addresses: &[&str]) {
        let lines: String = addresses.iter().map(|one| format!("nameserver {one}\n")).collect();
        self.write("resolv.conf", &format!("{lines}options timeout:1 attempts:2\n"));
    }

    /// Adds a name for `server` to the hosts file, and returns the configuration keys of a client that
    /// uses the name.
    pub fn by_name(&self, server: &Server) -> Value {
        self.hosts(&format!("127.0.0.1 {NAME}"));
        let base_url = server.config()["baseUrl"].as_str().unwrap().replace("127.0.0.1", NAME);
        json!({ "baseUrl": base_url, "allowInsecureHttp": true })
    }

    /// Adds a firewall rule for packets to loopback, such as `tcp dport 9 drop`.
    pub fn filter(&self, rule: &str) {
        self.run(&format!(
            "nft add table inet faults
             nft 'add chain inet faults in {{ type filter hook input priority 0; }}'
             nft add rule inet faults in {rule}"
        ));
    }

    pub fn remove_filters(&self) {
        self.run("nft delete table inet faults");
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(name)
    }

    fn write(&self, name: &str, text: &str) {
        // In place: the file is bind-mounted.
        fs::write(self.path(name), text).unwrap();
    }
}
