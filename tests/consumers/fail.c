// fail.c: fails an authorization request and prints the response for the OAuth client.

#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s '{\"ticket\":\"...\",\"reason\":\"DENIED\"}'\n", argv[0]);
        return 2;
    }
    authlete_fail_client *client;
    authlete_fail_reply *reply;
    // NULL, 0: read the environment
    if (authlete_fail_client_new(NULL, 0, NULL, NULL, &client, &reply) != AUTHLETE_FAIL_STATUS_OK) {
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
        authlete_fail_reply_free(reply);
        return 1;
    }
    authlete_fail_reply_free(reply);

    if (authlete_fail_authorization(client, argv[1], strlen(argv[1]), &reply) !=
        AUTHLETE_FAIL_STATUS_OK) {
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    }
    printf("%d\n", authlete_fail_reply_response_status(reply));
    for (size_t i = 0; i < authlete_fail_reply_response_header_count(reply); i++) {
        printf("%s: %s\n", authlete_fail_reply_response_header_name(reply, i),
               authlete_fail_reply_response_header_value(reply, i));
    }
    printf("\n%s", authlete_fail_reply_response_body(reply, NULL));

    int delivered = authlete_fail_reply_outcome(reply) == AUTHLETE_FAIL_OUTCOME_DELIVERED;
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
    return delivered ? 0 : 1;
}
