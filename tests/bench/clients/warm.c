/* Calls the library from C, without a JSON library.
 *
 *     warm BASE_URL PATH CALLS THREADS [MEMBERS]
 *
 * Each of THREADS threads makes CALLS calls on one shared client, and reads everything that an
 * authorization server uses of the reply. Fails if a call fails. PATH is that of the general call; if
 * it is empty, the calls are those of authlete_fail_authorization(). MEMBERS are more members of the
 * configuration, as JSON without the braces. */

#define _POSIX_C_SOURCE 200809L
#include "authlete_fail.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 64 };

static const authlete_fail_client *client;
static const char *path;
static long calls;

static void die(const char *what, const authlete_fail_reply *reply) {
    fprintf(stderr, "warm: %s: %s\n", what, authlete_fail_reply_error(reply, NULL));
    exit(1);
}

static void call(const char *ticket, const char *reason, const char *description) {
    char request[256];
    int length = snprintf(request, sizeof request,
        "{\"ticket\":\"%s\",\"reason\":\"%s\",\"description\":\"%s\"}", ticket, reason, description);
    authlete_fail_reply *reply;
    authlete_fail_status status = *path == '\0'
        ? authlete_fail_authorization(client, request, (size_t)length, &reply)
        : authlete_fail_call(client, path, request, (size_t)length, NULL, 0, &reply);
    if (status != AUTHLETE_FAIL_STATUS_OK ||
        strcmp(authlete_fail_reply_action(reply, NULL), "LOCATION") != 0)
        die("call", reply);
    if (authlete_fail_reply_outcome(reply) == AUTHLETE_FAIL_OUTCOME_OTHER_API &&
        authlete_fail_reply_response_status(reply) == 0) {
        /* An endpoint of no flow. */
        authlete_fail_reply_free(reply);
        return;
    }
    if (authlete_fail_reply_response_status(reply) != 302)
        die("response", reply);

    const char *location = NULL;
    for (size_t i = 0; i < authlete_fail_reply_response_header_count(reply); i++)
        if (strcmp(authlete_fail_reply_response_header_name(reply, i), "Location") == 0)
            location = authlete_fail_reply_response_header_value(reply, i);
    size_t body_length;
    authlete_fail_reply_response_body(reply, &body_length);
    if (location == NULL || strncmp(location, "https://client.example.com/", 27) != 0 ||
        body_length != 0)
        die("response", reply);
    authlete_fail_reply_free(reply);
}

static void *make_calls(void *unused) {
    (void)unused;
    for (long i = 0; i < calls; i++)
        call("pJxPbqwvhRYUMEaRjXmZz3Vb2wYH8N6kq0dTLsQe1Cg", "NOT_LOGGED_IN",
             "The user has not logged in.");
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count > 4 ? atoi(arguments[4]) : 0;
    if (count < 5 || count > 6 || threads < 1 || threads > MAX_THREADS) {
        fprintf(stderr, "usage: warm BASE_URL PATH CALLS THREADS [MEMBERS]\n");
        return 2;
    }
    path = arguments[2];
    calls = atol(arguments[3]);

    char config[2048];
    int length = snprintf(config, sizeof config,
        "{\"baseUrl\":\"%s\",\"serviceId\":\"21653835348762\",\"accessToken\":\"sandbox-access-token\","
        "\"allowInsecureHttp\":true%s%s}", arguments[1], count > 5 ? "," : "",
        count > 5 ? arguments[5] : "");
    authlete_fail_client *made;
    authlete_fail_reply *reply;
    if (authlete_fail_client_new(config, (size_t)length, NULL, NULL, &made, &reply) !=
        AUTHLETE_FAIL_STATUS_OK)
        die("client", reply);
    authlete_fail_reply_free(reply);
    client = made;

    if (threads == 1) {
        make_calls(NULL);
    } else {
        pthread_t started[MAX_THREADS];
        for (int i = 0; i < threads; i++)
            if (pthread_create(&started[i], NULL, make_calls, NULL) != 0)
                die("pthread_create", NULL);
        for (int i = 0; i < threads; i++)
            pthread_join(started[i], NULL);
    }
    authlete_fail_client_free(made);
    return 0;
}
