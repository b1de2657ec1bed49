#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

/* [page] */
/* Call this after sending the consent page, in case the user denies access. */
static void prepare(const authlete_fail_client *client) {
    authlete_fail_reply *reply;
    authlete_fail_client_connect(client, &reply);
    if (authlete_fail_reply_status(reply) != AUTHLETE_FAIL_STATUS_OK) /* the call will connect */
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    else
        puts(authlete_fail_reply_attempts(reply) == 0 ? "idle connection" : "new connection");
    authlete_fail_reply_free(reply);
}
/* [/page] */

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    prepare(client);
    prepare(client);

    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", argv[1]);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    printf("HTTP %d\n", authlete_fail_reply_response_status(reply));
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
