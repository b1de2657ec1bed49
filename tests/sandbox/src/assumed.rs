//! Behaviour that the sandbox assumes, because Authlete does not document it.

/// One line for each behaviour; the README and `GET /sandbox` list the same lines.
pub const ASSUMED: &[&str] = &[
    "authorization/fail: A059201, A059203 and A060201 have the action INTERNAL_SERVER_ERROR",
    "authorization/fail: A059202 (unknown or used ticket) has the action BAD_REQUEST",
    "authorization/fail: the OAuth error that accompanies each of A059201 to A059301",
    "authorization/fail: a description is used unchanged as the error_description; it does not suppress the error_uri",
    "authorization/fail: the order of the parameters in a LOCATION, and the HTML of a FORM",
    "authorization/fail: a JWT response is signed with ES256 and expires after 10 minutes",
    "token/fail: an invalid ticket and A067201 have the action INTERNAL_SERVER_ERROR",
    "token/fail: UNKNOWN and the reasons added in authlete-java-common 4.46 have the action BAD_REQUEST",
    "backchannel/authentication/fail: the resultCode is A185001 for every action, and an unknown reason is treated as absent",
    "backchannel/authentication/fail: errorDescriptionOmitted and errorUriOmitted also suppress the errorDescription and errorUri in the request",
    "the codes A060391 to A060393 and A067391 to A067393, placeholders for the reasons added in authlete-java-common 4.46",
    "tickets of token and backchannel authentication requests expire after 24 hours, as documented for authorization",
    "an expired ticket is kept, so that it is never reported as unknown",
    "an invalid authorization request has the action BAD_REQUEST, never LOCATION or FORM",
    "any absolute redirect_uri without a fragment is accepted, as if the client had registered it",
    "all other OAuth errors and actions returned for invalid requests by the three endpoints that issue tickets",
    "401 for unknown credentials, 403 for a bearer token that belongs to a service other than the one in the path",
    "400 A001203 for a malformed Authorization header; Authlete repeats the header in the message, the sandbox does not",
    "400 A258201 without a Content-Type, 415 for one that is neither JSON nor a form",
    "400 for a body that is not a JSON object or has a member of the wrong type, 413 for one over 1 MiB",
    "no resultCode where Authlete publishes none (405, 413, 415, an invalid body), and the resultMessage in those cases",
    "the order of the checks: path, method, credentials, body size, Content-Type, body",
    "plain HTTP is accepted; Authlete refuses it with 400 A001201",
];
