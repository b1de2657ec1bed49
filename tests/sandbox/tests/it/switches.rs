//! The members of a service that switch what Authlete does not document.

use authlete_fail_sandbox::{AssumedAction, Client, Options, Sandbox, Service, SignatureAlgorithm};
use ring::digest::{SHA384, SHA512, digest};
use serde_json::{Value, json};

use crate::api_client::*;
use crate::http::certificate;
use crate::jwt::verified_claims;

/// A sandbox whose first built-in service is changed.
fn start_with(change: impl FnOnce(&mut Service)) -> Sandbox {
    let mut services = Service::defaults();
    change(&mut services[0]);
    Sandbox::start(Options { services, ..Options::default() }).unwrap()
}

#[test]
fn an_assumed_action_is_switched_for_one_service() {
    let sandbox = start_with(|service| {
        for (code, action) in [
            ("A059202", AssumedAction::InternalServerError),
            ("A060201", AssumedAction::BadRequest),
            ("A063202", AssumedAction::BadRequest),
        ] {
            service.assumed_actions.insert(code.to_owned(), action);
        }
    });
    let api = ApiClient::of(&sandbox);
    let unknown = json!({ "ticket": "x", "reason": "DENIED" });
    let no_reason = json!({ "ticket": api.authorization_ticket("") });
    for (path, request, code, action, error) in [
        (AUTHORIZATION_FAIL, &unknown, "A059202", "INTERNAL_SERVER_ERROR", "server_error"),
        (AUTHORIZATION_FAIL, &no_reason, "A060201", "BAD_REQUEST", "invalid_request"),
        (TOKEN_FAIL, &unknown, "A063202", "BAD_REQUEST", "invalid_request"),
        (AUTHORIZATION_ISSUE, &unknown, "A041202", "BAD_REQUEST", "invalid_request"),
    ] {
        assert_refused(&api.call(path, request), action, code, error);
    }
    let quiet = ApiClient::of_quiet(&sandbox).call(AUTHORIZATION_FAIL, &unknown);
    assert_eq!(quiet["action"], "BAD_REQUEST");
}

#[test]
fn a_service_may_refuse_plain_http() {
    let sandbox = start_with(|service| service.tls_required = true);
    for client in [
        ApiClient::of(&sandbox),
        ApiClient::v2(&sandbox, "Bearer sandbox-access-token"),
        ApiClient::v2(&sandbox, "Basic MjE2NTM4MzUzNDg3NjI6d3Jvbmc="),
    ] {
        let response = client.post(TOKEN_FAIL, JSON, "{}");
        assert_eq!((response.status, &response.json()["resultCode"]), (400, &json!("A001201")));
        assert_eq!(
            response.json()["resultMessage"],
            "[A001201] /auth/token/fail, TLS must be used."
        );
    }
    assert_eq!(ApiClient::of_quiet(&sandbox).post(TOKEN_FAIL, JSON, "{}").status, 200);

    let mut services = Service::defaults();
    services[0].tls_required = true;
    let options = Options { services, tls: Some(certificate()), ..Options::default() };
    assert!(Sandbox::start(options).unwrap().base_url().starts_with("https://"));
}

#[test]
fn jwts_have_the_algorithm_of_the_client_and_the_lifetime_of_the_service() {
    for (algorithm, name, hash) in [
        (SignatureAlgorithm::ES256, "ES256", None),
        (SignatureAlgorithm::ES384, "ES384", Some(&SHA384)),
        (SignatureAlgorithm::EdDSA, "EdDSA", Some(&SHA512)),
    ] {
        let sandbox = start_with(|service| {
            let client = service.clients.remove(0);
            service.clients.push(Client {
                authorization_sign_alg: algorithm,
                id_token_sign_alg: algorithm,
                ..client
            });
            service.authorization_response_duration = 60;
            service.id_token_duration = 30;
        });
        let api = ApiClient::of(&sandbox);
        let ticket = api.authorization_ticket("&response_mode=jwt");
        let denied = api.call(AUTHORIZATION_FAIL, &json!({ "ticket": ticket, "reason": "DENIED" }));
        let claims = verified_claims(&sandbox, &query(content(&denied))["response"]);
        let now = crate::control::status(&sandbox)["now"].as_u64().unwrap();
        let left = claims["exp"].as_u64().unwrap() - now;
        assert!((50..=60).contains(&left), "{left}");

        let code = api.code("&scope=openid");
        let tokens = api.token(&format!("grant_type=authorization_code&code={code}"));
        let claims = verified_claims(&sandbox, tokens["idToken"].as_str().unwrap());
        let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
        assert_eq!(lifetime, 30);
        if let Some(hash) = hash {
            let digest = digest(hash, tokens["accessToken"].as_str().unwrap().as_bytes());
            let half = &digest.as_ref()[..digest.as_ref().len() / 2];
            use base64::Engine as _;
            let half = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(half);
            assert_eq!(claims["at_hash"], half);
        }

        let metadata = api.get("service/configuration").json();
        for member in ["id_token", "authorization"] {
            let values: &Value = &metadata[format!("{member}_signing_alg_values_supported")];
            assert_eq!(*values, json!([name]), "{member}");
        }
    }
}

#[test]
fn the_keys_are_those_of_the_algorithms_in_use() {
    let sandbox = start_with(|service| {
        service.clients[0].id_token_sign_alg = SignatureAlgorithm::EdDSA;
        service.clients.push(Client::new(7, ""));
    });
    let keys = ApiClient::of(&sandbox).get("service/jwks/get").json();
    let algorithms: Vec<_> =
        keys["keys"].as_array().unwrap().iter().map(|key| &key["alg"]).collect();
    assert_eq!(algorithms, [&json!("ES256"), &json!("EdDSA")]);
    assert!(keys["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()));
    let quiet = ApiClient::of_quiet(&sandbox).get("service/jwks/get").json();
    assert_eq!(quiet["keys"].as_array().unwrap().len(), 1);
}
