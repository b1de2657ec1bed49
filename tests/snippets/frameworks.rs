//! The servers on the pages about FastAPI, Flask and Django, run as the pages say.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use authlete_fail_sandbox::Sandbox;

use crate::common::{configure, fail_next, sandbox, snippet};
use crate::server::{Browser, Program, QUERY, Server};
use crate::support::{ROOT, run, scratch, target};

const FASTAPI: Program =
    Program { command: "uvicorn fastapi_server:app --port 0", started: ("", 0) };
/// The hooks open a connection in the parent and in each of three workers.
const FLASK: Program = Program {
    command: "gunicorn --config gunicorn_conf.py --bind 127.0.0.1:0",
    started: (" INFO authlete_fail endpoint=connect host=", 4),
};
const DJANGO: Program = Program {
    command: "gunicorn --workers 3 --threads 16 --bind 127.0.0.1:0 django_server",
    started: (" Booting worker with pid: ", 3),
};

/// The response ends the request with an OAuth error, and is not cached.
fn assert_redirects(response: &str, error: &str) {
    let head = response.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 303 see other\r\n"), "{response}");
    let location = format!("\r\nlocation: https://client.example.org/cb?error={error}&");
    assert!(head.contains(&location), "{response}");
    assert!(head.contains("\r\ncache-control: no-store\r\n"), "{response}");
}

fn assert_is_error_page(response: &str, status: u16) {
    assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{response}");
    assert!(response.to_ascii_lowercase().contains("\r\ncontent-type: text/html"), "{response}");
    assert!(response.contains("<p>"), "{response}");
}

fn users_are_served(browser: &Browser, cookie: &str) {
    // The script on the pages.
    let script = format!("{ROOT}/{}", snippet("deny.sh"));
    let mut command = Command::new("sh");
    command.arg(script).env("SERVER", &browser.url).current_dir(&browser.folder);
    let printed = run(&mut command);
    let (page, response) = printed.split_once("HTTP/1.1 ").unwrap();
    assert!(page.contains("<button>Deny</button>"), "{page}");
    assert_redirects(&format!("HTTP/1.1 {response}"), "access_denied");

    // Each request may go to another worker.
    for _ in 0..5 {
        let page = browser.consent_page();
        assert_redirects(&browser.deny(&page), "access_denied");
        assert_is_error_page(&browser.deny(&page), 400);
    }
    let first = browser.consent_page();
    let second = browser.consent_page();
    assert_is_error_page(&browser.deny(&first), 400);
    drop(second);

    let header = browser.consent_page().to_ascii_lowercase();
    let header = header.lines().find(|line| line.starts_with(&format!("set-cookie: {cookie}=")));
    for attribute in ["; secure", "; httponly", "; samesite=lax", "; path=/"] {
        assert!(header.unwrap().contains(attribute), "{attribute}: {header:?}");
    }

    let path = format!("/authorize?{QUERY}&prompt=none");
    assert_redirects(&browser.curl(&path, &[]), "login_required");
    let unknown_client = browser.curl("/authorize?response_type=code&client_id=1", &[]);
    assert_is_error_page(&unknown_client, 400);
}

/// The user gets the response even if the server is told to end meanwhile.
fn calls_are_completed(server: &mut Server, sandbox: &Sandbox) {
    let browser = &server.browser;
    let page = browser.consent_page();
    let fault = r#"{"path":"/auth/authorization/fail","delayMs":500,"processed":true}"#;
    fail_next(sandbox, fault);
    let before = sandbox.requests();
    thread::scope(|scope| {
        let user = scope.spawn(|| browser.deny(&page));
        while sandbox.requests() == before {
            assert!(!user.is_finished(), "no call was made");
            thread::sleep(Duration::from_millis(1));
        }
        server.terminate();
        assert_redirects(&user.join().unwrap(), "access_denied");
    });
    let log = server.ended();
    let line = " INFO authlete_fail endpoint=/auth/authorization/fail host=127.0.0.1:";
    assert!(log.contains(line), "{log}");
}

fn users_get_a_page_while_authlete_is_down(program: &Program, test: &str) {
    let sandbox = sandbox();
    let mut server = Server::start(program, test, &sandbox.base_url());
    let page = server.browser.consent_page();
    drop(sandbox);
    assert_is_error_page(&server.browser.deny(&page), 500);
    assert_is_error_page(&server.browser.curl(&format!("/authorize?{QUERY}"), &[]), 500);
    server.terminate();
    let log = server.ended();
    for endpoint in ["/auth/authorization/fail", "/auth/authorization"] {
        let line = format!(" WARNING authlete_fail endpoint={endpoint} host=127.0.0.1:");
        assert!(log.contains(&line), "{line}: {log}");
    }
    let next_step = "check the host and the port in AUTHLETE_BASE_URL";
    assert!(log.contains(next_step), "{log}");
}

