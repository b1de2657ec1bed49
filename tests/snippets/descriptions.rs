//! Text of a user in the members that Authlete passes on to the OAuth client.

use std::process::Command;

use crate::common::{configure, in_language, sandbox};
use crate::support::run;

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

#[test]
fn escaped_text_adds_no_member() {
    let sandbox = sandbox();
    let base_url = sandbox.base_url();
    let wrong = printed(&base_url, "description.c", ["wrong", ATTACK]);
    assert_eq!(
        wrong,
        r#"{"error":"access_denied","error_description":"x","error_uri":"https://evil.example/"}"#
    );
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
        assert!(refused.contains(" is 1001 bytes long; the limit is 1000"), "{name}: {refused}");
        assert!(refused.ends_with(r#"{"error":"server_error"}"#), "{name}: {refused}");
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
        assert_eq!(permitted(&"é".repeat(2000)), error(&"?".repeat(1000)), "{name}");
    }
}
