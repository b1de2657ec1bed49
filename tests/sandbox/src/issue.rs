//! The calls that complete a request successfully: with codes, tokens or an `auth_req_id`.

pub(crate) mod authorization;
pub(crate) mod backchannel;
pub(crate) mod complete;
pub(crate) mod token;

use crate::body::Parameters;
use crate::codes::Code;

/// Authlete OpenAPI, `subject`: "up to 100 characters".
const MAX_SUBJECT: usize = 100;

/// The codes for a missing, a long and a non-ASCII `subject`.
type SubjectCodes = [Code; 3];

fn subject(parameters: &Parameters, codes: SubjectCodes) -> Result<&str, Code> {
    let [missing, long, non_ascii] = codes;
    let subject = parameters.get("subject").filter(|subject| !subject.is_empty()).ok_or(missing)?;
    if subject.chars().count() > MAX_SUBJECT {
        return Err(long);
    }
    if !subject.is_ascii() {
        return Err(non_ascii);
    }
    Ok(subject)
}

/// The value of the placeholder in the code for a long subject.
const SUBJECT_VALUES: &[(&str, &str)] = &[("Number", "100")];
