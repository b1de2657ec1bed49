// Tells Authlete that a login failed; returns the status for the OAuth client.
int login_failed(const char *request);
