/* Tests of a function of a server. with_sandbox.sh sets AUTHLETE_* and runs them. */

#undef NDEBUG /* the tests use assert */
#include <assert.h>
#include <authlete_fail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The function to test; it belongs to your server. Returns the HTTP status of the response. */
static int deny(const authlete_fail_client *client, const char *ticket) {
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", ticket);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    int status = authlete_fail_reply_response_status(reply);
    authlete_fail_reply_free(reply);
    return status;
}

/* Starts an authorization request at the sandbox, as an OAuth client would, and gets its ticket. */
static void get_ticket(const authlete_fail_client *client, char ticket[64]) {
    const char *request = "{\"parameters\":\"response_type=code&client_id=26478243745571\"}";
    authlete_fail_reply *reply;
    authlete_fail_call(client, "/auth/authorization", request, strlen(request), NULL, 0, &reply);
    authlete_fail_reply_get(reply, "/ticket", ticket, 64, NULL);
    authlete_fail_reply_free(reply);
}

/* Sends a request to the control API of the sandbox. */
static void control(const char *resource, const char *body) {
    char command[512];
    snprintf(command, sizeof command,
             "curl --silent --show-error --fail --output /dev/null --data '%s' "
             "--header 'Content-Type: application/json' \"$AUTHLETE_BASE_URL/sandbox/%s\"",
             body, resource);
    assert(system(command) == 0);
}

static void test_a_ticket_is_used_twice(const authlete_fail_client *client) {
    char ticket[64];
    get_ticket(client, ticket);
    assert(deny(client, ticket) == 302);
    assert(deny(client, ticket) == 400);
}

static void test_the_ticket_has_expired(const authlete_fail_client *client) {
    char ticket[64];
    get_ticket(client, ticket);
    control("clock", "{\"advanceSeconds\":90000}"); /* 25 hours */
    assert(deny(client, ticket) == 400);
}

static void test_authlete_is_unavailable(const authlete_fail_client *client) {
    char ticket[64];
    get_ticket(client, ticket);
    control("faults", "{\"path\":\"/auth/authorization/fail\",\"status\":503}");
    assert(deny(client, ticket) == 500);
    get_ticket(client, ticket); /* the user starts again; the first ticket may be used */
    assert(deny(client, ticket) == 302);
}

static void test_the_response_is_lost(const authlete_fail_client *client) {
    char ticket[64];
    get_ticket(client, ticket);
    control("faults", "{\"path\":\"/auth/authorization/fail\",\"disconnect\":\"during\","
                      "\"processed\":true}");
    assert(deny(client, ticket) == 500);
    assert(deny(client, ticket) == 400); /* the sandbox has processed the first call */
}

int main(void) {
    authlete_fail_client *client;
    assert(authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL) == AUTHLETE_FAIL_STATUS_OK);
    test_a_ticket_is_used_twice(client);
    test_the_ticket_has_expired(client);
    test_authlete_is_unavailable(client);
    test_the_response_is_lost(client);
    authlete_fail_client_free(client);
    puts("4 tests passed");
}
