#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

/* [check] */
/* Checks the host, the credentials and the service ID. The connection stays open for the next call. */
static int check(const authlete_fail_client *client) {
    const char *options = "{\"method\":\"GET\",\"timeoutMs\":5000}";
    authlete_fail_reply *reply;
    authlete_fail_call(client, "/service/configuration", NULL, 0, options, strlen(options), &reply);
    int is_ok = authlete_fail_reply_status(reply) == AUTHLETE_FAIL_STATUS_OK;
    if (!is_ok) fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    authlete_fail_reply_free(reply);
    return is_ok;
}
/* [/check] */

static void send_response(const authlete_fail_reply *reply) {
    printf("send HTTP %d\n", authlete_fail_reply_response_status(reply));
}

static void fail(const authlete_fail_client *client, const char *ticket, const char *reason) {
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"%s\"}", ticket, reason);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    send_response(reply);
    authlete_fail_reply_free(reply);
}

/* [authorize] */
/* `parameters` is the query of the authorization request, exactly as the OAuth client sent it. */
static void authorize(const authlete_fail_client *client, const char *parameters) {
    char literal[4096], request[4200];
    size_t len = authlete_fail_json_string(parameters, strlen(parameters), literal, sizeof literal);
    if (len >= sizeof literal) { /* too long, or not UTF-8 */
        puts("send HTTP 400");
        return;
    }
    snprintf(request, sizeof request, "{\"parameters\":%s}", literal);
    authlete_fail_reply *reply;
    authlete_fail_call(client, "/auth/authorization", request, strlen(request), NULL, 0, &reply);

    char ticket[64], name[256];
    if (authlete_fail_reply_response_status(reply) != 0) {
        send_response(reply); /* an error, also if the call failed */
    } else {
        authlete_fail_reply_get(reply, "/ticket", ticket, sizeof ticket, NULL);
        authlete_fail_reply_get(reply, "/client/clientName", name, sizeof name, NULL);
        if (strcmp(authlete_fail_reply_action(reply, NULL), "INTERACTION") == 0)
            printf("log in to %s\n", name); /* keep the ticket in the user's session */
        else /* NO_INTERACTION: prompt=none, but no user is logged in */
            fail(client, ticket, AUTHLETE_FAIL_AUTHORIZATION_REASON_NOT_LOGGED_IN);
    }
    authlete_fail_reply_free(reply);
}
/* [/authorize] */

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    if (check(client)) authorize(client, argv[1]);
    authlete_fail_client_free(client);
}
