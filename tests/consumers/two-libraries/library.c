// A library with one function, FUNCTION, which makes CALL and returns the HTTP status for the OAuth client.

#include <authlete_fail.h>
#include <string.h>

int FUNCTION(const char *request);

int FUNCTION(const char *request) {
    authlete_fail_client *client;
    authlete_fail_reply *reply;
    // If this fails, the call below fails too, but its reply has a response.
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    CALL(client, request, strlen(request), &reply);
    int status = authlete_fail_reply_response_status(reply);
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
    return status;
}
