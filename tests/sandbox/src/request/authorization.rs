//! `auth/authorization`: a ticket for an authorization request (RFC 6749, 4.1.1).

use super::authorization_members::{Claims, members, prompts};
use super::{OAuthRequest, invalid_request};
use crate::authorization_request::{
    AuthorizationRequest, Delivery, ResponseMode, ResponseTarget, ResponseTypes,
};
use crate::authorization_response;
use crate::body::Parameters;
use crate::codes::*;
use crate::grant::pkce::Challenge;
use crate::response::{Action, Response, failure};
use crate::service::Service;
use crate::state::{State, lock};

/// Values of `response_type`, in any order (OAuth 2.0 Multiple Response Type Encoding Practices).
const RESPONSE_TYPES: &[&str] = &["code", "id_token", "token"];

/// Assumed: an error has the action BAD_REQUEST until the redirect URI and the response mode are known
/// to be valid, then LOCATION or FORM.
pub(crate) fn call(
    state: &State,
    service: &Service,
    parameters: &Parameters,
) -> Result<Response, Response> {
    let request = OAuthRequest::read(service, parameters, A004201, A004301)?;
    let client_id = request.require(service, "client_id", A010301, A010302)?;
    let client = service.client(client_id).ok_or_else(|| {
        invalid_request(A010304).response_with(service, &[("Client ID", client_id)])
    })?;
    let response_type = request.require(service, "response_type", A009301, A009302)?;
    if !is_response_type(&request) {
        let refused = failure(A009304, Action::BadRequest, "unsupported_response_type");
        return Err(refused.response(service));
    }
    let redirect_uri = redirect_uri(service, &request, &client.redirect_uri)?.to_owned();
    let response_mode = response_mode(service, &request, response_type)?;
    let target = ResponseTarget {
        client_id: client.client_id,
        redirect_uri,
        response_mode,
        state: request.get("state").map(str::to_owned),
    };
    let accepted = match accept(&request) {
        Ok(accepted) => accepted,
        Err(code) => {
            let error = "invalid_request";
            return Ok(authorization_response::error(state, service, &target, code, error, None)?);
        }
    };

    let is_openid = request.words("scope").any(|scope| scope == "openid");
    let has = |kind: &str| request.words("response_type").any(|word| word == kind);
    let ticket = lock(&state.authorizations).issue(
        &service.service_id,
        state.now(service),
        AuthorizationRequest {
            target,
            redirect_uri: request.get("redirect_uri").map(str::to_owned),
            response_types: ResponseTypes {
                code: has("code"),
                token: has("token"),
                id_token: has("id_token"),
            },
            scopes: request.scopes(),
            nonce: request.get("nonce").map(str::to_owned),
            challenge: accepted.challenge,
        },
    )?;
    let mut document = members(&request, client, &accepted.claims);
    document.insert("ticket".to_owned(), ticket.into());
    document.insert("maxAge".to_owned(), accepted.max_age.into());
    let action = match accepted.prompts.contains(&"NONE") {
        true => Action::NoInteraction,
        false => Action::Interaction,
    };
    document.insert("prompts".to_owned(), accepted.prompts.into());
    let values = [
        ("Service's API Key", service.service_id.as_str()),
        ("Client ID", client_id),
        ("Response Type", response_type),
        ("Boolean", if is_openid { "true" } else { "false" }),
    ];
    Ok(Response::result(A004001, &values, action, document))
}

/// The parameters whose errors go to the OAuth client by redirection.
struct Accepted {
    prompts: Vec<&'static str>,
    max_age: u32,
    claims: Claims,
    challenge: Option<Challenge>,
}

fn accept(request: &OAuthRequest) -> Result<Accepted, Code> {
    let prompts = prompts(request);
    if prompts.contains(&"NONE") && prompts.len() > 1 {
        return Err(A016304);
    }
    let max_age = request.get("max_age").map(|age| age.parse().map_err(|_| A017303));
    Ok(Accepted {
        prompts,
        max_age: max_age.transpose()?.unwrap_or(0),
        claims: Claims::read(request)?,
        challenge: Challenge::read(request)?,
    })
}

fn is_response_type(request: &OAuthRequest) -> bool {
    let mut words = request.words("response_type").peekable();
    request.get("response_type") == Some("none")
        || (words.peek().is_some() && words.all(|word| RESPONSE_TYPES.contains(&word)))
}

/// Any absolute URI without a fragment (RFC 6749, 3.1.2).
fn redirect_uri<'r>(
    service: &Service,
    request: &'r OAuthRequest,
    default: &'r str,
) -> Result<&'r str, Response> {
    let Some(uri) = request.get("redirect_uri") else { return Ok(default) };
    let is_scheme = |(scheme, rest): (&str, &str)| {
        let mut letters = scheme.chars();
        letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
    };
    let refused = if !uri.bytes().all(|b| b.is_ascii_graphic()) {
        A011314
    } else if !uri.split_once(':').is_some_and(is_scheme) {
        A011315
    } else if uri.contains('#') {
        A011316
    } else {
        return Ok(uri);
    };
    Err(invalid_request(refused).response(service))
}

fn response_mode(
    service: &Service,
    request: &OAuthRequest,
    response_type: &str,
) -> Result<ResponseMode, Response> {
    let has_token = request.words("response_type").any(|word| word != "code" && word != "none");
    let default = if has_token { Delivery::Fragment } else { Delivery::Query };
    let mode = ResponseMode::named(request.get("response_mode"), default)
        .ok_or_else(|| invalid_request(A012303).response(service))?;
    if has_token && mode.delivery == Delivery::Query {
        let values = [("Response Type", response_type)];
        return Err(invalid_request(A012304).response_with(service, &values));
    }
    Ok(mode)
}
