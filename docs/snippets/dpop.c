#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

static void log_line(void *context, int32_t level, const char *line, size_t len) {
    (void)context, (void)level, (void)len;
    fprintf(stderr, "%s\n", line);
}

/* [client] */
/* Creates a client whose access token is bound to the key in `key_file`. A JWK is JSON, so it
   becomes part of the configuration unchanged. Returns NULL if the key is missing or invalid. */
static authlete_fail_client *bound_client(const char *base_url, const char *key_file) {
    char key[4096], config[5120];
    FILE *file = fopen(key_file, "r");
    if (!file) {
        perror(key_file);
        return NULL;
    }
    size_t key_len = fread(key, 1, sizeof key - 1, file);
    fclose(file);
    key[key_len] = '\0';
    snprintf(config, sizeof config,
             "{\"baseUrl\":\"%s\",\"serviceId\":\"21653835348762\","
             "\"accessToken\":\"sandbox-access-token\",\"logLevel\":\"info\",\"dpopKey\":%s}",
             base_url, key);
    authlete_fail_client *client;
    authlete_fail_reply *made;
    authlete_fail_client_new(config, strlen(config), log_line, NULL, &client, &made);
    if (!client) fprintf(stderr, "%s\n", authlete_fail_reply_error(made, NULL));
    authlete_fail_reply_free(made);
    return client;
}
/* [/client] */

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    authlete_fail_client *client = bound_client(argv[1], argv[2]);
    if (!client) return 1;
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", argv[3]);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    printf("HTTP %d\n", authlete_fail_reply_response_status(reply));
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
