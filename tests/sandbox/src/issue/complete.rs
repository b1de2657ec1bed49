//! `backchannel/authentication/complete`: the decision of the end-user about a CIBA request. In ping
//! and push mode the server sends a notification to the client (CIBA Core 1.0, 10.2 and 10.3).

use serde_json::{Map, Value, json};

use super::{SUBJECT_VALUES, SubjectCodes, subject};
use crate::backchannel_request::{AuthenticationRequest, Decision, Refused, Stage};
use crate::body::Parameters;
use crate::codes::*;
use crate::id_token;
use crate::response::{Action, Response, error_parameters};
use crate::service::{Client, DeliveryMode, Service};
use crate::state::{State, lock};
use crate::tickets::Refusal;
use crate::tokens::{Grant, Issued};

const SUBJECT: SubjectCodes = [A188201, A188202, A188203];

const AUTHORIZED: &str = "AUTHORIZED";

/// The other results (Javadoc of `BackchannelAuthenticationCompleteRequest.Result`), and the OAuth error
/// of each.
const REFUSED: &[(&str, &str)] =
    &[("ACCESS_DENIED", "access_denied"), ("TRANSACTION_FAILED", "transaction_failed")];

pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let refuse =
        |code: Code| Response::result(code, SUBJECT_VALUES, Action::ServerError, Map::new());
    let now = state.now(service);
    let mut tickets = lock(&state.backchannels);
    let name = parameters.get("ticket");
    let request = tickets.find(name, &service.service_id, now).map_err(|refusal| {
        refuse(match refusal {
            Refusal::Missing => A186201,
            Refusal::Unknown => A186202,
            Refusal::Foreign => A186203,
            Refusal::Expired => A196202,
        })
    })?;
    let auth_req_id = match &request.stage {
        Stage::Requested => return Err(refuse(A196204)),
        Stage::Issued(auth_req_id) => auth_req_id.clone(),
        Stage::Completed => return Err(refuse(A196203)),
    };
    let decision = decision(parameters, request).map_err(refuse)?;
    let client = service.client(&request.client_id.to_string()).ok_or_else(|| refuse(A186202))?;

    let mut auth_req_ids = lock(&state.auth_req_ids);
    // An `auth_req_id` expires before its ticket.
    let poll = auth_req_ids
        .find(Some(&auth_req_id), &service.service_id, now)
        .map_err(|_| refuse(A196202))?;
    request.stage = Stage::Completed;
    let notification_token = request.notification_token.clone();
    drop(tickets);

    let is_push = client.delivery_mode == DeliveryMode::Push;
    let (result, is_authorized) = match &decision {
        Decision::Authorized(_) => (AUTHORIZED, true),
        Decision::Refused(refused) => (refused.result, false),
    };
    let code = match (is_push, is_authorized) {
        (false, true) => A198001,
        (false, false) => A198002,
        (true, true) => A198003,
        (true, false) => A198004,
    };
    let mut document = members(client);
    if is_push {
        auth_req_ids.remove(Some(&auth_req_id), &service.service_id);
        drop(auth_req_ids);
        let (tokens, content) = push(state, service, decision, &auth_req_id)?;
        document.extend(tokens);
        document.insert("responseContent".to_owned(), content.to_string().into());
    } else {
        poll.decision = Some(decision);
        if client.delivery_mode == DeliveryMode::Ping {
            let content = json!({ "auth_req_id": auth_req_id }).to_string();
            document.insert("responseContent".to_owned(), content.into());
        }
    }
    let mode = json!(client.delivery_mode);
    let values = [("Delivery Mode", mode.as_str().unwrap_or_default()), ("Result", result)];
    if client.delivery_mode == DeliveryMode::Poll {
        return Ok(Response::result(code, &values, Action::NoAction, document));
    }
    let endpoint = client.client_notification_endpoint.clone();
    document.insert("clientNotificationEndpoint".to_owned(), endpoint.into());
    document.insert("clientNotificationToken".to_owned(), json!(notification_token));
    Ok(Response::result(code, &values, Action::Notification, document))
}

fn members(client: &Client) -> Map<String, Value> {
    Map::from_iter([
        ("clientId".to_owned(), json!(client.client_id)),
        ("clientName".to_owned(), json!(client.client_name)),
        ("deliveryMode".to_owned(), json!(client.delivery_mode)),
    ])
}

/// Assumed: an unknown result counts as missing, as a reason does in the fail calls.
fn decision(parameters: &Parameters, request: &AuthenticationRequest) -> Result<Decision, Code> {
    let result = parameters.get("result").unwrap_or_default();
    if result != AUTHORIZED {
        let known = REFUSED.iter().find(|(name, _)| *name == result);
        let &(result, error) = known.ok_or(A187201)?;
        let given = |name| parameters.get(name).map(str::to_owned);
        let (description, uri) = (given("errorDescription"), given("errorUri"));
        return Ok(Decision::Refused(Refused { result, error, description, uri }));
    }
    let subject = subject(parameters, SUBJECT)?;
    let claims = id_token::claims(parameters, subject, A190201)?;
    Ok(Decision::Authorized(Grant {
        client_id: request.client_id,
        subject: subject.to_owned(),
        scopes: parameters.scopes().unwrap_or_else(|| request.scopes.clone()),
        claims: Some(claims),
    }))
}

/// The members of the API response and the content of the notification in push mode.
fn push(
    state: &State,
    service: &Service,
    decision: Decision,
    auth_req_id: &str,
) -> Result<(Map<String, Value>, Value), Response> {
    let (members, mut content) = match decision {
        Decision::Authorized(mut grant) => {
            if let Some(claims) = &mut grant.claims {
                // CIBA Core 1.0, 10.3.1.
                let name = "urn:openid:params:jwt:claim:auth_req_id";
                claims.insert(name.to_owned(), json!(auth_req_id));
            }
            let issued = Issued::tokens(state, service, grant, state.now(service))?;
            (issued.members(), issued.parameters())
        }
        Decision::Refused(refused) => {
            let error = error_parameters(service, refused.error, refused.description, refused.uri);
            let error = error.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
            (Map::new(), error.collect())
        }
    };
    content.insert("auth_req_id".to_owned(), json!(auth_req_id));
    Ok((members, Value::Object(content)))
}
