#include <authlete_fail.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* [again] */
/* Returns whether it is safe to make the same call again: automatically if may_repeat is 1,
   otherwise after the cause is fixed. For the state NONE, it relies on may_repeat alone. */
static bool may_call_again(const authlete_fail_reply *reply) {
    return authlete_fail_reply_may_repeat(reply) == 1 ||
           authlete_fail_reply_ticket_state(reply) == AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED;
}
/* [/again] */

/* [what] */
/* Logs the result. The OAuth client gets the response in any case. */
static void log_result(const authlete_fail_reply *reply) {
    authlete_fail_status status = authlete_fail_reply_status(reply);
    if (status != AUTHLETE_FAIL_STATUS_OK)
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    printf("%s, %s, ticket %s, call again: %s\n", authlete_fail_status_name(status),
           authlete_fail_outcome_name(authlete_fail_reply_outcome(reply)),
           authlete_fail_ticket_state_name(authlete_fail_reply_ticket_state(reply)),
           may_call_again(reply) ? "yes" : "no");
}
/* [/what] */

/* The argument is a ticket, or "token" for a token request, which has no ticket. */
int main(int argc, char **argv) {
    if (argc != 2) return 2;
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    char request[256];
    authlete_fail_reply *reply;
    if (strcmp(argv[1], "token") == 0) {
        strcpy(request, "{\"parameters\":\"grant_type=authorization_code&code=c\"}");
        authlete_fail_call(client, "/auth/token", request, strlen(request), NULL, 0, &reply);
    } else {
        snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", argv[1]);
        authlete_fail_authorization(client, request, strlen(request), &reply);
    }
    log_result(reply);
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
