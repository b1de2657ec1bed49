//! `auth/authorization/issue`: a code and tokens for the client of an authorization request.

use ring::error::Unspecified;
use serde_json::{Map, Value, json};

use super::{SUBJECT_VALUES, SubjectCodes, subject};
use crate::authorization_request::AuthorizationRequest;
use crate::authorization_response;
use crate::body::Parameters;
use crate::codes::*;
use crate::grant::code::IssuedCode;
use crate::id_token;
use crate::response::{Action, Response, failure, server_error};
use crate::service::Service;
use crate::state::{State, lock};
use crate::ticket_table::TicketTable;
use crate::tokens::{AccessToken, Grant};

/// As for `auth/authorization/fail`.
const TICKETS: TicketTable = TicketTable {
    missing: server_error(A041201),
    unknown: failure(A041202, Action::BadRequest, "invalid_request"),
    foreign: server_error(A041203),
    expired: failure(A041301, Action::BadRequest, "invalid_request"),
};

const SUBJECT: SubjectCodes = [A042201, A042202, A042203];

pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let name = parameters.get("ticket");
    // Authlete repeats the ticket here. The sandbox does not, so that no ticket appears in a log.
    let values = [("Ticket", "(not repeated by the sandbox)")];
    let mut tickets = lock(&state.authorizations);
    tickets
        .find(name, &service.service_id, state.now(service))
        .map_err(|refusal| TICKETS.failure(refusal).response_with(service, &values))?;
    let wrong = |code| server_error(code).response_with(service, SUBJECT_VALUES);
    let subject = subject(parameters, SUBJECT).map_err(wrong)?;
    let claims = id_token::claims(parameters, subject, A044201).map_err(wrong)?;

    let request = tickets.remove(name, &service.service_id);
    drop(tickets);
    let request = request.ok_or_else(|| TICKETS.unknown.response_with(service, &values))?;
    Ok(issue(state, service, parameters, request, subject, claims)?)
}

/// The `scopes` of the call replace those of the authorization request.
fn issue(
    state: &State,
    service: &Service,
    parameters: &Parameters,
    request: AuthorizationRequest,
    subject: &str,
    mut claims: Map<String, Value>,
) -> Result<Response, Unspecified> {
    let AuthorizationRequest { target, response_types, scopes, .. } = request;
    let scopes = parameters.scopes().unwrap_or(scopes);
    claims.extend(request.nonce.map(|nonce| ("nonce".to_owned(), nonce.into())));
    let is_openid = scopes.iter().any(|scope| scope == "openid");
    let grant = Grant {
        client_id: target.client_id,
        subject: subject.to_owned(),
        claims: is_openid.then_some(claims),
        scopes,
    };

    let now = state.now(service);
    let mut content: Vec<(&'static str, String)> = Vec::new();
    let mut document = Map::new();
    let mut hashes: Vec<(&str, String)> = Vec::new();
    if response_types.code {
        let issued = IssuedCode {
            grant: grant.clone(),
            redirect_uri: request.redirect_uri,
            challenge: request.challenge,
        };
        let code = lock(&state.codes).issue(&service.service_id, now, issued)?;
        document.insert("authorizationCode".to_owned(), json!(code));
        content.push(("code", code.clone()));
        hashes.push(("c_hash", code));
    }
    if response_types.token {
        let token = AccessToken::issue(now)?;
        document.extend(token.members());
        let text = |value: Value| value.as_str().map_or(value.to_string(), str::to_owned);
        let parameters = token.parameters(&grant.scopes);
        content.extend(parameters.into_iter().map(|(name, value)| (name, text(value))));
        hashes.push(("at_hash", token.value));
    }
    if response_types.id_token
        && let Some(claims) = grant.claims
    {
        let hashes: Vec<_> = hashes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let token = id_token::sign(&state.signer, service, grant.client_id, claims, &hashes, now)?;
        document.insert("idToken".to_owned(), json!(token));
        content.push(("id_token", token));
    }
    let (action, content) =
        authorization_response::content(&state.signer, service, &target, content, now)?;
    document.insert("responseContent".to_owned(), content.into());
    Ok(Response::result(A040001, &[], action, document))
}
