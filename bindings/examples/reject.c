#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

/* The log: a line for each call that failed, with the cause and what to check. */
static void log_line(void *context, int32_t level, const char *line, size_t len) {
    (void)context, (void)level, (void)len;
    fprintf(stderr, "%s\n", line);
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;

    /* One client for all threads. NULL, 0: configure it from the AUTHLETE_* variables.
       If that fails, `client` is NULL, and the call below returns a 500 to send. */
    authlete_fail_client *client;
    authlete_fail_reply *made;
    authlete_fail_client_new(NULL, 0, log_line, NULL, &client, &made);
    if (!client) fprintf(stderr, "%s\n", authlete_fail_reply_error(made, NULL));
    authlete_fail_reply_free(made);

    /* The user denied access. Tickets contain no characters that need escaping in JSON. */
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"%s\"}", argv[1],
             AUTHLETE_FAIL_AUTHORIZATION_REASON_DENIED);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);

    /* The response to send to the OAuth client; set even if the call failed. */
    printf("HTTP %d\n", authlete_fail_reply_response_status(reply));
    for (size_t i = 0; i < authlete_fail_reply_response_header_count(reply); i++)
        printf("%s: %s\n", authlete_fail_reply_response_header_name(reply, i),
               authlete_fail_reply_response_header_value(reply, i));
    printf("\n%s\n", authlete_fail_reply_response_body(reply, NULL));

    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
