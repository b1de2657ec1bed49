// misuse.c: breaks a rule in the header on purpose, to check that the sanitizers detect it.

#include <authlete_fail.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const char CONFIG[] =
    "{\"baseUrl\":\"http://127.0.0.1:1\",\"serviceId\":\"1\",\"accessToken\":\"x\"}";

static void *run(void *argument) {
    const char *misuse = argument;
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    authlete_fail_client_new(CONFIG, strlen(CONFIG), NULL, NULL, &client, NULL);
    authlete_fail_authorization(client, "{}", 2, &reply);
    const char *error = authlete_fail_reply_error(reply, NULL);
    if (strcmp(misuse, "reply-leak") != 0) {
        authlete_fail_reply_free(reply);
    }
    if (strcmp(misuse, "use-after-free") == 0) {
        printf("%c\n", error[0]);
    }
    if (strcmp(misuse, "double-free") == 0) {
        authlete_fail_reply_free(reply);
    }
    if (strcmp(misuse, "client-leak") != 0) {
        authlete_fail_client_free(client);
    }
    return NULL;
}

int main(int argc, char **argv) {
    // On a thread that exits before leak detection, because the stack of `main` may still contain a
    // pointer, and reachable memory is not reported.
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, run, argc > 1 ? argv[1] : "");
    return failed != 0 || pthread_join(thread, NULL) != 0;
}
