//! HTTP responses of the sandbox, and the JSON in them.

use hyper::StatusCode;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::assumed_action::switched;
use crate::codes::{A001101, Code};
use crate::service::Service;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

pub(crate) struct Response {
    status: StatusCode,
    content_type: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Body,
}

enum Body {
    Text(String),
    Json(Value),
}

impl Response {
    pub fn new(status: StatusCode, content_type: &'static str, body: String) -> Self {
        Self::with_body(status, content_type, Body::Text(body))
    }

    pub fn json(status: StatusCode, document: Value) -> Self {
        Self::with_body(status, "application/json", Body::Json(document))
    }

    pub fn no_content() -> Self {
        Self::with_body(StatusCode::NO_CONTENT, "", Body::Text(String::new()))
    }

    fn with_body(status: StatusCode, content_type: &'static str, body: Body) -> Self {
        Self { status, content_type, headers: Vec::new(), body }
    }

    /// An HTTP error with one of Authlete's result codes.
    pub fn refusal(status: StatusCode, code: Code, values: &[(&str, &str)]) -> Self {
        let document = json!({ "resultCode": code.id, "resultMessage": code.message(values) });
        Self::json(status, document)
    }

    /// An HTTP error without a result code, because Authlete publishes none; the text is assumed.
    pub fn uncoded(status: StatusCode, message: &str) -> Self {
        Self::json(status, json!({ "resultMessage": message }))
    }

    /// In Authlete's example of a 404, the result code is the number 404 (Authlete OpenAPI).
    pub fn not_found() -> Self {
        Self::json(StatusCode::NOT_FOUND, json!({ "resultCode": 404, "resultMessage": "" }))
    }

    pub fn method_not_allowed(allow: &'static str) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::uncoded(status, "The method is not allowed.").with_header(ALLOW, allow)
    }

    /// An API response with an action, always HTTP 200: `document` and the members that all of them have.
    pub fn result(
        code: Code,
        values: &[(&str, &str)],
        action: Action,
        mut document: Map<String, Value>,
    ) -> Self {
        document.insert("resultCode".into(), code.id.into());
        document.insert("resultMessage".into(), code.message(values).into());
        document.insert("action".into(), json!(action));
        Self::json(StatusCode::OK, Value::Object(document))
    }

    /// An API response with the content for the OAuth client.
    pub fn content(code: Code, values: &[(&str, &str)], action: Action, content: String) -> Self {
        let document = Map::from_iter([("responseContent".to_owned(), Value::String(content))]);
        Self::result(code, values, action, document)
    }

    /// Adds a member to the JSON object in the body.
    pub fn with_member(mut self, name: &str, value: Value) -> Self {
        if let Body::Json(Value::Object(document)) = &mut self.body {
            document.insert(name.to_owned(), value);
        }
        self
    }

    /// A value with invalid characters is ignored.
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::try_from(value) {
            self.headers.push((name, value));
        }
        self
    }

    pub fn has_header(&self, name: &HeaderName) -> bool {
        self.headers.iter().any(|(own, _)| own == name)
    }

    pub fn with_request_id(self, number: u64) -> Self {
        self.with_header(REQUEST_ID, &format!("sandbox-{number}"))
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// A member of the JSON object in the body, if it is a string.
    pub fn member(&self, name: &str) -> Option<&str> {
        match &self.body {
            Body::Json(document) => document.get(name)?.as_str(),
            Body::Text(_) => None,
        }
    }

    pub fn into_http(self) -> hyper::Response<String> {
        let body = match self.body {
            Body::Text(text) => text,
            Body::Json(document) => document.to_string(),
        };
        let mut response = hyper::Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if !self.content_type.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        headers.extend(self.headers);
        response
    }
}

/// The system's random number generator failed.
impl From<ring::error::Unspecified> for Response {
    fn from(_: ring::error::Unspecified) -> Self {
        Self::refusal(StatusCode::INTERNAL_SERVER_ERROR, A001101, &[("API Path", "sandbox")])
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(clippy::enum_variant_names, reason = "the names are Authlete's")]
pub(crate) enum Action {
    BadRequest,
    CallerError,
    Forbidden,
    Form,
    Interaction,
    InternalServerError,
    InvalidClient,
    InvalidTicket,
    Location,
    NoAction,
    NoInteraction,
    NotFound,
    Notification,
    Ok,
    Password,
    ServerError,
    Unauthorized,
    UserIdentification,
}

/// An API response with an OAuth error in a decision table.
#[derive(Clone, Copy)]
pub(crate) struct Failure {
    pub code: Code,
    pub action: Action,
    /// The OAuth error.
    pub error: &'static str,
}

pub(crate) const fn failure(code: Code, action: Action, error: &'static str) -> Failure {
    Failure { code, action, error }
}

/// An invalid request by the OAuth client.
pub(crate) const fn invalid_request(code: Code) -> Failure {
    failure(code, Action::BadRequest, "invalid_request")
}

/// An invalid request by the authorization server; the OAuth client gets a server error (Authlete
/// OpenAPI, "action is INTERNAL_SERVER_ERROR").
pub(crate) const fn server_error(code: Code) -> Failure {
    failure(code, Action::InternalServerError, "server_error")
}

impl Failure {
    pub fn response(&self, service: &Service) -> Response {
        self.response_with(service, &[])
    }

    /// Like `response`, for a code whose text has placeholders.
    pub fn response_with(&self, service: &Service, values: &[(&str, &str)]) -> Response {
        let Failure { code, action, error } = switched(&service.assumed_actions, *self);
        let description = Some(code.message(values));
        let error = error_parameters(service, error, description, Some(code.uri()));
        Response::content(code, values, action, json_text(error))
    }
}

/// Parameters of an OAuth error response (RFC 6749, 4.1.2.1 and 5.2), except those that the service
/// omits.
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

/// Parameters as a JSON object, the `responseContent` of an error that is not a redirect.
pub(crate) fn json_text(parameters: Vec<(&'static str, String)>) -> String {
    let members = parameters.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
    Value::Object(members.collect()).to_string()
}
