//! What the sandbox decides for itself, because Authlete does not document it.

/// One line for each behaviour, as in the table of the README and in `GET /sandbox`.
pub const ASSUMED: &[&str] = &[
    "authorization/fail: A059201, A059203 and A060201 have the action INTERNAL_SERVER_ERROR",
    "authorization/fail: A059202 (no such ticket, or used already) has the action BAD_REQUEST",
    "authorization/fail: the OAuth errors of A059201 to A059301",
    "authorization/fail: a given description becomes the error_description unchanged, and the error_uri stays",
    "authorization/fail: the order of the parameters in a LOCATION, and the HTML of a FORM",
    "authorization/fail: a JWT response is signed with ES256 and expires after 10 minutes",
    "token/fail: every refused ticket and A067201 have the action INTERNAL_SERVER_ERROR",
    "token/fail: UNKNOWN and the reasons of authlete-java-common 4.46 have the action BAD_REQUEST",
    "backchannel/authentication/fail: A185001 whatever the action, and an unknown reason counts as absent",
    "backchannel/authentication/fail: the service's omission switches also drop a given errorDescription and errorUri",
    "the codes A060391 to A060393 and A067391 to A067393, placeholders for the reasons of authlete-java-common 4.46",
    "tickets of token and backchannel authentication requests expire after 24 hours, as documented for authorization",
    "an expired ticket is kept, so that it is always told from an unknown one",
    "a wrong authorization request is always answered with BAD_REQUEST, never with LOCATION or FORM",
    "any absolute redirect_uri without a fragment is accepted, as if the client had registered it",
    "the OAuth errors and actions of the other refusals of the three calls that issue tickets",
    "401 for credentials that nobody has, 403 for a bearer token of another service than the path names",
    "400 A001203 for a malformed Authorization header, which Authlete repeats in the message and the sandbox does not",
    "400 A258201 for a missing Content-Type, 415 for one that is neither JSON nor a form",
    "400 for a body that is no JSON object or has a member of the wrong type, 413 for one over 1 MiB",
    "no resultCode where Authlete publishes none (405, 413, 415, a wrong body), and the texts of these answers",
    "errors are found in this order: path, method, credentials, body size, Content-Type, body",
    "plain HTTP is allowed on loopback, where Authlete would answer 400 A001201",
];
