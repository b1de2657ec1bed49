// faulty.c: breaks a rule of the header on purpose, to show that the sanitizers see it.

#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

static const char CONFIG[] =
    "{\"baseUrl\":\"http://127.0.0.1:1\",\"serviceId\":\"1\",\"accessToken\":\"x\"}";

int main(int argc, char **argv) {
    const char *fault = argc > 1 ? argv[1] : "";
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    authlete_fail_client_new(CONFIG, strlen(CONFIG), NULL, NULL, &client, NULL);
    authlete_fail_authorization(client, "{}", 2, &reply);
    const char *error = authlete_fail_reply_error(reply, NULL);
    if (strcmp(fault, "reply-leak") != 0) {
        authlete_fail_reply_free(reply);
    }
    if (strcmp(fault, "use-after-free") == 0) {
        printf("%c\n", error[0]);
    }
    if (strcmp(fault, "double-free") == 0) {
        authlete_fail_reply_free(reply);
    }
    if (strcmp(fault, "client-leak") != 0) {
        authlete_fail_client_free(client);
    }
    // Else the leaks would still be within reach.
    client = NULL;
    reply = NULL;
    error = NULL;
    return client != NULL || reply != NULL || error != NULL;
}
