// Fails a token request; returns the HTTP status for the OAuth client.
int token_failed(const char *request);
