//! The certificates that `certificates.sh` makes, and a TLS server that uses them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::runner::Daemon;
use crate::support::{ROOT, run, scratch, unused_address};

/// The folder with `NAME.pem` and `NAME.key`.
fn certificates() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = scratch().join("certificates");
        fs::create_dir_all(&folder).unwrap();
        run(Command::new("sh").arg(format!("{ROOT}/tests/faults/certificates.sh")).arg(&folder));
        folder
    })
}

/// The path of a file, such as `ca.pem`.
pub fn file(name: &str) -> String {
    certificates().join(name).to_str().unwrap().to_owned()
}

/// The text of a file.
pub fn text(name: &str) -> String {
    fs::read_to_string(certificates().join(name)).unwrap()
}

/// nginx as a TLS server. Its API response says that the ticket is invalid. The content is the TLS
/// version, whether the session was reused, and the result of client certificate verification.
pub struct TlsServer {
    _nginx: Daemon,
    ports: Vec<u16>,
}

impl TlsServer {
    /// Listens on one port for each pair of a certificate and additional directives.
    pub fn start(name: &str, servers: &[(&str, &str)]) -> Self {
        let ports: Vec<_> = servers.iter().map(|_| unused_address().port()).collect();
        let blocks = servers.iter().zip(&ports).enumerate();
        let blocks = blocks.map(|(number, ((certificate, more), port))| {
            let (pem, key) = (file(&format!("{certificate}.pem")), file(&format!("{certificate}.key")));
            format!(
                "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {pem};
                 ssl_certificate_key {key}; ssl_session_cache shared:S{number}:1m; {more}
                 return 200 '{{\"resultCode\":\"A059202\",\"action\":\"BAD_REQUEST\",
                 \"responseContent\":\"$ssl_protocol $ssl_session_reused $ssl_client_verify\"}}'; }}\n"
            )
        });
        Self { _nginx: Daemon::nginx(name, &blocks.collect::<String>(), &ports), ports }
    }

    pub fn port(&self, index: usize) -> u16 {
        self.ports[index]
    }
}
