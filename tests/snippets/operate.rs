//! `docs/guide/ci.md`: certificates for tests, the sandbox around a command, and faults.
//!
//! `tests/wheel/test_ci.py` and `tests/install/test_ci_job.py` run the CI jobs and the containers.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::common::{compile, configure, output, python, sandbox, snippet, ticket};
use crate::support::{self, ROOT, program, run, scratch};

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The folder of the sandbox program, which `make check-snippets` builds.
fn programs() -> PathBuf {
    support::target().join("debug")
}

/// Starts the sandbox program with a certificate, and returns its URL.
fn https_sandbox(folder: &Path, name: &str) -> (Running, String) {
    let mut child = Command::new(programs().join("authlete-fail-sandbox"))
        .args(["--port", "0", "--tls-certificate"])
        .arg(folder.join(format!("{name}.pem")))
        .arg("--tls-key")
        .arg(folder.join(format!("{name}.key")))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    assert!(url.starts_with("https://"), "{url}");
    (Running(child), url)
}

/// A new folder for the certificates of a test.
fn folder(name: &str) -> PathBuf {
    let folder = scratch().join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    folder
}

/// Runs the script that creates a CA and certificates in `folder`.
fn certificates(folder: &Path, names: &[&str]) {
    let script = Path::new(ROOT).join(snippet("test_certificates.sh"));
    run(Command::new("sh").arg(script).arg(folder).args(names));
}

/// Makes a call over HTTPS. Returns what the program prints, and its errors.
fn call(base_url: &str, ca_file: &Path) -> (String, String) {
    let mut command = python("tls.py");
    let command = configure(command.arg(base_url).arg(ca_file), "");
    let done = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&done.stdout), text(&done.stderr))
}

#[test]
fn certificates_for_tests_work() {
    let folder = folder("certificates");
    certificates(&folder, &["authlete"]);
    let (_sandbox, url) = https_sandbox(&folder, "server");
    for host in ["localhost", "127.0.0.1"] {
        let (printed, errors) = call(&url.replace("localhost", host), &folder.join("ca.pem"));
        assert_eq!(printed, "HTTP 403\n", "{host}: {errors}");
    }
    // The CA of another run has the same name, but another key.
    let earlier = self::folder("certificates-of-an-earlier-run");
    certificates(&earlier, &[]);
    let (_, errors) = call(&url, &earlier.join("ca.pem"));
    assert!(errors.contains("has a signature that cannot be verified"), "{errors}");
    let names = "openssl x509 -noout -ext subjectAltName -in".split(' ').collect::<Vec<_>>();
    let printed = run(Command::new(names[0]).args(&names[1..]).arg(folder.join("server.pem")));
    assert!(printed.contains("DNS:authlete"), "{printed}");
}

/// Runs the command in ci.md that begins with `openssl` and creates `name`.
fn run_command_of_page(folder: &Path, name: &str) -> String {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/guide/ci.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut found = blocks.filter(|block| block.contains(&format!(" -out {name}")));
    run(Command::new("sh").args(["-e", "-c", found.next().expect(name)]).current_dir(folder));
    page
}

#[test]
fn a_ca_certificate_is_refused_and_the_page_shows_the_error() {
    let folder = folder("self-signed");
    let page = run_command_of_page(&folder, "refused.pem");
    let (_sandbox, url) = https_sandbox(&folder, "refused");
    let (_, errors) = call(&url, &folder.join("refused.pem"));
    let error = page.lines().find(|line| line.contains(" tls: localhost:8765: ")).unwrap();
    let host = url.strip_prefix("https://").unwrap();
    assert!(errors.contains(&error.trim().replace("localhost:8765", host)), "{errors}");

    run_command_of_page(&folder, "accepted.pem");
    let (_sandbox, url) = https_sandbox(&folder, "accepted");
    let (printed, errors) = call(&url, &folder.join("accepted.pem"));
    assert_eq!(printed, "HTTP 403\n", "{errors}");
    certificates(&folder, &[]);
    let (_, errors) = call(&url, &folder.join("ca.pem"));
    assert!(errors.contains("is from an untrusted issuer"), "{errors}");
    let url = url.replace("localhost", "127.0.0.1");
    let (_, errors) = call(&url, &folder.join("accepted.pem"));
    assert!(errors.contains("is for another host"), "{errors}");
}

/// Makes a call with a client certificate, if there is one.
const MUTUAL_TLS: &str = r#"
import sys
from authlete_fail import Client, Error
url, ca_file, *files = sys.argv[1:]
keys = dict(zip(("client_cert_file", "client_key_file"), files))
client = Client(
    base_url=url, service_id="21653835348762", access_token="sandbox-access-token", ca_file=ca_file, **keys
)
try:
    print(client.backchannel_authentication(reason="ACCESS_DENIED").status)
