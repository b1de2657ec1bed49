//! Services that require DPoP: nonces, configuration, and the list of requests.

use authlete_fail_sandbox::{
    ACCESS_TOKEN, ApiDpop, NoncePolicy, Options, QUIET_ACCESS_TOKEN, QUIET_SERVICE_ID,
    QUIET_UNBOUND_TOKEN, SERVICE_ID, Sandbox, Service, StartError, UNBOUND_TOKEN,
};
use serde_json::{Value, json};

use crate::api_client::*;
use crate::control::{delete, get, post};
use crate::dpop_client::*;

fn call_with_nonce(sandbox: &Sandbox, key: &Key, nonce: &str) -> Response {
    call_with_proof(sandbox, &Proof::new(key, &url(sandbox)).with_nonce(nonce).sign(key))
}

fn assert_nonce_challenge(response: &Response) -> String {
    assert_challenge(response, "use_dpop_nonce", "", "nonce");
    nonce(response)
}

fn nonce(response: &Response) -> String {
    let nonce = response.header("DPoP-Nonce");
    assert_eq!(nonce.len(), 43, "{response:?}");
    nonce.to_owned()
}

#[test]
fn without_a_policy_the_nonce_does_not_matter() {
    let sandbox = start_with_dpop(NoncePolicy::None);
    let response = call_with_nonce(&sandbox, &Key::new("ES256"), "unknown");
    assert_eq!((response.status, response.header("DPoP-Nonce")), (200, ""));
}

#[test]
fn each_response_has_a_nonce_that_is_accepted_for_five_minutes() {
    let sandbox = start_with_dpop(NoncePolicy::EachResponse);
    let key = Key::new("ES256");
    let proof = Proof::new(&key, &url(&sandbox)).sign(&key);
    let response = call_with_proof(&sandbox, &proof);
    assert_challenge(&response, "use_dpop_nonce", "", "The proof must contain a nonce.");
    let first = nonce(&response);
    let wrong = assert_nonce_challenge(&call_with_nonce(&sandbox, &key, "unknown"));
    assert_ne!(first, wrong);
    let mut nonces = vec![first.clone(), wrong];
    for _ in 0..3 {
        let response = call_with_nonce(&sandbox, &key, nonces.last().unwrap());
        assert_eq!(response.status, 200);
        assert!(!nonces.contains(&nonce(&response)));
        nonces.push(nonce(&response));
    }
    assert_eq!(call_with_nonce(&sandbox, &key, &first).status, 200);
    nonce(&call(&sandbox, "DPoP wrong", &[]));

    post(&sandbox, "clock", &json!({ "advanceSeconds": 290, "serviceId": SERVICE_ID }));
    let response = call_with_nonce(&sandbox, &key, &first);
    assert_eq!(response.status, 200);
    let newest = nonce(&response);
    post(&sandbox, "clock", &json!({ "advanceSeconds": 15, "serviceId": SERVICE_ID }));
    assert_nonce_challenge(&call_with_nonce(&sandbox, &key, &first));
    assert_eq!(call_with_nonce(&sandbox, &key, &newest).status, 200);
}

#[test]
fn a_single_use_nonce_is_accepted_once() {
    let sandbox = start_with_dpop(NoncePolicy::SingleUse);
    let key = Key::new("EdDSA");
    let first = assert_nonce_challenge(&call_with_nonce(&sandbox, &key, "unknown"));
    let second = assert_nonce_challenge(&call_with_nonce(&sandbox, &key, "unknown"));
    assert_eq!(call_with_nonce(&sandbox, &key, &second).status, 200);
    let response = call_with_nonce(&sandbox, &key, &first);
    assert_eq!(response.status, 200);
    for used in [first, second] {
        assert_nonce_challenge(&call_with_nonce(&sandbox, &key, &used));
    }
    assert_eq!(call_with_nonce(&sandbox, &key, &nonce(&response)).status, 200);
}

/// Otherwise a proof that was refused would bind the token to its key or use up the nonce.
#[test]
fn a_refused_proof_changes_nothing() {
    let sandbox = start_with_dpop(NoncePolicy::SingleUse);
    let (key, other) = (Key::new("ES256"), Key::new("ES256"));
    let nonce = assert_nonce_challenge(&call_with_nonce(&sandbox, &other, "unknown"));
    let mut invalid = Proof::new(&other, &url(&sandbox)).with_nonce(&nonce);
    invalid.claims["htm"] = json!("GET");
    assert_eq!(call_with_proof(&sandbox, &invalid.sign(&other)).status, 401);
    assert_eq!(call_with_nonce(&sandbox, &key, &nonce).status, 200);
}

