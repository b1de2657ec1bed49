// Tells Authlete that a token request failed; returns the status for the OAuth client.
int token_failed(const char *request);