#[test]
fn fastapi_under_uvicorn() {
    let sandbox = sandbox();
    let mut server = Server::start(&FASTAPI, "fastapi", &sandbox.base_url());
    users_are_served(&server.browser, "session");
    calls_are_completed(&mut server, &sandbox);
    users_get_a_page_while_authlete_is_down(&FASTAPI, "fastapi-down");
}

#[test]
fn flask_under_gunicorn() {
    let sandbox = sandbox();
    let mut server = Server::start(&FLASK, "flask", &sandbox.base_url());
    users_are_served(&server.browser, "session");
    calls_are_completed(&mut server, &sandbox);
    users_get_a_page_while_authlete_is_down(&FLASK, "flask-down");
}

#[test]
fn django_under_gunicorn() {
    let sandbox = sandbox();
    let mut server = Server::start(&DJANGO, "django", &sandbox.base_url());
    users_are_served(&server.browser, "sessionid");
    // As a browser behind a proxy that terminates TLS.
    let origin = format!("Origin: {}", server.browser.url.replace("http:", "https:"));
    let proxied = ["--header", "X-Forwarded-Proto: https", "--header", &origin];
    let response = server.browser.deny_with(&server.browser.consent_page(), &proxied[2..]);
    assert_is_error_page(&response, 403);
    assert_redirects(
        &server.browser.deny_with(&server.browser.consent_page(), &proxied),
        "access_denied",
    );
    calls_are_completed(&mut server, &sandbox);
    users_get_a_page_while_authlete_is_down(&DJANGO, "django-down");
}

/// Each test gets its own service of the sandbox, which `make check-snippets` builds.
#[test]
fn their_tests_pass() {
    let folder = scratch().join("framework-tests");
    let tests = ["fastapi", "flask", "django"].map(|name| format!("test_{name}_server.py"));
    let mut command = Command::new(format!("{ROOT}/target/venv/bin/python"));
    command.args(["-m", "pytest", "-p", "no:cacheprovider", "-W", "error"]).args(tests);
    let printed = run(configure(&mut command, "")
        .env("AUTHLETE_FAIL_SANDBOX", target().join("debug/authlete-fail-sandbox"))
        .env("PYTHONPATH", format!("{ROOT}/bindings/python:{ROOT}/bindings/python-sandbox"))
        .env("SECRET_KEY", "for tests only")
        .env("TICKET_FOLDER", folder.join("tickets"))
        .current_dir(format!("{ROOT}/docs/snippets")));
    assert!(printed.contains("= 6 passed in "), "{printed}");
}

/// Why the page says not to use it.
#[test]
fn django_rejects_the_redirects_of_native_apps() {
    let program = "from django.conf import settings; settings.configure()\n\
        from django.core.exceptions import DisallowedRedirect\n\
        from django.http import HttpResponseRedirect\n\
        try: HttpResponseRedirect('com.example.app:/callback')\n\
        except DisallowedRedirect as error: print(error)";
    let python = format!("{ROOT}/target/venv/bin/python");
    let printed = run(Command::new(python).args(["-c", program]));
    assert_eq!(printed, "Unsafe redirect to URL with protocol 'com.example.app'\n");
}

#[test]
fn the_pages_name_the_tested_versions() {
    let requirements = fs::read_to_string(format!("{ROOT}/tests/snippets/requirements.txt"));
    let requirements = requirements.unwrap();
    for (page, packages) in [
        ("fastapi", ["FastAPI", "uvicorn"]),
        ("flask", ["Flask", "gunicorn"]),
        ("django", ["Django", "gunicorn"]),
    ] {
        let text = fs::read_to_string(format!("{ROOT}/docs/guide/{page}.md")).unwrap();
        for package in packages {
            let mut pins = requirements.lines().filter_map(|line| line.split_once("=="));
            let pin = pins.find(|(name, _)| name.eq_ignore_ascii_case(package));
            let tested = format!("{package} {}", pin.unwrap().1);
            assert!(text.contains(&tested), "{page}: {tested}");
        }
    }
}
