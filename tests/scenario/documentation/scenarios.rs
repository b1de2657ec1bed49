//! OAuth errors, environment variables, actions and result codes: each is in a scenario, which runs in
//! every language.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{CALLS, names, quoted, read, rows};
use crate::scenario::table::{Response, Scenario, Server, Ticket, table};

#[test]
fn oauth_errors_of_reasons_are_those_of_the_scenarios() {
    let mut documented = BTreeMap::new();
    for (call, heading) in CALLS {
        for row in rows("reference/reasons", &format!("## {heading}")) {
            let reason = names(&row[0]).pop_first().expect("a reason");
            let error = row[2].split([' ', ',']).next().expect("a word").to_owned();
            documented.insert((call.to_owned(), reason), error);
        }
    }
    let mut seen = BTreeMap::new();
    for scenario in table().into_iter().filter(Scenario::is_fail_call) {
        let error = match &scenario.expect.response {
            Response::Location { parameters, .. } => parameters.get("error").cloned(),
            Response::Json { body, .. } => {
                body.get("error").and_then(Value::as_str).map(str::to_owned)
            }
            _ => None,
        };
        let reason = scenario.request.get("reason").and_then(Value::as_str);
        let is_sandbox = matches!(scenario.server, Server::Sandbox | Server::Quiet);
        let is_failed = scenario.ticket() == Ticket::Fresh && is_sandbox && is_delivered(&scenario);
        let is_known = !scenario.config.contains_key("allowUnknownReasons");
        if let (Some(reason), Some(error), true, true) = (reason, error, is_failed, is_known) {
            seen.insert((scenario.call.clone(), reason.to_owned()), error);
        }
    }
    assert_eq!(documented, seen);
}

fn is_delivered(scenario: &Scenario) -> bool {
    scenario.expect.outcome.as_deref() == Some("DELIVERED")
}

#[test]
fn environment_variables_are_those_of_the_scenarios() {
    let rows = rows("reference/configuration", "## From the environment");
    let documented: BTreeSet<_> = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    let accepted = table().into_iter().filter(|scenario| scenario.expect.status == "OK");
    let read = accepted.filter_map(|scenario| scenario.environment).flatten();
    assert_eq!(documented, read.map(|(name, _)| name).collect());
}

/// A row for each action of a scenario, and a scenario for each action and outcome of a row.
#[test]
fn actions_are_those_of_the_scenarios() {
    let mut documented = BTreeSet::new();
    for row in rows("reference/responses", "## Responses") {
        let [call, action, response, outcome] = &row[..] else { panic!("{row:?}") };
        let mut outcomes = names(outcome);
        if outcome.contains('¹') {
            outcomes.insert("TICKET_INVALID".to_owned());
        }
        if call != "any" {
            let response = response.split(',').next().expect("a cell").replace(['`'], "");
            documented.extend(outcomes.into_iter().map(|outcome| {
                [call.clone(), action.clone(), response.replace(" with ", " "), outcome]
            }));
        }
    }
    let is_documented =
        |call: &str, action: &str| documented.iter().any(|row| row[0] == call && row[1] == action);
    let mut seen = BTreeSet::new();
    let fail_calls = table().into_iter().filter(Scenario::is_fail_call);
    for scenario in fail_calls.filter(|scenario| scenario.expect.status == "OK") {
        let expect = scenario.expect;
        let (Some(action), Some(outcome)) = (expect.action, expect.outcome) else { continue };
        let call = scenario.call.replace('_', " ");
        if is_documented(&call, &action) {
            seen.insert([call, action, response(&expect.response), outcome]);
        } else {
            let is_unknown = matches!(outcome.as_str(), "UNKNOWN_ACTION" | "TICKET_INVALID");
            assert!(is_unknown, "{}: {action} is not documented", scenario.name);
        }
    }
    assert_eq!(documented, seen);
}

/// Like `actions_are_those_of_the_scenarios`, for the endpoints that are not fail endpoints.
#[test]
fn actions_of_general_calls_are_those_of_the_scenarios() {
    let rows = rows("guide/calls", "## The response");
    let cells = rows.iter().map(|row| {
        let [path, action, response, _] = &row[..] else { panic!("{row:?}") };
        [path, action, response].map(|cell| cell.replace('`', "").replace(" with ", " "))
    });
    let documented: BTreeSet<_> = cells.filter(|[path, ..]| path.starts_with('/')).collect();
    let mut seen = BTreeSet::new();
    for scenario in table().into_iter().filter(|scenario| scenario.expect.status == "OK") {
        let path = scenario.path().to_owned();
        let is_documented = documented.iter().any(|[other, ..]| *other == path);
        // The safe response is for actions that the library does not know.
        let is_known = !matches!(scenario.expect.response, Response::SafeError);
        let Some(action) = scenario.expect.action else { continue };
        if is_documented && is_known {
            let challenge =
                scenario.expect.more_headers.iter().find(|line| line.starts_with("WWW-"));
            let challenge = challenge.map(|line| format!(", {line}")).unwrap_or_default();
            let response = response(&scenario.expect.response);
            seen.insert([path, action, response + &challenge]);
        }
    }
    assert_eq!(documented, seen);
}

/// A response as in the documentation.
fn response(response: &Response) -> String {
    match response {
        Response::None => "nothing yet".to_owned(),
        Response::SafeError => "500 application/json".to_owned(),
        Response::Json { status, .. } | Response::JsonMembers { status, .. } => {
            format!("{status} application/json")
        }
        Response::Form { .. } | Response::JwtForm { .. } | Response::Html { .. } => {
            "200 text/html;charset=UTF-8".to_owned()
        }
        // 303 with `locationStatus`.
        Response::Location { .. }
        | Response::LocationParameters { .. }
        | Response::LocationText { .. }
        | Response::LocationLength { .. }
        | Response::JwtLocation { .. } => "302 Location".to_owned(),
    }
}

#[test]
fn result_codes_of_invalid_tickets_are_those_of_the_scenarios() {
    let page = read("docs/reference/responses.md");
    let note = page.lines().find(|line| line.starts_with('¹')).expect("the note");
    let words = note.split(|c: char| !c.is_ascii_alphanumeric());
    let documented: BTreeSet<_> =
        words.filter(|word| word.len() == 7 && word.starts_with('A')).map(str::to_owned).collect();
    // The action BAD_REQUEST of authorization is enough.
    let is_by_code = |scenario: &Scenario| {
        scenario.expect.outcome.as_deref() == Some("TICKET_INVALID")
            && (scenario.call != "authorization"
                || scenario.expect.action.as_deref() != Some("BAD_REQUEST"))
    };
    let scenarios = table().into_iter().filter(Scenario::is_fail_call).filter(is_by_code);
    assert_eq!(documented, scenarios.filter_map(|scenario| scenario.expect.result_code).collect());
}
