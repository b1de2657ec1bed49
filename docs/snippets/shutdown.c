#define _POSIX_C_SOURCE 200809L
#include <authlete_fail.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char *ticket;

static void *serve(void *context) {
    const authlete_fail_client *client = context;
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", ticket);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    printf("%s\n", authlete_fail_status_name(authlete_fail_reply_status(reply)));
    authlete_fail_reply_free(reply);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    ticket = argv[1];
    /* [stop] */
    sigset_t stop; /* blocked in all threads; this thread waits for it, so no handler runs */
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);

    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, serve, client);
    puts("serving");
    fflush(stdout);

    int received;
    sigwait(&stop, &received);
    authlete_fail_client_shutdown(client); /* calls in flight return immediately */
    pthread_join(thread, NULL);
    authlete_fail_client_free(client);
    /* [/stop] */
}
