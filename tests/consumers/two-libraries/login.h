// Fails an authorization request; returns the HTTP status for the OAuth client.
int login_failed(const char *request);
