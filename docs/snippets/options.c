#include <authlete_fail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [token] */
/* Reads the current access token. Another program replaces the file. */
static int read_token(const char *path, char *token, int size) {
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    char *line = fgets(token, size, file);
    fclose(file);
    if (!line) return 0; /* the file is empty */
    line[strcspn(line, "\n")] = '\0';
    return 1;
}
/* [/token] */

/* [deny] */
/* Fails an authorization request, with a timeout, an access token and a header for this call. */
static authlete_fail_reply *deny(const authlete_fail_client *client, const char *ticket,
                                 const char *token, const char *request_id) {
    char request[256], token_literal[4200], id_literal[300], options[4800];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"%s\"}", ticket,
             AUTHLETE_FAIL_AUTHORIZATION_REASON_DENIED);
    /* If a text does not fit, its literal is empty, and the options are invalid JSON. */
    authlete_fail_json_string(token, strlen(token), token_literal, sizeof token_literal);
    authlete_fail_json_string(request_id, strlen(request_id), id_literal, sizeof id_literal);
    snprintf(options, sizeof options,
             "{\"timeoutMs\":1000,\"accessToken\":%s,\"headers\":{\"X-Request-Id\":%s}}",
             token_literal, id_literal);
    authlete_fail_reply *reply;
    authlete_fail_call(client, "/auth/authorization/fail", request, strlen(request), options,
                       strlen(options), &reply);
    return reply;
}
/* [/deny] */

int main(int argc, char **argv) {
    char token[4097];
    if (argc != 4 || !read_token(argv[2], token, sizeof token)) return 2;
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    authlete_fail_reply *reply = deny(client, argv[1], token, argv[3]);
    printf("HTTP %d\n%s\n", authlete_fail_reply_response_status(reply),
           authlete_fail_reply_error(reply, NULL));
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
