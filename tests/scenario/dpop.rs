//! The DPoP key of a scenario, and the proofs in the requests that its server receives.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::backend::Backend;
use super::table::Scenario;
use crate::harness::dpop::{self, Proof};

const VARIABLE: &str = "AUTHLETE_DPOP_KEY";

/// Moves the member `key` into `config`, or into `environment` if there is one. It is the name of a
/// key, or an object: `of` is the name of a key, the other members replace members of the key, and
/// null removes one. A scenario can replace the key of its group with null, too.
pub fn add_key(scenario: &mut Map<String, Value>) {
    let Some(key) = scenario.remove("key") else { return };
    let key = match key {
        Value::Null => return,
        Value::String(name) => dpop::key(&name),
        Value::Object(mut changes) => {
            let name = changes.remove("of").expect("the name of a key");
            let mut key = dpop::key(name.as_str().expect("a name"));
            key.as_object_mut().expect("an object").extend(changes);
            key.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
            key
        }
        _ => panic!("not a key: {key}"),
    };
    if let Some(environment) = scenario.get_mut("environment") {
        environment[VARIABLE] = json!(key.to_string());
    } else {
        scenario.entry("config").or_insert_with(|| json!({}))["dpopKey"] = key;
    }
}

/// The text of a key, escaped as the content of a JSON string.
pub fn quoted(name: &str) -> String {
    let text = json!(dpop::key(name).to_string()).to_string();
    text[1..text.len() - 1].to_owned()
}

/// The key of the client, if it uses DPoP.
pub fn key(scenario: &Scenario) -> Option<Value> {
    let variable = scenario.environment.as_ref().and_then(|variables| variables.get(VARIABLE));
    let key = scenario.config.get("dpopKey").cloned().or(variable.map(|text| json!(text)))?;
    Some(match key {
        Value::String(text) => serde_json::from_str(&text).expect("a key"),
        key => key,
    })
}

/// Checks the proofs of all requests that a scripted server has received.
pub fn check(scenario: &Scenario, backend: &Backend) {
    let Some(key) = key(scenario) else { return };
    let name = &scenario.name;
    let settings = backend.settings(scenario);
    let base_url = settings["baseUrl"].as_str().expect("a URL");
    let scheme = base_url.split_once("://").expect("a URL").0;
    let origin = format!("{scheme}://{}", backend.configured_host(scenario).0);
    let requests = backend.scripted_requests();
    let proofs = requests.iter().map(|request| Proof::check(request, &key, &origin));
    let (unique, nonces): (HashSet<_>, Vec<_>) =
        proofs.map(|proof| (proof.jti, proof.nonce)).unzip();
    assert_eq!(unique.len(), requests.len(), "{name}: a jti was used twice");
    let expected = &scenario.expect.nonces;
    let expected = if expected.is_empty() { vec![None; requests.len()] } else { expected.clone() };
    assert_eq!(nonces, expected, "{name}: nonces");
}
