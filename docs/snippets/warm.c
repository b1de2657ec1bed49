#include <authlete_fail.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [warm] */
enum { CONNECTIONS = 32 }; /* at most maxIdleConnections (64 by default) */

static void *get_configuration(void *context) {
    const authlete_fail_client *client = context;
    const char *options = "{\"method\":\"GET\"}";
    authlete_fail_reply *reply;
    authlete_fail_call(client, "/service/configuration", NULL, 0, options, strlen(options), &reply);
    if (authlete_fail_reply_status(reply) != AUTHLETE_FAIL_STATUS_OK)
        fprintf(stderr, "%s\n", authlete_fail_reply_error(reply, NULL));
    authlete_fail_reply_free(reply);
    return NULL;
}

/* Opens CONNECTIONS connections at the same time, and checks the credentials. */
static void warm_up(authlete_fail_client *client) {
    pthread_t threads[CONNECTIONS];
    int started = 0;
    while (started < CONNECTIONS &&
           pthread_create(&threads[started], NULL, get_configuration, client) == 0)
        started++;
    while (started > 0) pthread_join(threads[--started], NULL);
}
/* [/warm] */

int main(void) {
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    warm_up(client);
    char stats[8192];
    authlete_fail_client_stats(client, stats, sizeof stats);
    puts(stats);
    authlete_fail_client_free(client);
}
