#include <authlete_fail.h>
#include <stdio.h>

/* [log] */
/* Runs on the calling thread, so possibly on several at once: stdio locks its streams. */
static void write_line(void *context, int32_t level, const char *line, size_t len) {
    /* The prefix sets the priority in the systemd journal: see sd-daemon(3). */
    int priority = level == AUTHLETE_FAIL_LOG_LEVEL_ERROR  ? 3
                   : level == AUTHLETE_FAIL_LOG_LEVEL_WARN ? 4
                   : level == AUTHLETE_FAIL_LOG_LEVEL_INFO ? 6
                                                           : 7;
    fprintf(context, "<%d>authlete-fail: %.*s\n", priority, (int)len, line);
}
/* [/log] */

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    char config[512];
    int len = snprintf(config, sizeof config,
                       "{\"baseUrl\":\"%s\",\"serviceId\":\"21653835348762\","
                       "\"accessToken\":\"sandbox-access-token\",\"logLevel\":\"info\"}",
                       argv[1]);
    /* [client] */
    authlete_fail_client *client;
    authlete_fail_client_new(config, (size_t)len, write_line, stderr, &client, NULL);
    /* [/client] */
    authlete_fail_reply *reply;
    authlete_fail_backchannel_authentication(client, "{}", 2, &reply);
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
