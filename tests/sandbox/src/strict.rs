//! JSON whose errors name the member.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Error;

/// Reads a JSON text; an error is one line.
pub(crate) fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let document = serde_path_to_error::deserialize(&mut deserializer).map_err(message)?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(document)
}

pub(crate) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(message)
}

/// `"member": message`. The message about an unknown member names it already; the path of an error that
/// is not about one member is ".".
fn message(error: Error<serde_json::Error>) -> String {
    let path = error.path().to_string();
    let message = error.into_inner().to_string();
    if path == "." || message.starts_with("unknown field") {
        return message;
    }
    format!("\"{path}\": {message}")
}
