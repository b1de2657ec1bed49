/* A test of a function of a server. with_sandbox.sh sets AUTHLETE_* and runs it. */

#undef NDEBUG /* the tests use assert */
#include <assert.h>
#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

/* The function to test; it belongs to your server. */
static authlete_fail_reply *deny(const authlete_fail_client *client, const char *ticket) {
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", ticket);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    return reply;
}

/* [test] */
/* Starts an authorization request at the sandbox, as an OAuth client would, and gets its ticket. */
static void get_ticket(const authlete_fail_client *client, char *ticket, size_t size) {
    const char *request = "{\"parameters\":\"response_type=code&client_id=26478243745571\"}";
    authlete_fail_reply *reply;
    authlete_fail_call(client, "/auth/authorization", request, strlen(request), NULL, 0, &reply);
    authlete_fail_reply_get(reply, "/ticket", ticket, size, NULL);
    authlete_fail_reply_free(reply);
}

static void test_a_ticket_is_used_twice(const authlete_fail_client *client) {
    char ticket[64];
    get_ticket(client, ticket, sizeof ticket);

    authlete_fail_reply *reply = deny(client, ticket);
    assert(authlete_fail_reply_response_status(reply) == 302);
    assert(strstr(authlete_fail_reply_response_header_value(reply, 0), "error=access_denied"));
    authlete_fail_reply_free(reply);

    reply = deny(client, ticket);
    assert(authlete_fail_reply_response_status(reply) == 400);
    authlete_fail_reply_free(reply);
}

int main(void) {
    authlete_fail_client *client;
    assert(authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL) == AUTHLETE_FAIL_STATUS_OK);
    test_a_ticket_is_used_twice(client);
    authlete_fail_client_free(client);
    puts("1 test passed");
}
/* [/test] */