/// The nonces of a service are not those of another one.
#[test]
fn services_have_their_own_keys_and_nonces() {
    let sandbox = start_with_dpop(NoncePolicy::EachResponse);
    let key = Key::new("ES256");
    let nonce = assert_nonce_challenge(&call_with_nonce(&sandbox, &key, "unknown"));
    assert_eq!(call_with_nonce(&sandbox, &key, &nonce).status, 200);

    let key = Key::new("ES256");
    let url = format!("{}/api/{QUIET_SERVICE_ID}/{TOKEN_FAIL}", sandbox.base_url());
    let mut proof = Proof::new(&key, &url).with_nonce(&nonce);
    proof.claims["ath"] =
        json!(encode(ring::digest::digest(&ring::digest::SHA256, QUIET_ACCESS_TOKEN.as_bytes())));
    let (proof, authorization) = (proof.sign(&key), format!("DPoP {QUIET_ACCESS_TOKEN}"));
    let headers = [("Authorization", &*authorization), ("DPoP", &proof), ("Content-Type", JSON)];
    assert_nonce_challenge(&send("POST", &url, &headers, "{}"));
}

#[test]
fn the_unbound_token_needs_no_proof() {
    let sandbox = start_with_dpop(NoncePolicy::SingleUse);
    let api = ApiClient::v3(&sandbox, SERVICE_ID, UNBOUND_TOKEN);
    let ticket = api.authorization_ticket("");
    let request = json!({ "ticket": ticket, "reason": "DENIED" });
    assert_eq!(api.call(AUTHORIZATION_FAIL, &request)["resultCode"], "A060306");
    let other = ApiClient::v3(&sandbox, SERVICE_ID, QUIET_UNBOUND_TOKEN);
    assert_eq!(other.post(TOKEN_FAIL, JSON, "{}").status, 403);
    assert_eq!(call(&sandbox, &format!("DPoP {UNBOUND_TOKEN}"), &[]).status, 401);
}

#[test]
fn without_dpop_nothing_changes() {
    let sandbox = start();
    let response = call(&sandbox, &format!("Bearer {ACCESS_TOKEN}"), &["x"]);
    assert_eq!(response.status, 200);
    let refused = [
        (format!("DPoP {ACCESS_TOKEN}"), 400, "A001203"),
        (format!("Bearer {UNBOUND_TOKEN}"), 401, "A172101"),
    ];
    for (authorization, status, code) in refused {
        let response = call(&sandbox, &authorization, &["x"]);
        assert_eq!((response.status, &response.json()["resultCode"]), (status, &json!(code)));
        assert_eq!(response.header("WWW-Authenticate"), "");
        assert_eq!(response.header("DPoP-Nonce"), "");
    }
}

/// The built-in service requires DPoP, the "quiet" one does not.
#[test]
fn each_service_has_its_own_scheme() {
    let mut services = Service::defaults();
    services[0].api_dpop = Some(ApiDpop::default());
    let sandbox = Sandbox::start(Options { services, ..Options::default() }).unwrap();
    let bound = format!("DPoP {ACCESS_TOKEN}");
    let quiet = format!("DPoP {QUIET_ACCESS_TOKEN}");
    let (path, quiet_path) = (format!("{SERVICE_ID}/"), format!("{QUIET_SERVICE_ID}/"));
    for (path, authorization, status, code) in [
        (&*quiet_path, &*quiet, 400, "A001203"),
        (&*quiet_path, &*bound, 400, "A001203"),
        ("", &*quiet, 400, "A001203"),
        ("", "DPoP unknown", 401, "A172101"),
        ("", &*bound, 401, "A001301"),
        (&*path, &*quiet, 403, "A172101"),
        (&*path, "DPoP unknown", 401, "A172101"),
        (&*path, &*bound, 401, "A001301"),
        ("unknown/", &*bound, 403, "A172101"),
    ] {
        let url = format!("{}/api/{path}{TOKEN_FAIL}", sandbox.base_url());
        let headers = [("Authorization", authorization), ("Content-Type", JSON)];
        let response = send("POST", &url, &headers, "{}");
        let code = json!(code);
        assert_eq!((response.status, &response.json()["resultCode"]), (status, &code), "{url}");
        assert_eq!(response.headers.contains_key("WWW-Authenticate"), status == 401, "{url}");
    }
    let url = format!("{}/api/{TOKEN_FAIL}", sandbox.base_url());
    let key = Key::new("ES256");
    let proof = Proof::new(&key, &url).sign(&key);
    let headers = [("Authorization", &*bound), ("DPoP", &proof), ("Content-Type", JSON)];
    assert_eq!(send("POST", &url, &headers, "{}").status, 200);
}

