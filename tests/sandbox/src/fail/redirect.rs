//! An authorization error response, by response mode.

use std::time::Duration;

use ring::error::Unspecified;

use super::jarm::Signer;
use crate::authorization_request::{AuthorizationRequest, Delivery};
use crate::response::Action;
use crate::service::Service;

/// The action and the `responseContent` for `error`. The order of the parameters and the HTML of the
/// form are assumed.
pub(crate) fn content(
    signer: &Signer,
    service: &Service,
    request: &AuthorizationRequest,
    mut error: Vec<(&'static str, String)>,
    now: Duration,
) -> Result<(Action, String), Unspecified> {
    error.extend(request.state.clone().map(|state| ("state", state)));
    if request.response_mode.is_jwt {
        // A JWT always has an `iss`; the service cannot suppress it (JARM 2.1).
        error = vec![("response", signer.sign(service, request.client_id, error, now)?)];
    } else if !service.iss_suppressed {
        error.push(("iss", service.issuer.clone()));
    }
    let uri = &request.redirect_uri;
    Ok(match request.response_mode.delivery {
        Delivery::Query => {
            let separator = if uri.contains('?') { '&' } else { '?' };
            (Action::Location, format!("{uri}{separator}{}", encode(&error)))
        }
        Delivery::Fragment => (Action::Location, format!("{uri}#{}", encode(&error))),
        Delivery::FormPost => (Action::Form, form(uri, &error)),
    })
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
