//! `service/configuration`: the metadata of the authorization server (OpenID Connect Discovery 1.0, 3).

use hyper::StatusCode;
use serde_json::json;

use crate::authorization_request::RESPONSE_MODES;
use crate::request::token::GRANT_TYPES;
use crate::response::Response;
use crate::service::Service;
use crate::signer::SignatureAlgorithm;
use crate::state::State;

/// The endpoints are those of the example servers, below the issuer. POST is accepted too: Authlete's
/// Python client sends it.
pub(crate) fn configuration(_: &State, service: &Service) -> Response {
    let endpoint = |path: &str| format!("{}{path}", service.issuer.trim_end_matches('/'));
    let response_modes: Vec<&str> = RESPONSE_MODES.iter().map(|(name, ..)| *name).collect();
    let grant_types = GRANT_TYPES.iter().map(|(name, _)| *name);
    let grant_types: Vec<&str> = grant_types.chain(["implicit"]).collect();
    let methods = ["client_secret_basic", "client_secret_post", "none"];
    let algorithms = |member| {
        let algorithms = service.algorithms(&[member]).into_iter();
        algorithms.map(SignatureAlgorithm::name).collect::<Vec<_>>()
    };
    let document = json!({
        "issuer": service.issuer,
        "authorization_endpoint": endpoint("/authorize"),
        "token_endpoint": endpoint("/token"),
        "jwks_uri": endpoint("/jwks"),
        "backchannel_authentication_endpoint": endpoint("/backchannel/authentication"),
        "backchannel_token_delivery_modes_supported": ["poll", "ping", "push"],
        "scopes_supported": ["openid"],
        "response_types_supported": [
            "none", "code", "token", "id_token", "code token", "code id_token", "id_token token",
            "code id_token token"
        ],
        "response_modes_supported": response_modes,
        "grant_types_supported": grant_types,
        "token_endpoint_auth_methods_supported": methods,
        "code_challenge_methods_supported": ["plain", "S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms(|client| client.id_token_sign_alg),
        "authorization_signing_alg_values_supported": algorithms(|client| client.authorization_sign_alg),
        "authorization_response_iss_parameter_supported": !service.iss_suppressed,
        "claims_parameter_supported": true,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    });
    Response::json(StatusCode::OK, document)
}
