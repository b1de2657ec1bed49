//! The CIBA grant, with which a client polls for the result (CIBA Core 1.0, 10.1 and 11).

use std::time::Duration;

use super::invalid_grant;
use crate::backchannel_request::Decision;
use crate::codes::*;
use crate::request::OAuthRequest;
use crate::response::{Action, Response, failure};
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
    let now = state.clock.now();
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
        let is_too_fast = poll.last_poll.is_some_and(|last| now < last.saturating_add(interval));
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
        Some(Decision::Refused(result)) => {
            let refused = failure(A200001, Action::BadRequest, result.error);
            Err(refused.response_with(service, &[("Result", result.name)]))
        }
        None => Err(invalid_grant(A200304).response(service)),
    }
}
