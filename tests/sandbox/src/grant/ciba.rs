//! The CIBA grant, with which a client polls for the result (CIBA Core 1.0, 10.1 and 11).

use std::time::Duration;

use super::invalid_grant;
use crate::backchannel_request::{Decision, Refused};
use crate::codes::*;
use crate::request::OAuthRequest;
use crate::response::{Action, Response, error_parameters, failure, json_text};
use crate::service::{Client, DeliveryMode, Service};
use crate::state::{State, lock};
use crate::tickets::Refusal;
use crate::tokens::Issued;

pub(crate) fn call(
    state: &State,
    service: &Service,
    client: &Client,
    request: &OAuthRequest,
) -> Result<Response, Response> {
    let refuse = |code, error| Err(failure(code, Action::BadRequest, error).response(service));
    let name = Some(request.require(service, "auth_req_id", A200301, A200302)?);
    let now = state.now(service);
    let mut auth_req_ids = lock(&state.auth_req_ids);
    let poll = match auth_req_ids.find(name, &service.service_id, now) {
        Ok(poll) => poll,
        Err(Refusal::Expired) => return refuse(A200307, "expired_token"),
        Err(Refusal::Missing | Refusal::Unknown | Refusal::Foreign) => {
            return Err(invalid_grant(A200304).response(service));
        }
    };
    if poll.client_id != client.client_id {
        return Err(invalid_grant(A200305).response(service));
    }
    if client.delivery_mode == DeliveryMode::Push {
        return refuse(A200306, "unauthorized_client");
    }
    if poll.decision.is_none() {
        let interval = Duration::from_secs(service.backchannel_polling_interval.into());
        // None if the clock was moved backward after the last poll.
        let since = poll.last_poll.and_then(|last| now.checked_sub(last));
        let is_too_fast = since.is_some_and(|since| since < interval);
        poll.last_poll = Some(now);
        return match is_too_fast {
            true => refuse(A200391, "slow_down"),
            false => refuse(A200308, "authorization_pending"),
        };
    }

    let decision = auth_req_ids.remove(name, &service.service_id).and_then(|poll| poll.decision);
    drop(auth_req_ids);
    match decision {
        Some(Decision::Authorized(grant)) => {
            Ok(Issued::tokens(state, service, grant, now)?.token_response(A200002, "CIBA"))
        }
        Some(Decision::Refused(refused)) => Ok(refused_response(service, refused)),
        None => Err(invalid_grant(A200304).response(service)),
    }
}

/// The description and the URI of the complete call replace those of the code.
fn refused_response(service: &Service, refused: Refused) -> Response {
    let values = [("Result", refused.result)];
    let description = refused.description.unwrap_or_else(|| A200001.message(&values));
    let uri = refused.uri.unwrap_or_else(|| A200001.uri());
    let error = error_parameters(service, refused.error, Some(description), Some(uri));
    Response::content(A200001, &values, Action::BadRequest, json_text(error))
}
