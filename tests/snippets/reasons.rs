//! `docs/guide/reasons.md`: the reason to fail a prompt=none request.

use crate::common::{in_language, output, sandbox, ticket};

/// An authorization request with all requirements that the programs check.
const QUERY: &str = "response_type=code&client_id=26478243745571&scope=openid&prompt=none&max_age=600\
    &claims=%7B%22id_token%22%3A%7B%22sub%22%3A%7B%22value%22%3A%22john%22%7D%2C\
    %22acr%22%3A%7B%22essential%22%3Atrue%2C%22values%22%3A%5B%22gold%22%2C%22silver%22%5D%7D%7D%7D";

#[test]
fn prompt_none_chooses_a_reason() {
    let sandbox = sandbox();
    for name in ["prompt_none.c", "prompt_none.cpp", "prompt_none.py"] {
        let is_python = name.ends_with(".py"); // contains the requirements itself
        let argument = if is_python { ticket(&sandbox) } else { QUERY.to_owned() };
        let printed = output(in_language(name), &sandbox, &argument);
        let (reasons, response) = printed.split_once("HTTP 302\n").unwrap();
        assert_eq!(
            reasons.lines().collect::<Vec<_>>(),
            [
                "issue",
                "CONSENT_REQUIRED",
                "ACR_NOT_SATISFIED",
                "DIFFERENT_SUBJECT",
                "EXCEEDS_MAX_AGE",
                "NOT_LOGGED_IN",
            ],
            "{name}"
        );
        assert!(response.contains("?error=login_required&"), "{name}: {response}");
    }
}

#[test]
fn a_request_without_requirements_needs_only_consent() {
    let sandbox = sandbox();
    let query = "response_type=code&client_id=26478243745571&scope=openid&prompt=none";
    for name in ["prompt_none.c", "prompt_none.cpp"] {
        let printed = output(in_language(name), &sandbox, query);
        let reasons: Vec<_> = printed.lines().take(6).collect();
        let consent = "CONSENT_REQUIRED";
        let expected = ["issue", consent, consent, consent, consent, "NOT_LOGGED_IN"];
        assert_eq!(reasons, expected, "{name}");
    }
}
