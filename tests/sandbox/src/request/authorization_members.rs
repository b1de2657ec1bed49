//! The members of the API response for an authorization request.

use serde_json::{Map, Value, json};

use super::OAuthRequest;
use crate::codes::{A022303, Code};
use crate::service::Client;

/// Values of `prompt` and of the `prompts` member (OpenID Connect Core 1.0, 3.1.2.1).
const PROMPTS: &[(&str, &str)] = &[
    ("none", "NONE"),
    ("login", "LOGIN"),
    ("consent", "CONSENT"),
    ("select_account", "SELECT_ACCOUNT"),
];

/// Request parameters that the API response repeats, and the member for each.
const REPEATED: &[(&str, &str)] = &[("login_hint", "loginHint")];

pub(super) fn prompts(request: &OAuthRequest) -> Vec<&'static str> {
    PROMPTS
        .iter()
        .filter(|(prompt, _)| request.words("prompt").any(|word| word == *prompt))
        .map(|(_, name)| *name)
        .collect()
}

/// The members that depend only on the request. Members are absent if the request does not have them.
pub(super) fn members(
    request: &OAuthRequest,
    client: &Client,
    claims: &Claims,
) -> Map<String, Value> {
    let acrs = if claims.acrs.is_empty() {
        request.words("acr_values").map(str::to_owned).collect()
    } else {
        claims.acrs.clone()
    };
    let mut document = Map::from_iter([
        (
            "client".to_owned(),
            json!({ "clientId": client.client_id, "clientName": client.client_name }),
        ),
        ("service".to_owned(), json!({ "serviceName": "My service" })),
        ("acrEssential".to_owned(), claims.is_acr_essential.into()),
        ("scopes".to_owned(), request.described_scopes()),
    ]);
    let optional = [
        ("acrs", (!acrs.is_empty()).then(|| json!(acrs))),
        ("claims", (!claims.names.is_empty()).then(|| json!(claims.names))),
        ("subject", claims.subject.clone().map(Value::from)),
        ("resources", request.get("resource").map(|resource| json!([resource]))),
        ("authorizationDetails", authorization_details(request)),
    ];
    let repeated =
        REPEATED.iter().map(|(name, member)| (*member, request.get(name).map(Value::from)));
    let members = optional.into_iter().chain(repeated);
    document.extend(members.filter_map(|(name, value)| Some((name.to_owned(), value?))));
    document
}

/// The array is repeated unchanged; any other value counts as absent.
fn authorization_details(request: &OAuthRequest) -> Option<Value> {
    let details: Value = serde_json::from_str(request.get("authorization_details")?).ok()?;
    details.is_array().then(|| json!({ "elements": details }))
}

/// The ID token claims that the `claims` parameter requests (OpenID Connect Core 1.0, 5.5).
#[derive(Default)]
pub(super) struct Claims {
    names: Vec<String>,
    subject: Option<String>,
    acrs: Vec<String>,
    is_acr_essential: bool,
}

impl Claims {
    pub fn read(request: &OAuthRequest) -> Result<Self, Code> {
        let Some(text) = request.get("claims") else { return Ok(Self::default()) };
        let document: Map<String, Value> = serde_json::from_str(text).map_err(|_| A022303)?;
        let requested = document.get("id_token").and_then(Value::as_object);
        let Some(requested) = requested else { return Ok(Self::default()) };
        let acr = requested.get("acr");
        let member = |claim: Option<&Value>, name: &str| claim.and_then(|c| c.get(name)).cloned();
        let subject = member(requested.get("sub"), "value");
        let acrs = match (member(acr, "values"), member(acr, "value")) {
            (Some(Value::Array(acrs)), _) => acrs,
            (_, Some(acr)) => vec![acr],
            _ => Vec::new(),
        };
        Ok(Self {
            names: requested.keys().cloned().collect(),
            subject: subject.as_ref().and_then(Value::as_str).map(str::to_owned),
            acrs: acrs.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            is_acr_essential: member(acr, "essential") == Some(Value::Bool(true)),
        })
    }
}