#[test]
fn a_created_service_has_an_unbound_token() {
    let sandbox = start();
    let create = |document: Value| post(&sandbox, "services", &document).json();
    assert_eq!(create(json!({})).get("unboundToken"), None);
    let created = create(json!({ "apiDpop": { "nonce": "each-response" } }));
    let text = |name: &str| created[name].as_str().unwrap();
    let api = ApiClient::v3(&sandbox, text("serviceId"), text("unboundToken"));
    assert_eq!(api.post(TOKEN_FAIL, JSON, "{}").status, 200);
    let bound = ApiClient::v3(&sandbox, text("serviceId"), text("accessToken"));
    let response = bound.post(TOKEN_FAIL, JSON, "{}");
    assert_challenge(&response, "invalid_token", "A001301", "");
    nonce(&response);

    let sandbox = start_with_dpop(NoncePolicy::None);
    let created = post(&sandbox, "services", &json!({})).json();
    assert_eq!(created["unboundToken"].as_str().unwrap().len(), 43);
}

#[test]
fn a_new_service_with_the_same_id_is_bound_again() {
    let sandbox = start_with_dpop(NoncePolicy::None);
    let service = json!({ "serviceId": SERVICE_ID, "accessToken": ACCESS_TOKEN });
    for key in [Key::new("ES256"), Key::new("ES256")] {
        let proof = Proof::new(&key, &url(&sandbox)).sign(&key);
        assert_eq!(call_with_proof(&sandbox, &proof).status, 200);
        assert_eq!(delete(&sandbox, &format!("services/{SERVICE_ID}")), 204);
        assert_eq!(post(&sandbox, "services", &service).status, 201);
    }
}

#[test]
fn invalid_settings_are_refused() {
    let sandbox = start();
    for (service, expected) in [
        (json!({ "apiDpop": { "nonce": "NONE" } }), "\"apiDpop.nonce\""),
        (json!({ "apiDpop": { "nonces": "none" } }), "`nonces`"),
        (json!({ "apiDpop": { "keyThumbprint": "x" } }), "keyThumbprint"),
        (json!({ "unboundToken": ACCESS_TOKEN }), "unboundToken"),
        (json!({ "accessToken": "same", "unboundToken": "same" }), "unboundToken"),
    ] {
        let response = post(&sandbox, "services", &service);
        assert_eq!(response.status, 400, "{service}");
        assert!(response.text.replace('\\', "").contains(expected), "{}", response.text);
    }
    let mut services = Service::defaults();
    let key_thumbprint = "+".repeat(43);
    services[0].api_dpop = Some(ApiDpop { key_thumbprint, ..ApiDpop::default() });
    let result = Sandbox::start(Options { services, ..Options::default() });
    assert!(matches!(result, Err(StartError::Services(_))));
}

#[test]
fn proofs_are_listed_unless_they_contain_a_private_key() {
    let sandbox = start_with_dpop(NoncePolicy::None);
    let key = Key::new("ES256");
    let proof = Proof::new(&key, &url(&sandbox)).sign(&key);
    let mut private = Proof::new(&key, &url(&sandbox));
    private.header["jwk"]["d"] = json!("private");
    call_with_proof(&sandbox, &proof);
    call(&sandbox, "", &[&proof, &proof]);
    call_with_proof(&sandbox, &private.sign(&key));
    call(&sandbox, "", &[&proof, &private.sign(&key)]);
    call_with_proof(&sandbox, "{\"d\":\"private\"}");
    let requests = get(&sandbox, "requests")["requests"].clone();
    let headers: Vec<_> = (0..5).map(|index| requests[index]["headers"].clone()).collect();
    assert_eq!(headers[0]["authorization"], "DPoP sand…");
    let proofs = headers.iter().map(|headers| headers["dpop"].as_str().unwrap());
    let expected = [&*proof, &format!("{proof}, {proof}"), "eyJh…", "eyJh…", "{\"d\"…"];
    assert_eq!(proofs.collect::<Vec<_>>(), expected);
}
