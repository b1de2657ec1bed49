//! `backchannel/authentication`: a ticket for a CIBA request (CIBA Core 1.0, 7.1).

use serde_json::{Map, json};

use super::{OAuthRequest, authenticate, invalid_request};
use crate::backchannel_request::{AuthenticationRequest, Stage};
use crate::body::Parameters;
use crate::codes::*;
use crate::response::{Action, Response, failure};
use crate::service::{Client, DeliveryMode, Service};
use crate::state::{State, lock};

/// Request parameters that name the user, and the `hintType` of each; exactly one is allowed.
const HINTS: &[(&str, &str)] = &[
    ("id_token_hint", "ID_TOKEN_HINT"),
    ("login_hint", "LOGIN_HINT"),
    ("login_hint_token", "LOGIN_HINT_TOKEN"),
];

/// Request parameters that the API response repeats, and the member for each.
const REPEATED: &[(&str, &str)] = &[
    ("binding_message", "bindingMessage"),
    ("client_notification_token", "clientNotificationToken"),
    ("user_code", "userCode"),
];

pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let request = OAuthRequest::read(service, parameters, A166201, A166301)?;
    let client =
        authenticate(service, parameters, &request, A168309, A168310, Action::Unauthorized)?;
    if client.is_public() {
        let refused = failure(A168311, Action::BadRequest, "unauthorized_client");
        return Err(refused.response(service));
    }
    check_notification_token(service, client, &request)?;
    request.require(service, "scope", A176301, A176301)?;
    if !request.words("scope").any(|scope| scope == "openid") {
        let refused = failure(A176304, Action::BadRequest, "invalid_scope");
        return Err(refused.response_with(service, &[("Scope Name", "openid")]));
    }
    let (hint, hint_type) = hint(service, &request)?;

    let issued = AuthenticationRequest {
        client_id: client.client_id,
        scopes: request.scopes(),
        notification_token: request.get("client_notification_token").map(str::to_owned),
        stage: Stage::Requested,
    };
    let ticket =
        lock(&state.backchannels).issue(&service.service_id, state.now(service), issued)?;
    let mut document = Map::from_iter([
        ("ticket".to_owned(), ticket.into()),
        ("clientId".to_owned(), client.client_id.into()),
        ("clientName".to_owned(), json!(client.client_name)),
        ("deliveryMode".to_owned(), json!(client.delivery_mode)),
        ("hint".to_owned(), json!(hint)),
        ("hintType".to_owned(), json!(hint_type)),
        ("scopes".to_owned(), request.described_scopes()),
        ("userCodeRequired".to_owned(), false.into()),
    ]);
    for (parameter, member) in REPEATED {
        if let Some(value) = request.get(parameter) {
            document.insert((*member).to_owned(), json!(value));
        }
    }
    Ok(Response::result(A179001, &[], Action::UserIdentification, document))
}

fn hint<'r>(
    service: &Service,
    request: &'r OAuthRequest,
) -> Result<(&'r str, &'static str), Response> {
    let mut hints =
        HINTS.iter().filter_map(|(parameter, kind)| Some((request.get(parameter)?, *kind)));
    match (hints.next(), hints.next()) {
        (Some(hint), None) => Ok(hint),
        (None, _) => Err(invalid_request(A174301).response(service)),
        (Some(_), Some(_)) => Err(invalid_request(A174302).response(service)),
    }
}

/// In ping and push mode, a client sends the token that notifications to it must contain.
fn check_notification_token(
    service: &Service,
    client: &Client,
    request: &OAuthRequest,
) -> Result<(), Response> {
    let is_notified = client.delivery_mode != DeliveryMode::Poll;
    if is_notified && request.get("client_notification_token").is_none_or(str::is_empty) {
        let mode = json!(client.delivery_mode);
        let values = [("Delivery Mode", mode.as_str().unwrap_or_default())];
        return Err(invalid_request(A155301).response_with(service, &values));
    }
    Ok(())
}
