#include <authlete_fail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [slow] */
/* Logs the diagnostics of a call that took longer than `limit_us`. */
static void log_if_slow(const authlete_fail_reply *reply, int64_t limit_us) {
    if (authlete_fail_reply_duration_us(reply) > limit_us)
        fprintf(stderr, "%s\n", authlete_fail_reply_diagnostics(reply, NULL));
}
/* [/slow] */

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", argv[2]);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    log_if_slow(reply, atoll(argv[1]));
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
