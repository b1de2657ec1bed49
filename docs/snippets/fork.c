#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int deny(const authlete_fail_client *client, const char *ticket) {
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", ticket);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    int status = authlete_fail_reply_response_status(reply);
    authlete_fail_reply_free(reply);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    /* [fork] */
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    authlete_fail_client_connect(client, NULL); /* the worker inherits Authlete's addresses */
    pid_t worker = fork();
    if (worker == 0) { /* the same client, with its own connections */
        printf("worker: HTTP %d\n", deny(client, argv[1]));
        authlete_fail_client_free(client); /* affects this process only */
        return 0;
    }
    waitpid(worker, NULL, 0);
    printf("parent: HTTP %d\n", deny(client, argv[2]));
    authlete_fail_client_free(client);
    /* [/fork] */
}
