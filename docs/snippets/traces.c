#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

/* [traces] */
/* `traceparent` comes from your tracer, or is NULL. Do not copy it from a request: if it contains
   characters that a header must not contain, the call is refused. */
static authlete_fail_reply *deny(const authlete_fail_client *client, const char *ticket,
                                 const char *traceparent) {
    char request[256], options[128] = "";
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"%s\"}", ticket,
             AUTHLETE_FAIL_AUTHORIZATION_REASON_DENIED);
    if (traceparent)
        snprintf(options, sizeof options, "{\"headers\":{\"traceparent\":\"%s\"}}", traceparent);
    authlete_fail_reply *reply;
    authlete_fail_call(client, "/auth/authorization/fail", request, strlen(request), options,
                       strlen(options), &reply);
    return reply;
}
/* [/traces] */

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    authlete_fail_reply *reply =
        deny(client, argv[1], "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    printf("HTTP %d\n%s\n", authlete_fail_reply_response_status(reply),
           authlete_fail_reply_diagnostics(reply, NULL));
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
