//! An authorization response, successful or not, by response mode.

use std::time::Duration;

use ring::error::Unspecified;
use serde_json::{Map, Value, json};

use crate::authorization_request::{Delivery, ResponseTarget};
use crate::codes::Code;
use crate::response::{Action, Response, error_parameters};
use crate::service::Service;
use crate::signer::Signer;
use crate::state::State;

/// An error response for an authorization request whose redirect URI is valid. A `description`
/// replaces the text of the code.
pub(crate) fn error(
    state: &State,
    service: &Service,
    target: &ResponseTarget,
    code: Code,
    error: &str,
    description: Option<String>,
) -> Result<Response, Unspecified> {
    let description = description.unwrap_or_else(|| code.message(&[]));
    let error = error_parameters(service, error, Some(description), Some(code.uri()));
    let (action, content) = content(&state.signer, service, target, error, state.now(service))?;
    Ok(Response::content(code, &[], action, content))
}

/// The action and the `responseContent` for `parameters`. The order of the parameters and the HTML of
/// the form are assumed.
pub(crate) fn content(
    signer: &Signer,
    service: &Service,
    target: &ResponseTarget,
    mut parameters: Vec<(&'static str, String)>,
    now: Duration,
) -> Result<(Action, String), Unspecified> {
    parameters.extend(target.state.clone().map(|state| ("state", state)));
    if target.response_mode.is_jwt {
        // A JWT always has an `iss`; the service cannot suppress it (JARM 2.1).
        let claims = jwt_claims(service, target.client_id, parameters, now);
        let algorithm = service.algorithm(target.client_id, |client| client.authorization_sign_alg);
        parameters = vec![("response", signer.sign(algorithm, claims)?)];
    } else if !service.iss_suppressed {
        parameters.push(("iss", service.issuer.clone()));
    }
    let uri = &target.redirect_uri;
    Ok(match target.response_mode.delivery {
        Delivery::Query => {
            let separator = if uri.contains('?') { '&' } else { '?' };
            (Action::Location, format!("{uri}{separator}{}", encode(&parameters)))
        }
        Delivery::Fragment => (Action::Location, format!("{uri}#{}", encode(&parameters))),
        Delivery::FormPost => (Action::Form, form(uri, &parameters)),
    })
}

/// The claims of a JWT response (JWT Secured Authorization Response Mode for OAuth 2.0, JARM).
fn jwt_claims(
    service: &Service,
    client_id: u64,
    parameters: Vec<(&'static str, String)>,
    now: Duration,
) -> Map<String, Value> {
    let lifetime = Duration::from_secs(service.authorization_response_duration.into());
    let mut claims: Map<String, Value> =
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    claims.insert("iss".to_owned(), json!(service.issuer));
    claims.insert("aud".to_owned(), json!(client_id.to_string()));
    claims.insert("exp".to_owned(), json!(now.saturating_add(lifetime).as_secs()));
    claims
}

fn encode(parameters: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

fn form(uri: &str, parameters: &[(&'static str, String)]) -> String {
    let fields: String = parameters
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\"/>\n", escape(value))
        })
        .collect();
    format!(
        "<!DOCTYPE html>\n\
         <html>\n\
         <head><title>Submit</title></head>\n\
         <body onload=\"document.forms[0].submit()\">\n\
         <form method=\"post\" action=\"{}\">\n\
         {fields}</form>\n\
         </body>\n\
         </html>\n",
        escape(uri)
    )
}

/// Escapes the value of an HTML attribute in double quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
