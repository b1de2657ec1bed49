/* The same authorization endpoint with this library. */

#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

/* [start] */
/* One client for all threads. */
static authlete_fail_client *start(void) {
    authlete_fail_client *client;
    authlete_fail_reply *made;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, &made);
    if (!client) fprintf(stderr, "%s\n", authlete_fail_reply_error(made, NULL));
    authlete_fail_reply_free(made);
    return client;
}
/* [/start] */

/* [call] */
static authlete_fail_reply *call(const authlete_fail_client *client, const char *ticket,
                                 const char *reason) {
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"%s\"}", ticket, reason);
    authlete_fail_reply *reply;
    if (authlete_fail_authorization(client, request, strlen(request), &reply))
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    return reply;
}
/* [/call] */

/* [response] */
static void respond(const authlete_fail_reply *reply) {
    printf("HTTP %d\n", authlete_fail_reply_response_status(reply));
    for (size_t i = 0; i < authlete_fail_reply_response_header_count(reply); i++)
        printf("%s: %s\n", authlete_fail_reply_response_header_name(reply, i),
               authlete_fail_reply_response_header_value(reply, i));
    printf("\n%s\n", authlete_fail_reply_response_body(reply, NULL));
}
/* [/response] */

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    authlete_fail_client *client = start();
    if (client == NULL) return 1;
    authlete_fail_reply *reply = call(client, argv[1], "DENIED");
    respond(reply);
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
