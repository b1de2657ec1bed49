use std::process::Command;

use authlete_fail_sandbox::ASSUMED;
use serde_json::{Value, json};

use crate::api_client::*;
use crate::control::status;

const README: &str = include_str!("../../README.md");

#[test]
fn assumed_behaviour_is_listed_in_the_status_and_in_the_readme() {
    let sandbox = start();
    assert_eq!(status(&sandbox)["assumed"], json!(ASSUMED));
    for behaviour in ASSUMED {
        assert!(README.contains(&format!("\n| {behaviour} |\n")), "{behaviour}");
    }
    let (_, table) = README.split_once("| behaviour |\n|---|\n").unwrap();
    assert_eq!(table.lines().count(), ASSUMED.len());
}

/// Each line that starts with `dpop_call` prints the status and some headers of a response; its comment
/// contains the status and the error.
#[test]
fn the_dpop_example_prints_what_its_comments_say() {
    let sandbox = start();
    let (_, block) = README.split_once("```shell\n").unwrap();
    let (script, _) = block.split_once("```").unwrap();
    let script = script.replace("http://127.0.0.1:8765", &sandbox.base_url());
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let responses: Vec<&str> = text.split("HTTP/1.1 ").skip(1).collect();
    let calls: Vec<&str> = script.lines().filter(|line| line.starts_with("dpop_call \"")).collect();
    assert_eq!(responses.len(), calls.len(), "{text}");
    for (call, response) in calls.iter().zip(responses) {
        let (_, comment) = call.split_once("# ").unwrap();
        let (expected, _) = comment.split_once(':').unwrap_or((comment, ""));
        assert!(expected.split(", ").all(|part| response.contains(part)), "{call}\n{response}");
        assert!(response.contains("dpop-nonce: "), "{response}");
    }
}

/// Each line that starts with `call` prints one API response; its comment starts with the action and
/// the result code.
#[test]
fn the_examples_print_what_their_comments_say() {
    let sandbox = start();
    let script: String = README
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split_once("```").unwrap().0)
        .collect::<String>()
        .replace("http://127.0.0.1:8765", &sandbox.base_url());
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let responses: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let calls: Vec<&str> = script.lines().filter(|line| line.starts_with("call ")).collect();
    assert_eq!(responses.len(), calls.len(), "{text}");
    for (call, response) in calls.iter().zip(&responses) {
        let action = response["action"].as_str().unwrap();
        let code = response["resultCode"].as_str().unwrap();
        assert!(call.contains(&format!("# {action}, {code}")), "{call}\n{response}");
    }
}
