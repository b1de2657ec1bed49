/* This library: all threads use one client. The environment variable BENCH_CONFIG may contain
 * additional members of the configuration, such as `"idleTimeoutMs":4000`. */

#include "call.h"

#include <authlete_fail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client *client_new(const char *base_url, const char *ca_file) {
    char roots[512], config[1024];
    if (ca_file == NULL)
        roots[0] = '\0';
    else if (strcmp(ca_file, "system") == 0)
        snprintf(roots, sizeof roots, ",\"roots\":\"system\"");
    else
        snprintf(roots, sizeof roots, ",\"caFile\":\"%s\"", ca_file);
    const char *more = getenv("BENCH_CONFIG");
    int length = snprintf(config, sizeof config,
        "{\"baseUrl\":\"%s\",\"serviceId\":\"21653835348762\",\"accessToken\":\"" TOKEN "\","
        "\"timeoutMs\":%d%s%s%s}", base_url, TIMEOUT_MS, roots, more != NULL ? "," : "",
        more != NULL ? more : "");

    authlete_fail_client *client;
    authlete_fail_reply *reply;
    if (authlete_fail_client_new(config, (size_t)length, NULL, NULL, &client, &reply) != 0)
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    authlete_fail_reply_free(reply);
    return (struct client *)client;
}

struct caller *caller_new(struct client *client) {
    return (struct caller *)client;
}

int call(struct caller *caller, struct result *result) {
    /* A ticket and a reason need no escaping. */
    char request[256];
    int length = snprintf(request, sizeof request,
        "{\"ticket\":\"%s\",\"reason\":\"%s\",\"description\":\"%s\"}", TICKET, "NOT_LOGGED_IN",
        "The user has not logged in.");

    authlete_fail_reply *reply;
    authlete_fail_authorization((authlete_fail_client *)caller, request, (size_t)length, &reply);
    int failed = authlete_fail_reply_outcome(reply) != AUTHLETE_FAIL_OUTCOME_DELIVERED;
    if (failed)
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    snprintf(result->action, sizeof result->action, "%s", authlete_fail_reply_action(reply, NULL));
    snprintf(result->content, sizeof result->content, "%s",
             authlete_fail_reply_response_header_value(reply, 0));
    authlete_fail_reply_free(reply);
    return failed;
}

int open_connection(struct client *client) {
    authlete_fail_reply *reply;
    authlete_fail_status status =
        authlete_fail_client_connect((const authlete_fail_client *)client, &reply);
    if (status != AUTHLETE_FAIL_STATUS_OK)
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    authlete_fail_reply_free(reply);
    return status != AUTHLETE_FAIL_STATUS_OK;
}