except Error as error:
    print(error)
"#;

#[test]
fn nginx_requires_a_client_certificate() {
    let folder = folder("mutual-tls");
    certificates(&folder, &[]);
    let sandbox = sandbox();
    let front = support::unused_address();
    let text = fs::read_to_string(Path::new(ROOT).join(snippet("mtls.conf"))).unwrap();
    let text = text
        .replace("http://127.0.0.1:8765", &sandbox.base_url())
        .replace("127.0.0.1:8443", &front.to_string());
    fs::write(folder.join("mtls.conf"), text).unwrap();
    let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap());
    let mut nginx = Command::new("nginx");
    nginx.env("PATH", path).current_dir(folder.parent().unwrap());
    nginx.args(["-p", "mutual-tls", "-c", "mtls.conf", "-e", "stderr"]);
    let _nginx = Running(nginx.spawn().unwrap());
    while TcpStream::connect(front).is_err() {
        thread::sleep(Duration::from_millis(10));
    }

    let call = |files: &[&str]| {
        let mut command = Command::new("python3");
        command.args(["-c", MUTUAL_TLS, &format!("https://{front}")]);
        command.arg(folder.join("ca.pem")).args(files.iter().map(|file| folder.join(file)));
        run(configure(&mut command, ""))
    };
    assert_eq!(call(&["client.pem", "client.key"]), "OK\n");
    let printed = call(&[]);
    assert!(printed.starts_with("http: Authlete responded with status 400"), "{printed}");
}

/// Runs a command with a sandbox.
fn with_sandbox(command: &[&str]) -> Command {
    let path = format!("{}:{}", programs().display(), std::env::var("PATH").unwrap());
    let mut script = Command::new("sh");
    script.arg(Path::new(ROOT).join(snippet("with_sandbox.sh"))).args(command);
    script.env("PATH", path).current_dir(ROOT);
    script
}

#[test]
fn a_command_runs_with_a_sandbox() {
    let ticket = run(&mut with_sandbox(&["sh", &snippet("ticket.sh")]));
    assert_eq!(ticket.trim().len(), 43, "{ticket}");
    // A server in C is tested in the same way.
    let test = compile("server_test.c", &["-std=c99"]);
    assert_eq!(run(&mut with_sandbox(&[test.to_str().unwrap()])), "4 tests passed\n");

    let url = run(&mut with_sandbox(&["sh", "-c", "echo $AUTHLETE_BASE_URL"]));
    let address = url.trim().strip_prefix("http://").unwrap();
    assert!(TcpStream::connect(address).is_err(), "the sandbox is still running");
    assert_eq!(with_sandbox(&["sh", "-c", "exit 3"]).status().unwrap().code(), Some(3));
    let temporary = folder("without-a-sandbox");
    let mut script = with_sandbox(&["true"]);
    let failed = script.env("PATH", "/usr/bin:/bin").env("TMPDIR", &temporary).output().unwrap();
    assert!(!failed.status.success(), "{failed:?}");
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
}

/// A CI service cancels a job with SIGTERM.
#[test]
fn the_sandbox_ends_if_the_script_is_terminated() {
    let mut script = with_sandbox(&["sh", "-c", "echo $AUTHLETE_BASE_URL; exec sleep 1"]);
    let mut script = script.stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(script.stdout.take().unwrap()).read_line(&mut url).unwrap();
    run(Command::new("kill").arg(script.id().to_string()));
    assert_eq!(script.wait().unwrap().code(), Some(143));
    let address = url.trim().strip_prefix("http://").unwrap();
    for _ in 0..100 {
        if TcpStream::connect(address).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("the sandbox is still running");
}

#[test]
fn the_sandbox_accepts_every_fault() {
    let sandbox = sandbox();
    let script = format!(
        ". {}; curl --silent --fail $AUTHLETE_BASE_URL/sandbox/faults",
        Path::new(ROOT).join(snippet("faults.sh")).display()
    );
    let mut command = Command::new("sh");
    let faults = run(configure(command.args(["-e", "-c", &script]), &sandbox.base_url()));
    assert_eq!(faults.matches(r#""path":"/auth/authorization/fail""#).count(), 6, "{faults}");
    let ticket = ticket(&sandbox);
    let mut errors = program(&compile("errors.c", &["-std=c99"]));
    errors.stderr(Stdio::null());
    let printed = output(errors, &sandbox, &ticket);
    assert_eq!(printed, "HTTP, NO_API_RESPONSE, ticket UNKNOWN, call again: no\n");
}
