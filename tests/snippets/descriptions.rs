//! Text of a user in the members that Authlete passes on to the OAuth client.

use std::fs;
use std::process::Command;

use authlete_fail_sandbox::{QUIET_ACCESS_TOKEN, QUIET_SERVICE_ID};

use crate::common::{configure, in_language, sandbox};
use crate::support::{ROOT, run};

const SNIPPETS: [&str; 3] = ["description.c", "description.cpp", "description.py"];
const ATTACK: &str = r#"x","errorUri":"https://evil.example/"#;

/// The response to the OAuth client, or the error of the call and the response.
fn printed(base_url: &str, name: &str, arguments: [&str; 2]) -> String {
    let mut command: Command = in_language(name);
    run(configure(command.args(arguments), base_url)).trim_end().to_owned()
}

fn error(description: &str) -> String {
    let description = serde_json::Value::from(description);
    format!(r#"{{"error":"access_denied","error_description":{description}}}"#)
}

/// The page shows this line.
fn is_on_page(line: &str) -> bool {
    let page = fs::read_to_string(format!("{ROOT}/docs/guide/descriptions.md")).unwrap();
    page.lines().any(|other| other.trim() == line)
}

#[test]
fn text_that_is_not_escaped_adds_a_member() {
    let sandbox = sandbox();
    let wrong = |text| printed(&sandbox.base_url(), "description.c", ["wrong", text]);
    let attacked = wrong(ATTACK);
    let member = r#","error_uri":"https://evil.example/"}"#;
    assert!(attacked.ends_with(member) && is_on_page(&attacked), "{attacked}");
    // A member that the request already has.
    let refused = wrong(r#"x","reason":"SERVER_ERROR"#);
    assert!(refused.starts_with("request: duplicate member \"reason\""), "{refused}");
}

#[test]
fn escaped_text_adds_no_member() {
    let sandbox = sandbox();
    let base_url = sandbox.base_url();
    assert!(is_on_page(&error(ATTACK)));
    for name in SNIPPETS {
        for text in [ATTACK, "a \\ \" \u{1} \n é 😀"] {
            assert_eq!(printed(&base_url, name, ["escaped", text]), error(text), "{name}");
        }
    }
}

#[test]
fn long_text_is_cut_between_characters() {
    let sandbox = sandbox();
    let base_url = sandbox.base_url();
    let split = format!("{}é", "a".repeat(999)); // a character of two bytes, of which one is over the limit
    let fits = format!("{}é", "a".repeat(998));
    for name in SNIPPETS {
        let refused = printed(&base_url, name, ["escaped", &split]);
        let problem = refused.strip_suffix(r#"{"error":"server_error"}"#).unwrap();
        assert!(problem.ends_with(" is 1001 bytes long; the limit is 1000"), "{name}: {refused}");
        assert!(name.ends_with(".py") || is_on_page(problem), "{problem}");
        let cut = |text: &str| printed(&base_url, name, ["cut", text]);
        assert_eq!(cut(&split), error(&"a".repeat(999)), "{name}");
        assert_eq!(cut(&fits), error(&fits), "{name}");
        assert_eq!(cut(&"😀".repeat(251)), error(&"😀".repeat(250)), "{name}");
    }
}

#[test]
fn text_is_limited_to_permitted_characters() {
    let sandbox = sandbox();
    let base_url = sandbox.base_url();
    for name in SNIPPETS {
        let permitted = |text: &str| printed(&base_url, name, ["permitted", text]);
        assert_eq!(permitted("a \"b\" \\ é 😀\n~"), error("a 'b' ? ? ??~"), "{name}");
        assert_eq!(permitted(r#"Crème "brûlée""#), error("Cr?me 'br?l?e'"), "{name}");
        assert_eq!(permitted(&"é".repeat(2000)), error(&"?".repeat(1000)), "{name}");
    }
}

#[test]
fn a_service_can_omit_the_text() {
    let sandbox = sandbox();
    let mut command = in_language("description.py");
    let command = configure(command.args(["escaped", "x"]), &sandbox.base_url())
        .env("AUTHLETE_SERVICE_APIKEY", QUIET_SERVICE_ID)
        .env("AUTHLETE_SERVICE_ACCESSTOKEN", QUIET_ACCESS_TOKEN);
    assert_eq!(run(command), "{\"error\":\"access_denied\"}\n");
}
