use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use crate::api_client::{JSON, send};
use crate::http::certificate;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authlete-fail-sandbox"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a program that fails to start; returns its exit status and standard error.
pub fn failed(arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = program(arguments).output().unwrap();
    assert_eq!(stdout, b"");
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

pub fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path.into_os_string().into_string().unwrap()
}

/// Starts the program and reads the URL in its first line, after which it accepts requests.
pub fn running(arguments: &[&str]) -> (Child, String, BufReader<std::process::ChildStdout>) {
    let mut child = program(arguments).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}"));
    let url = url.to_owned();
    (child, url, out)
}

pub fn stop(mut child: Child, signal: &str) -> i32 {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    child.wait().unwrap().code().unwrap_or(-1)
}

#[test]
fn it_accepts_requests_after_its_first_line_and_ends_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let (child, url, mut out) = running(&["--port", "0"]);
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        let health = send("GET", &format!("{url}/api/lifecycle/healthcheck"), &[], "");
        assert_eq!(health.text, "OK");
        assert_eq!(stop(child, signal), 0, "SIG{signal}");
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        for part in ["21653835348762", "sandbox-access-token", "sandbox-quiet-api-secret", "curl"] {
            assert!(rest.contains(part), "{rest}");
        }
    }
}

#[test]
fn a_health_check_succeeds_while_a_sandbox_listens() {
    let (child, url, _out) = running(&["--port", "0"]);
    let (_, port) = url.rsplit_once(':').unwrap();
    let check = || program(&["--health-check", "--port", port]).output().unwrap();
    assert_eq!((check().status.code(), check().stdout.len()), (Some(0), 0));
    assert_eq!(stop(child, "TERM"), 0);
    let (status, stderr) = failed(&["--health-check", "--port", port]);
    assert_eq!(status, 1);
    assert!(stderr.starts_with(&format!("authlete-fail-sandbox: 127.0.0.1:{port}: ")), "{stderr}");
}

