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
    A001202 "{API Path}, Authorization header is missing."
    A001203 "{API Path}, Credentials in Authorization header are malformed: {Header Value}"
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

    // auth/token
    A047201 "The token request from the service does not contain 'parameters' parameter."
    A047301 "The token request does not contain any request parameters."
    A048301 "The token endpoint of this service requires 'client_id' parameter or Authorization header containing a client ID for Resource Owner Password Credentials flow."
    A048304 "No client has the client ID ({Client ID})."
    A049301 "The token request does not contain 'grant_type' parameter."
    A049302 "The value of 'grant_type' in the token request is empty."
    A049305 "This service does not support the grant_type '{Grant Type}'."
    A051001 "Authlete has successfully issued a ticket to the service (API Key = {Service's API Key}) for the token request from the client (ID = {Client ID}). [grant_type=password]"
    A051301 "The token request does not contain 'username' parameter although 'grant_type' is 'password'."
    A051302 "The value of 'username' in the token request is empty."
    A051304 "The token request does not contain 'password' parameter although 'grant_type' is 'password'."
    A051305 "The value of 'password' in the token request is empty."

    // Client authentication, for auth/token and backchannel/authentication.
    A157304 "The client authentication method is '{Client Authentication Method}' but the request does not include a client secret."
    A157305 "The client secret presented by the client does not match the expected one."

    // backchannel/authentication
    A166201 "The API call does not contain the 'parameters' request parameter."
    A166301 "The request does not contain any request parameters."
    A168309 "The backchannel authentication request does not include any clue to identify the client application with. Adding the 'client_id' request parameter may solve this problem."
    A168310 "Information about the client application having the client ID '{Client ID}' was not found."
    A174301 "The backchannel authentication request does not contain any hint."
    A174302 "The backchannel authentication request contains multiple hints."
    A176301 "The backchannel authentication request does not contain the 'scope' request parameter or its value is empty."
    A176304 "The backchannel authentication request does not include the mandatory scope '{Scope Name}'."
    A179001 "The backchannel authentication request was processed successfully."

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
