//! The access token that is bound to a key.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use authlete_fail_sandbox::{ApiDpop, NoncePolicy, Options, Sandbox, UNBOUND_TOKEN};
use serde_json::Value;

use crate::common::{C, UNKNOWN_TICKET, compile, configure, in_language, snippet, stderr};
use crate::support::{ROOT, run, scratch, target};

const SNIPPETS: [&str; 3] = ["dpop.c", "dpop.cpp", "dpop.py"];

/// An empty folder.
fn folder(name: &str) -> PathBuf {
    let folder = scratch().join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Creates dpop-key.json in `folder`, and returns the thumbprint of the key.
fn create_key(folder: &Path, language: &str) -> String {
    let script = Path::new(ROOT).join(snippet(&format!("dpop_key.{language}")));
    let command = || {
        let python = format!("{ROOT}/target/venv/bin/python");
        let mut command = Command::new(if language == "py" { &python } else { "sh" });
        command.arg(&script).current_dir(folder);
        command
    };
    let printed = run(&mut command());
    let key = fs::read_to_string(folder.join("dpop-key.json")).unwrap();
    let private: Value = serde_json::from_str(&key).unwrap();
    let d = private["d"].as_str().unwrap();
    assert!(d.len() == 43 && !printed.contains(d), "{printed}");
    assert!(!command().output().unwrap().status.success(), "the key was overwritten");
    assert_eq!(fs::read_to_string(folder.join("dpop-key.json")).unwrap(), key);
    let mode = fs::metadata(folder.join("dpop-key.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (public, thumbprint) = printed.trim_end().split_once("\nthumbprint: ").unwrap();
    let public: Value = serde_json::from_str(public.strip_prefix("public key: ").unwrap()).unwrap();
    for member in ["alg", "crv", "kty", "x", "y"] {
        assert_eq!(public[member], private[member]);
    }
    assert_eq!(public.get("d"), None);
    thumbprint.to_owned()
}

fn sandbox(key_thumbprint: &str) -> Sandbox {
    let nonce = NoncePolicy::EachResponse;
    let api_dpop = Some(ApiDpop { nonce, key_thumbprint: key_thumbprint.to_owned() });
    Sandbox::start(Options { api_dpop, ..Options::default() }).unwrap()
}

fn ticket(sandbox: &Sandbox) -> String {
    let mut command = Command::new("sh");
    let command = configure(command.arg(snippet("ticket.sh")), &sandbox.base_url());
    run(command.env("AUTHLETE_SERVICE_ACCESSTOKEN", UNBOUND_TOKEN)).trim().to_owned()
}

fn page() -> String {
    fs::read_to_string(format!("{ROOT}/docs/guide/dpop.md")).unwrap()
}

#[test]
fn dpop_keys_are_created_and_used() {
    for language in ["py", "sh"] {
        let folder = folder(&format!("dpop-key-{language}"));
        let sandbox = sandbox(&create_key(&folder, language));
        for name in SNIPPETS {
            let mut command = in_language(name);
            command.arg(sandbox.base_url()).arg(folder.join("dpop-key.json")).arg(ticket(&sandbox));
            let output = configure(&mut command, "").output().unwrap();
            assert_eq!(output.stdout, b"HTTP 302\n", "{name}: {output:?}");
            let log = String::from_utf8(output.stderr).unwrap();
            assert!(log.contains(" attempts=2 ") && log.contains(" retry_cause=\"http: "), "{log}");
        }
    }
}

/// The page shows the errors of the C++ program; in Python, they name the keywords.
#[test]
fn dpop_errors_are_those_of_the_page() {
    let folder = folder("dpop-errors");
    create_key(&folder, "sh");
    let path = folder.join("dpop-key.json");
    let key: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let sandbox = sandbox(&"x".repeat(43));
    let error = |name: &str, key: &str| {
        fs::write(&path, key).unwrap();
        let mut command = in_language(name);
        command.arg(sandbox.base_url()).arg(&path).arg(UNKNOWN_TICKET);
        let output = configure(&mut command, "").output().unwrap();
        String::from_utf8(output.stderr).unwrap().replace("\\\"", "\"")
    };
    let with = |name: &str, value: Value| {
        let mut changed = key.clone();
        changed[name] = value;
        changed.to_string()
    };
    let mut public = key.clone();
    public.as_object_mut().unwrap().remove("d");
    let page = page();
    let lines: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("    config: ")).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for name in SNIPPETS {
        for (line, key) in lines.iter().zip([public.to_string(), with("alg", "EdDSA".into())]) {
            let text = error(name, &key).replace("dpop_key", "dpopKey");
            assert!(text.contains(line), "{name}: {line}\n{text}");
        }
        let text = error(name, &key.to_string());
        assert!(text.contains("http=401 code=A001302 "), "{name}: {text}");
        let line = page.lines().find(|line| line.contains("(A001302)")).unwrap().trim();
        let text = text.replace("access_token", "accessToken").replace("dpop_key", "dpopKey");
        assert!(text.contains(line), "{name}: {line}\n{text}");
    }
    let mut command = in_language("reject.c");
    let text = stderr(configure(command.arg(UNKNOWN_TICKET), &sandbox.base_url()));
    let line = page.lines().find(|line| line.contains("(A001301)")).unwrap().trim();
    assert!(text.replace("\\\"", "\"").contains(line), "{line}\n{text}");
}

/// The commands that use the sandbox, and what they print.
#[test]
fn the_sandbox_requires_dpop() {
    let folder = folder("dpop-commands");
    create_key(&folder, "sh");
    fs::copy(compile("reject.c", C), folder.join("reject")).unwrap();
    fs::copy(Path::new(ROOT).join(snippet("ticket.sh")), folder.join("ticket.sh")).unwrap();
    let page = page();
    let (_, block) = page.split_once("<!-- run by tests/snippets/dpop.rs -->\n```sh\n").unwrap();
    let (script, rest) = block.split_once("```\n").unwrap();
    let sandbox = sandbox("");
    let address = sandbox.base_url().replace("http://", "");
    let mut command = Command::new("sh");
    let script = script.replace("127.0.0.1:8765", &address);
    configure(command.arg("-euc").arg(&script), "").current_dir(&folder);
    let output = command.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("HTTP 302\nLocation: https://client.example.org/"), "{printed}");
    let log = String::from_utf8(output.stderr).unwrap();
    let line = rest.lines().find(|line| line.starts_with("    endpoint=")).unwrap().trim();
    let (start, end) = line.split_once(" duration_us=").unwrap();
    assert!(log.contains(&start.replace("127.0.0.1:8765", &address)), "{log}");
    let (_, end) = end.split_once(" retry_cause=").unwrap();
    assert!(log.contains(&format!(" retry_cause={end}")), "{log}");
}

#[test]
fn a_test_suite_requires_dpop() {
    let folder = folder("dpop-tests");
    create_key(&folder, "py");
    let test = Path::new(ROOT).join(snippet("test_bound_token.py"));
    let mut command = Command::new(format!("{ROOT}/target/venv/bin/python"));
    command.args(["-m", "pytest", "-p", "no:cacheprovider", "-W", "error"]).arg(test);
    let printed = run(configure(&mut command, "")
        .env("AUTHLETE_FAIL_SANDBOX", target().join("debug/authlete-fail-sandbox"))
        .env("PYTHONPATH", format!("{ROOT}/bindings/python:{ROOT}/bindings/python-sandbox"))
        .current_dir(&folder));
    assert!(printed.contains("= 2 passed in "), "{printed}");
}

#[test]
fn a_missing_key_file_is_an_error() {
    for name in SNIPPETS {
        let mut command = in_language(name);
        command.args(["http://127.0.0.1:1", "missing.json", UNKNOWN_TICKET]);
        let output = configure(&mut command, "").output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {output:?}");
    }
}
