//! nginx as a real peer over TLS, with the certificates that `certificates.sh` makes.

use std::fmt::Write;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

use crate::harness::TEST_TIMEOUT;
use crate::support::{ROOT, run, scratch, unused_address};

/// The folder with `NAME.pem` and `NAME.key`.
pub fn certificates() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = scratch().join("certificates");
        fs::create_dir_all(&folder).unwrap();
        run(Command::new("sh").arg(format!("{ROOT}/tests/faults/certificates.sh")).arg(&folder));
        folder
    })
}

/// The path of a file of theirs, such as `ca.pem`.
pub fn file(name: &str) -> String {
    certificates().join(name).to_str().unwrap().to_owned()
}

/// The text of a file of theirs.
pub fn text(name: &str) -> String {
    fs::read_to_string(certificates().join(name)).unwrap()
}

/// Runs until it is dropped.
pub struct Nginx {
    child: Child,
    ports: Vec<u16>,
}

impl Nginx {
    /// Listens on one port for each pair of a certificate and further directives, and answers that
    /// the ticket is invalid, with protocol, reuse of the session and client as the content.
    pub fn start(name: &str, servers: &[(&str, &str)]) -> Self {
        let folder = scratch().join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut text = "daemon off; master_process off; pid pid; error_log error.log;
            events {} http { access_log off; client_body_temp_path .; default_type application/json;
            proxy_temp_path .; fastcgi_temp_path .; uwsgi_temp_path .; scgi_temp_path .;\n"
            .to_owned();
        let ports: Vec<_> = servers.iter().map(|_| unused_address().port()).collect();
        for (number, ((certificate, more), port)) in servers.iter().zip(&ports).enumerate() {
            let path = certificates().join(certificate);
            let path = path.display();
            write!(
                text,
                "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {path}.pem;
                 ssl_certificate_key {path}.key; ssl_session_cache shared:S{number}:1m; {more}
                 return 200 '{{\"resultCode\":\"A059202\",\"action\":\"BAD_REQUEST\",
                 \"responseContent\":\"$ssl_protocol $ssl_session_reused $ssl_client_verify\"}}'; }}\n"
            )
            .unwrap();
        }
        text.push_str("}\n");
        fs::write(folder.join("nginx.conf"), text).unwrap();
        let child = Command::new("nginx")
            .args(["-p", folder.to_str().unwrap(), "-c", "nginx.conf"])
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is installed");
        let nginx = Self { child, ports };
        let given_up = Instant::now() + TEST_TIMEOUT;
        for port in &nginx.ports {
            while TcpStream::connect(("127.0.0.1", *port)).is_err() {
                assert!(Instant::now() < given_up, "nginx did not start: {}", folder.display());
                std::thread::yield_now();
            }
        }
        nginx
    }

    pub fn port(&self, index: usize) -> u16 {
        self.ports[index]
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