/// The end of a pipe ends the sandbox even if its parent process is killed.
#[test]
fn it_ends_with_its_standard_input() {
    let mut command = program(&["--port", "0", "--exit-on-eof"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("listening on "), "{line}");
    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A script may read one line and close the pipe.
#[test]
fn it_survives_a_closed_output() {
    let (child, url, out) = running(&["--port", "0"]);
    drop(out);
    assert_eq!(send("GET", &format!("{url}/sandbox"), &[], "").status, 200);
    assert_eq!(stop(child, "TERM"), 0);
}

#[test]
fn the_printed_commands_work() {
    let ca_file = file("it's a CA.pem", "");
    for arguments in [
        &["--port", "0"][..],
        &["--port", "0", "--tls", &ca_file],
        &["--port", "0", "--api-dpop", "each-response"],
    ] {
        printed_commands_work(arguments);
    }
}

fn printed_commands_work(arguments: &[&str]) {
    let (child, _, out) = running(arguments);
    let indented: Vec<String> = out
        .lines()
        .map(|line| line.unwrap())
        .filter(|line| line.starts_with("  "))
        .take(6)
        .collect();
    let commands: Vec<String> = indented.chunks(2).map(|lines| lines.join("\n")).collect();
    let run = |command: &str| {
        let output = Command::new("sh").args(["-c", command]).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let issued = run(&commands[0]);
    assert_eq!(issued["action"], "INTERACTION");
    let with_ticket = |command: &str, issued: &serde_json::Value| {
        command.replace("TICKET", issued["ticket"].as_str().unwrap())
    };
    assert_eq!(run(&with_ticket(&commands[1], &issued))["resultCode"], "A040001");
    let issued = run(&commands[0]);
    assert_eq!(run(&with_ticket(&commands[2], &issued))["resultCode"], "A060306");
    assert_eq!(stop(child, "TERM"), 0);
}

#[test]
fn a_config_replaces_the_services() {
    let path = file("own.json", r#"[{"serviceId":"1","accessToken":"mine","issSuppressed":true}]"#);
    let (child, url, _out) = running(&["--port", "0", "--config", &path]);
    let call = |token: &str| {
        let authorization = format!("Bearer {token}");
        let headers = [("Authorization", &*authorization), ("Content-Type", JSON)];
        send("POST", &format!("{url}/api/1/auth/token/fail"), &headers, "{}").status
    };
    assert_eq!((call("mine"), call("sandbox-access-token")), (200, 401));
    assert_eq!(stop(child, "TERM"), 0);
}

#[test]
fn dpop_is_required_by_an_option_or_a_config() {
    let config = r#"[{"serviceId":"1","accessToken":"sandbox-access-token","apiDpop":{}}]"#;
    let path = file("dpop.json", config);
    for (arguments, service_id, has_nonce) in [
        (["--api-dpop", "none"], "21653835348762", false),
        (["--api-dpop", "single-use"], "21653835348762", true),
        (["--config", &path], "1", false),
    ] {
        let (child, url, _out) = running(&[&["--port", "0"], &arguments[..]].concat());
        let headers = [("Authorization", "Bearer sandbox-access-token"), ("Content-Type", JSON)];
        let url = format!("{url}/api/{service_id}/auth/token/fail");
        let response = send("POST", &url, &headers, "{}");
        assert_eq!(response.status, 401, "{arguments:?}");
        assert!(response.header("WWW-Authenticate").starts_with("DPoP "), "{arguments:?}");
        assert_eq!(!response.header("DPoP-Nonce").is_empty(), has_nonce, "{arguments:?}");
        assert_eq!(stop(child, "TERM"), 0);
    }
}

#[test]
fn tls_uses_a_certificate_file_and_a_key_file() {
    let tls = certificate();
    let certificate = file("localhost.pem", &tls.certificate_pem);
    let key = file("localhost.key", &tls.key_pem);
    let arguments = ["--port", "0", "--tls-certificate", &certificate, "--tls-key", &key];
    let (child, url, _out) = running(&arguments);
    assert!(url.starts_with("https://localhost:"), "{url}");
    assert_eq!(stop(child, "TERM"), 0);
}

#[test]
fn a_startup_error_is_one_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let in_use = format!("cannot listen on 127.0.0.1:{port}: Address already in use");
    let empty = file("empty.pem", "");
    let mut cases: Vec<(Vec<&str>, &str)> = vec![
        (vec!["--port", &port], &in_use),
        (vec!["--config", "/no/such/file"], "/no/such/file: No such file or directory"),
        (vec!["--tls-certificate", &empty, "--tls-key", &empty], "tls: "),
        (vec!["--tls", "/no/such/ca.pem"], "/no/such/ca.pem: No such file or directory"),
        (vec!["--control-token", ""], "the control token must"),
        (vec!["--host", "192.0.2.1", "--port", "0"], "cannot listen on 192.0.2.1:0: "),
    ];
    let configs = [
        (
            r#"[{"serviceId":"1","accessToken":"a","isSuppressed":1}]"#,
            "unknown field `isSuppressed`",
        ),
        (
            r#"[{"serviceId":"1","accessToken":"a","clients":[{"clientId":1,"secret":"s"}]}]"#,
            "unknown field `secret`",
        ),
        ("{}", "expected a sequence"),
        (r#"[{"serviceId":"1"}]"#, "missing field `accessToken`"),
        (
            r#"[{"serviceId":"1","accessToken":"a"},{"serviceId":"1","accessToken":"b"}]"#,
            "duplicate serviceId \"1\"",
        ),
        (
            r#"[{"serviceId":"1","accessToken":"a","assumedActions":{"A059301":"BAD_REQUEST"}}]"#,
            "service 1: assumedActions: \"A059301\" cannot be switched, expected one of A041201",
        ),
        (
            r#"[{"serviceId":"1","accessToken":"a","assumedActions":{"A059202":"LOCATION"}}]"#,
            "\"[0].assumedActions.A059202\": unknown variant `LOCATION`",
        ),
        (
            r#"[{"serviceId":"1","accessToken":"a","clients":[{"clientId":1,"idTokenSignAlg":"RS256"}]}]"#,
            "\"[0].clients[0].idTokenSignAlg\": unknown variant `RS256`, expected one of `ES256`",
        ),
    ];
    let files: Vec<_> =
        (0..).zip(configs).map(|(n, (text, _))| file(&format!("{n}.json"), text)).collect();
    let with_configs = files.iter().zip(configs);
    cases.extend(with_configs.map(|(path, (_, expected))| (vec!["--config", path], expected)));
    for (arguments, expected) in cases {
        let (status, message) = failed(&arguments);
        assert_eq!(status, 1, "{arguments:?}: {message}");
        assert!(message.contains(expected), "{message}");
        assert!(message.starts_with("authlete-fail-sandbox: "), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn an_invalid_command_line_exits_with_2() {
    let cases: &[&[&str]] = &[
        &["--no-such-option"],
        &["--port", "x"],
        &["--tls-key", "k"],
        &["positional"],
        &["--host", "localhost"],
        &["--api-dpop"],
        &["--api-dpop", "always"],
        &["--tls-name", "a"],
        &["--tls", "a", "--tls-certificate", "b", "--tls-key", "c"],
    ];
    for arguments in cases {
        assert_eq!(failed(arguments).0, 2, "{arguments:?}");
    }
}

#[test]
fn help_and_version() {
    let text = |argument| {
        let output = program(&[argument]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let help = text("--help");
    for part in [
        "--host",
        "--port",
        "8765",
        "--config",
        "--api-dpop",
        "--control-token",
        "--log",
        "--tls ",
        "--tls-name",
        "--tls-certificate",
        "--tls-key",
        "dpopNonce",
        "GRANT TYPES",
        "/sandbox/clock",
        "/sandbox/faults",
        "/sandbox/requests",
        "/sandbox/services",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    assert!(help.lines().all(|line| line.len() <= 110), "{help}");
    assert_eq!(
        text("--version"),
        concat!("authlete-fail-sandbox ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

/// The example in the help is a valid config, which describes the first built-in service.
#[test]
fn the_example_config_is_the_built_in_service() {
    let output = program(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let from = help.find("[{").unwrap();
    let to = help.rfind("}]").unwrap() + 2;
    let services: Vec<authlete_fail_sandbox::Service> =
        serde_json::from_str(&help[from..to]).unwrap();
    let built_in = &authlete_fail_sandbox::Service::defaults()[0];
    assert_eq!(format!("{:?}", services[0]), format!("{built_in:?}"));
}
