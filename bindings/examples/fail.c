// fail.c: fails a request of each kind and prints the responses for the OAuth clients.
//
//   cc -std=c99 fail.c -I$R/include -L$R/target/release -Wl,-rpath,$R/target/release \
//      -lauthlete_fail -o fail          # R: the root of the repository, after `make`
//   export AUTHLETE_BASE_URL=https://us.authlete.com
//   export AUTHLETE_SERVICE_APIKEY=SERVICE_ID AUTHLETE_SERVICE_ACCESSTOKEN=TOKEN
//   ./fail AUTHORIZATION_TICKET TOKEN_TICKET CIBA_TICKET

#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

typedef authlete_fail_status endpoint(const authlete_fail_client *, const char *, size_t,
                                      authlete_fail_reply **);

static const char *reason_phrase(int status) {
    switch (status) {
    case 200: return "OK";
    case 302: return "Found";
    case 303: return "See Other";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    default: return "Internal Server Error";
    }
}

// Returns 1 if Authlete produced the response. Otherwise, the library did.
static int fail(const authlete_fail_client *client, endpoint *call, const char *name,
                const char *ticket, const char *reason) {
    char request[1024]; // truncated if the ticket is too long; the library then rejects it
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"%s\"}", ticket, reason);

    authlete_fail_reply *reply = NULL;
    if (call(client, request, strlen(request), &reply) != AUTHLETE_FAIL_STATUS_OK) {
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    }
    authlete_fail_outcome outcome = authlete_fail_reply_outcome(reply);
    printf("== %s: %s, %s, ticket %s\n", name,
           authlete_fail_status_name(authlete_fail_reply_status(reply)),
           authlete_fail_outcome_name(outcome),
           authlete_fail_ticket_state_name(authlete_fail_reply_ticket_state(reply)));

    int status = authlete_fail_reply_response_status(reply);
    printf("HTTP/1.1 %d %s\n", status, reason_phrase(status));
    for (size_t i = 0; i < authlete_fail_reply_response_header_count(reply); i++) {
        printf("%s: %s\n", authlete_fail_reply_response_header_name(reply, i),
               authlete_fail_reply_response_header_value(reply, i));
    }
    printf("\n%s\n", authlete_fail_reply_response_body(reply, NULL));
    authlete_fail_reply_free(reply);
    return outcome == AUTHLETE_FAIL_OUTCOME_DELIVERED;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s AUTHORIZATION_TICKET TOKEN_TICKET CIBA_TICKET\n", argv[0]);
        return 2;
    }
    int delivered = 0;
    authlete_fail_client *client = NULL; // configured below from environment variables
    authlete_fail_reply *result = NULL;
    if (authlete_fail_client_new(NULL, 0, NULL, NULL, &client, &result) !=
        AUTHLETE_FAIL_STATUS_OK) {
        fprintf(stderr, "%s\n", authlete_fail_reply_error(result, NULL));
        goto done;
    }
    delivered += fail(client, authlete_fail_authorization, "authorization", argv[1], "DENIED");
    putchar('\n');
    delivered += fail(client, authlete_fail_token, "token", argv[2],
                      "INVALID_RESOURCE_OWNER_CREDENTIALS");
    putchar('\n');
    delivered += fail(client, authlete_fail_backchannel_authentication,
                      "backchannel authentication", argv[3], "UNKNOWN_USER_ID");
done:
    authlete_fail_reply_free(result);
    authlete_fail_client_free(client);
    return delivered == 3 ? 0 : 1;
}
