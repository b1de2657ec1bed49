//! What goes back over HTTP, and the documents inside.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::codes::{A001101, Code};
use crate::service::Service;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

pub(crate) struct Answer {
    status: StatusCode,
    content_type: &'static str,
    allow: Option<&'static str>,
    request_id: Option<String>,
    body: String,
}

impl Answer {
    pub fn new(status: StatusCode, content_type: &'static str, body: String) -> Self {
        Self { status, content_type, allow: None, request_id: None, body }
    }

    pub fn json(status: StatusCode, document: &Value) -> Self {
        Self::new(status, "application/json", document.to_string())
    }

    /// An error of the API itself, with one of Authlete's codes.
    pub fn refusal(status: StatusCode, code: Code, values: &[(&str, &str)]) -> Self {
        let document = json!({ "resultCode": code.id, "resultMessage": code.message(values) });
        Self::json(status, &document)
    }

    /// An error for which Authlete publishes no code, so that none is given; the text is assumed.
    pub fn uncoded(status: StatusCode, message: &str) -> Self {
        Self::json(status, &json!({ "resultMessage": message }))
    }

    /// Authlete's example of a 404 has the status for its code, as a number (Authlete OpenAPI).
    pub fn not_found() -> Self {
        Self::json(StatusCode::NOT_FOUND, &json!({ "resultCode": 404, "resultMessage": "" }))
    }

    pub fn method_not_allowed(allow: &'static str) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self { allow: Some(allow), ..Self::uncoded(status, "The method is not allowed.") }
    }

    /// A business answer, always HTTP 200: `document` besides the members that all of them have.
    pub fn result(
        code: Code,
        values: &[(&str, &str)],
        action: Action,
        mut document: Map<String, Value>,
    ) -> Self {
        document.insert("resultCode".into(), code.id.into());
        document.insert("resultMessage".into(), code.message(values).into());
        document.insert("action".into(), json!(action));
        Self::json(StatusCode::OK, &Value::Object(document))
    }

    /// A business answer with content that the authorization server hands to its client.
    pub fn content(code: Code, values: &[(&str, &str)], action: Action, content: String) -> Self {
        let document = Map::from_iter([("responseContent".to_owned(), Value::String(content))]);
        Self::result(code, values, action, document)
    }

    pub fn with_request_id(mut self, number: u64) -> Self {
        self.request_id = Some(format!("sandbox-{number}"));
        self
    }

    pub fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(Ok(id)) = self.request_id.map(HeaderValue::try_from) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }
}

/// The system's random number generator failed.
impl From<ring::error::Unspecified> for Answer {
    fn from(_: ring::error::Unspecified) -> Self {
        Self::refusal(StatusCode::INTERNAL_SERVER_ERROR, A001101, &[("API Path", "sandbox")])
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Action {
    BadRequest,
    Forbidden,
    Form,
    Interaction,
    InternalServerError,
    InvalidClient,
    Location,
    NoInteraction,
    Password,
    Unauthorized,
    UserIdentification,
}

/// A row of a decision table: what to answer when the request cannot be served.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    pub code: Code,
    pub action: Action,
    /// The OAuth error for the client.
    pub error: &'static str,
}

pub(crate) const fn outcome(code: Code, action: Action, error: &'static str) -> Outcome {
    Outcome { code, action, error }
}

impl Outcome {
    pub fn answer(&self, service: &Service) -> Answer {
        self.answer_with(service, &[])
    }

    /// The same, for a code whose text has placeholders.
    pub fn answer_with(&self, service: &Service, values: &[(&str, &str)]) -> Answer {
        let description = Some(self.code.message(values));
        let error = error_parameters(service, self.error, description, Some(self.code.uri()));
        Answer::content(self.code, values, self.action, json_text(error))
    }
}

/// Parameters of an OAuth error response (RFC 6749, 4.1.2.1 and 5.2), less what the service omits.
pub(crate) fn error_parameters(
    service: &Service,
    error: &str,
    description: Option<String>,
    uri: Option<String>,
) -> Vec<(&'static str, String)> {
    let description = description.filter(|_| !service.error_description_omitted);
    let uri = uri.filter(|_| !service.error_uri_omitted);
    [("error", Some(error.to_owned())), ("error_description", description), ("error_uri", uri)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// Parameters as a JSON object: the `responseContent` of every error that is not a redirect.
pub(crate) fn json_text(parameters: Vec<(&'static str, String)>) -> String {
    let members = parameters.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
    Value::Object(members.collect()).to_string()
}
