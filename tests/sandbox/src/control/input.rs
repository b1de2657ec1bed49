//! Input of the control API: JSON bodies and queries.

use hyper::http::request::Parts;
use serde::de::DeserializeOwned;

use super::bad_request;
use crate::response::Response;
use crate::strict;

pub(super) fn document<T: DeserializeOwned>(body: &[u8]) -> Result<T, Response> {
    // serde would accept an array of the members as well.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(bad_request("the body is not a JSON object".to_owned()));
    }
    strict::from_slice(body).map_err(|message| {
        // The position is of no use: the body is short and the message names the member.
        let message = message.split(" at line ").next().unwrap_or_default();
        bad_request(message.to_owned())
    })
}

/// The only parameter of a query, `serviceId`.
pub(super) fn service_id(head: &Parts) -> Result<Option<String>, Response> {
    let mut service_id = None;
    for (name, value) in form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()) {
        if name != "serviceId" {
            return Err(bad_request(format!(
                "unknown query parameter {name:?}, expected serviceId"
            )));
        }
        service_id = Some(value.into_owned());
    }
    Ok(service_id)
}
