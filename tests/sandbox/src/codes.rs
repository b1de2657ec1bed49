//! The result codes that the sandbox sends, with Authlete's texts.
//!
//! Source: Authlete's list of result codes (docs.authlete.com, "Result Codes"; read in the copy of
//! August 2025 in watahani/authlete-mcp), verbatim with its `{placeholders}`. The third digit from
//! the right is the source of the error: 0 none, 1 Authlete, 2 the authorization server, 3 the OAuth
//! client (Authlete KB, "Interpreting Authlete's result codes").

#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    pub id: &'static str,
    pub text: &'static str,
}

impl Code {
    /// The form of every `resultMessage`: `[code] text`.
    pub fn message(&self, values: &[(&str, &str)]) -> String {
        let text = values.iter().fold(self.text.to_owned(), |text, (placeholder, value)| {
            text.replace(&format!("{{{placeholder}}}"), value)
        });
        format!("[{}] {text}", self.id)
    }

    /// The form of every `error_uri`.
    pub fn uri(&self) -> String {
        format!("https://docs.authlete.com/#{}", self.id)
    }
}

macro_rules! codes {
    ($($id:ident $text:literal)*) => {
        $(pub(crate) const $id: Code = Code { id: stringify!($id), text: $text };)*
    };
}

codes! {
    // Any API.
    A001101 "{API Path}, Authlete Server error."
    A001201 "{API Path}, TLS must be used."
    A001202 "{API Path}, Authorization header is missing."
    A001203 "{API Path}, Credentials in Authorization header are malformed: {Header Value}"
    A001301 "Expected a DPoP header but none was provided."
    A001302 "Thumbprint of the provided DPoP key does not match the expected DPoP thumbprint."
    A001303 "There was an error processing the DPoP header: {Error}"
    A001304 "The DPoP signature algorithm ({Algorithm}) must not be symmetric or 'none'."
    A001305 "The DPoP header did not include a public key in JWK format."
    A001306 "The DPoP signature algorithm is missing."
    A003201 "{API Path}, No service has the API credentials."
    A003204 "{API Path}, The API credentials do not match those of the service (API Key = {Service's API Key})."
    A172101 "The API access token was either missing or did not contain the correct information."
    A258201 "{API Path}, Content-Type header is not specified."

    // auth/authorization
    A004001 "Authlete has successfully issued a ticket to the service (API Key = {Service's API Key}) for the authorization request from the client (ID = {Client ID}). [response_type={Response Type}, openid={Boolean}]"
    A004201 "The authorization request from the service does not contain 'parameters' parameter."
    A004301 "The authorization request does not contain any request parameters."
    A009301 "The authorization request does not contain 'response_type' parameter."
    A009302 "The value of 'response_type' parameter contained in the authorization request is empty."
    A009304 "The value of 'response_type' parameter contained in the authorization request is invalid."
    A010301 "The authorization request does not contain 'client_id' parameter."
    A010302 "The value of 'client_id' parameter contained in the authorization request is empty."
    A010304 "No client has the client ID ({Client ID})."
    A011314 "The value of 'redirect_uri' contained in the authorization request is not well-formed."
    A011315 "The value of 'redirect_uri' contained in the authorization request is not absolute."
    A011316 "The value of 'redirect_uri' contained in the authorization request has a fragment component."
    A012303 "The value of 'response_mode' is not supported."
    A012304 "'response_mode=query' is not allowed when 'response_type' is '{Response Type}'."
    A016304 "When 'none' is included, the 'prompt' request parameter must not include any other value."
    A017303 "The value of 'max_age' failed to be parsed as a number."
    A022303 "The value of 'claims' parameter in the authorization request is not a JSON object."
    A124302 "The value of 'code_challenge' parameter in the authorization request is empty. See RFC 7636 for details."
    A124304 "The value of 'code_challenge' does not comply with RFC 7636."
    A124306 "The value of 'code_challenge_method' is not supported."

    // auth/authorization/issue
    A040001 "The authorization request was processed successfully."
    A041201 "The value of 'ticket' in the /api/auth/authorization/issue request is null or empty."
    A041202 "There is no entity having the ticket specified in the /api/auth/authorization/issue request (ticket = {Ticket})."
    A041203 "The ticket in the /api/auth/authorization/issue request does not belong to the service."
    A041301 "The ticket in the /api/auth/authorization/issue request has expired."
    A042201 "The value of 'subject' in the /api/auth/authorization/issue request is null or empty."
    A042202 "The length of 'subject' in the /api/auth/authorization/issue request exceeds the maximum length ({Number})."
    A042203 "The 'subject' in the /api/auth/authorization/issue request contains non-ASCII letters."
    A044201 "The value of 'claims' in the /api/auth/authorization/issue request failed to be parsed as a JSON object."

    // auth/authorization/ticket/info. Assumed: Authlete has published no codes.
    A004091 "The ticket exists. (placeholder code of the sandbox)"
    A004291 "The value of 'ticket' in the /api/auth/authorization/ticket/info request is null or empty. (placeholder code of the sandbox)"
    A004292 "There is no entity having the ticket specified in the /api/auth/authorization/ticket/info request. (placeholder code of the sandbox)"

    // auth/token
    A047201 "The token request from the service does not contain 'parameters' parameter."
    A047301 "The token request does not contain any request parameters."
    A048301 "The token endpoint of this service requires 'client_id' parameter or Authorization header containing a client ID for Resource Owner Password Credentials flow."
    A048304 "No client has the client ID ({Client ID})."
    A049301 "The token request does not contain 'grant_type' parameter."
    A049302 "The value of 'grant_type' in the token request is empty."
    A049305 "This service does not support the grant_type '{Grant Type}'."
    A050001 "The token request (grant_type=authorization_code) was processed successfully."
    A050301 "The token request does not contain 'code' parameter although 'grant_type' is 'authorization_code'."
    A050302 "The value of 'code' in the token request is empty."
    A050305 "No such authorization code."
    A050306 "The authorization code does not belong to this service."
    A050307 "The authorization code does not belong to the client."
    A050308 "The authorization code was created with a redirect URI specified explicitly, but the token request does not contain 'redirect_uri' parameter."
    A050309 "The redirect URI contained in the token request does not match the one which was specified when the authorization code was created."
    A050310 "The token request contains 'redirect_uri' although the authorization code was created without specifying any redirect URI explicitly."
    A050311 "The authorization code has already expired."
    A050312 "The token request does not contain 'code_verifier' although the authorization code was created with 'code_challenge'."
    A050313 "The value of 'code_verifier' in the token request is empty."
    A050315 "The code challenge value computed with 'code_verifier' is different from 'code_challenge' contained in the authorization request."
    A050316 "The value of 'code_verifier' in the token request does not conform to the format defined in RFC 7636."
    A050317 "The token request contains 'code_verifier' although its corresponding authorization request did not contain 'code_challenge'."
    A051001 "Authlete has successfully issued a ticket to the service (API Key = {Service's API Key}) for the token request from the client (ID = {Client ID}). [grant_type=password]"
    A051301 "The token request does not contain 'username' parameter although 'grant_type' is 'password'."
    A051302 "The value of 'username' in the token request is empty."
    A051304 "The token request does not contain 'password' parameter although 'grant_type' is 'password'."
    A051305 "The value of 'password' in the token request is empty."
    A053001 "The token request (grant_type=refresh_token) was processed successfully."
    A053301 "The token request does not contain 'refresh_token' parameter although 'grant_type' is 'refresh_token'."
    A053302 "The value of 'refresh_token' in the token request is empty."
    A053305 "The refresh token passed to the token endpoint does not exist."
    A053306 "The refresh token does not belong to this service."
    A053307 "The refresh token does not belong to the client."
    A053308 "The refresh token has already expired."
    A053309 "The value of 'scope' in the token request contains a scope which is not covered by the old access token."
    A200001 "Generated an error response corresponding to the result ({Result}) given to the /api/backchannel/authentication/complete API."
    A200002 "The token request (grant_type=urn:openid:params:grant-type:ciba) was processed successfully."
    A200301 "The token request does not contain 'auth_req_id' parameter."
    A200302 "The value of 'auth_req_id' in the token request is empty."
    A200304 "The 'auth_req_id' does not exist."
    A200305 "The client is not the owner of the 'auth_req_id'."
    A200306 "The 'auth_req_id' cannot be used at the token endpoint because it has issued in the 'push' mode."
    A200307 "The 'auth_req_id' has expired."
    A200308 "The end-user has not been authenticated yet."
    // Assumed: CIBA Core 1.0, 11 defines slow_down, but Authlete has published no code.
    A200391 "The client polls too fast. (placeholder code of the sandbox)"

    // auth/token/issue
    A054001 "The token request (grant_type=password) was processed successfully."
    A055201 "The value of 'ticket' in the /api/auth/token/issue request is null or empty."
    A055202 "There is no entity having the ticket specified in the /api/auth/token/issue request."
    A055203 "The ticket in the /api/auth/token/issue request does not belong to the service."
    A055301 "The ticket in the /api/auth/token/issue request has expired."
    // Assumed: Authlete requires a subject but has published no codes for this call.
    A055291 "The value of 'subject' in the /api/auth/token/issue request is null or empty. (placeholder code of the sandbox)"
    A055292 "The length of 'subject' in the /api/auth/token/issue request exceeds the maximum length ({Number}). (placeholder code of the sandbox)"
    A055293 "The 'subject' in the /api/auth/token/issue request contains non-ASCII letters. (placeholder code of the sandbox)"

    // Client authentication, for auth/token and backchannel/authentication.
    A157303 "The request contains data for client authentication although the client type is 'public' and the client authentication method is 'none'."
    A157304 "The client authentication method is '{Client Authentication Method}' but the request does not include a client secret."
    A157305 "The client secret presented by the client does not match the expected one."

    // backchannel/authentication
    A155301 "The backchannel token delivery mode of the client is '{Delivery Mode}', but the backchannel authentication request does not contain a client notification token."
    A166201 "The API call does not contain the 'parameters' request parameter."
    A166301 "The request does not contain any request parameters."
    A168309 "The backchannel authentication request does not include any clue to identify the client application with. Adding the 'client_id' request parameter may solve this problem."
    A168310 "Information about the client application having the client ID '{Client ID}' was not found."
    A168311 "Public clients are not allowed to use the CIBA flow."
    A174301 "The backchannel authentication request does not contain any hint."
    A174302 "The backchannel authentication request contains multiple hints."
    A176301 "The backchannel authentication request does not contain the 'scope' request parameter or its value is empty."
    A176304 "The backchannel authentication request does not include the mandatory scope '{Scope Name}'."
    A179001 "The backchannel authentication request was processed successfully."

    // backchannel/authentication/issue
    A181201 "The ticket does not exist."
    A181202 "The ticket does not belong to this service."
    A181203 "The ticket has already expired."
    A181204 "The ticket has already been consumed by /api/backchannel/authentication/complete API."
    A181205 "The ticket has already been used to issue an auth_req_id by the previous API call."
    A182201 "The request to /api/backchannel/authentication/issue API does not contain the 'ticket' request parameter or its value is empty."
    A183001 "An auth_req_id was issued successfully."

    // backchannel/authentication/complete
    A186201 "The 'ticket' request parameter is missing or its value is empty."
    A186202 "No record that holds the ticket."
    A186203 "The ticket does not belong to the service."
    A187201 "The mandatory request parameter 'result' is missing."
    A188201 "The 'subject' request parameter is missing or its value is empty."
    A188202 "The length of the 'subject' request parameter exceeds the maximum length ({Number})."
    A188203 "The value of the 'subject' request parameter contains non-ASCII letters."
    A190201 "The value of the 'claims' request parameter failed to be parsed as JSON."
    A196202 "The ticket has already expired."
    A196203 "The ticket has already been consumed by the previous API call."
    A196204 "No auth_req_id has been issued for the ticket. Call /api/backchannel/authentication/issue API with the ticket in advance before calling this API."
    A198001 "Successfully updated the database so that the token endpoint can generate tokens (mode = {Delivery Mode}, result = {Result})."
    A198002 "Successfully updated the database so that the token endpoint can generate an error response (mode = {Delivery Mode}, result = {Result})."
    A198003 "Successfully generated tokens that are to be delivered to the client notification endpoint (mode = {Delivery Mode}, result = {Result})."
    A198004 "Successfully prepared an error content that is to be reported to the client notification endpoint (mode = {Delivery Mode}, result = {Result})."

    // auth/authorization/fail
    A059201 "The value of 'ticket' in the /api/auth/authorization/fail request is null or empty."
    A059202 "There is no entity having the ticket specified in the /api/auth/authorization/fail request."
    A059203 "The ticket in the /api/auth/authorization/fail request does not belong to the service."
    A059301 "The ticket in the /api/auth/authorization/fail request has expired."
    A060201 "The /api/auth/authorization/fail request does not contain 'reason' parameter."
    A060301 "The authorization request contains prompt=none, but no end-user has logged in this service."
    A060302 "This service cannot handle 'max_age' parameter properly when the authorization request contains prompt=none."
    A060303 "The authorization request contains prompt=none, but the maximum authentication age has passed."
    A060304 "The authorization request contains prompt=none and specifies 'sub' claim, but the current end-user is different from the subject."
    A060305 "The authorization request contains prompt=none and requests 'acr' as essential, but the authentication performed for the end-user satisfies none of the requested ACRs."
    A060306 "The end-user denied the authorization request."
    A060307 "The authorization request failed due to an unknown reason."
    A060308 "The authorization request failed due to a server error."
    A060309 "The authorization request failed because the end-user was not authenticated or did not exist."
    A060310 "The authorization server cannot obtain an account selection choice made by the end-user."
    A060311 "The authorization server cannot obtain consent from the end-user."
    A060312 "The authorization server needs interaction with the end-user."
    A060313 "The requested resource is invalid."
    // Assumed: Authlete accepts these reasons (authlete-java-common 4.46) but has published no code.
    A060391 "The requested scope is invalid. (placeholder code of the sandbox)"
    A060392 "The client is not authorized. (placeholder code of the sandbox)"
    A060393 "The authorization server is temporarily unavailable. (placeholder code of the sandbox)"

    // auth/token/fail
    A063201 "The value of 'ticket' in the /api/auth/token/fail request is null or empty."
    A063202 "There is no entity having the ticket specified in the /api/auth/token/fail request."
    A063203 "The ticket in the /api/auth/token/fail request does not belong to the service."
    A063301 "The ticket in the /api/auth/token/fail request has expired."
    A067201 "The /api/auth/token/fail request does not contain 'reason' parameter."
    A067301 "The credentials (username & password) passed to the token endpoint are invalid."
    A067302 "The token request failed due to an unknown reason."
    A067303 "The requested resource is invalid."
    // Assumed, as above.
    A067391 "Client authentication failed. (placeholder code of the sandbox)"
    A067392 "The client is not authorized. (placeholder code of the sandbox)"
    A067393 "The requested scope is invalid. (placeholder code of the sandbox)"

    // backchannel/authentication/fail
    A185001 "Successfully generated an error response for the backchannel authentication request."
}
